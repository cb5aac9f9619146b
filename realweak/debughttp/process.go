package debughttp

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/referent-go/referent/realweak/debughttp/wire"
)

// newProcess describes this process.
func newProcess(instance string, start time.Time) wire.Process {
	p := wire.Process{
		Name:     programName(),
		Instance: instance,
		Host:     hostname(),
		PID:      os.Getpid(),
		Go:       runtime.Version(),
		Start:    start,
	}
	if p.Instance == "" {
		p.Instance = fmt.Sprintf("%s:%d", p.Host, p.PID)
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		p.Module, p.Version = info.Main.Path, info.Main.Version
		p.Revision = setting(info, "vcs.revision")
		if p.Revision != "" && setting(info, "vcs.modified") == "true" {
			p.Revision += "+dirty"
		}
	}
	return p
}

func programName() string {
	name, err := os.Executable()
	if err != nil {
		name = os.Args[0]
	}
	return strings.TrimSuffix(filepath.Base(name), ".exe")
}

func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// hostname is the host's name of itself.
var hostname = sync.OnceValue(func() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown-host"
	}
	return name
})
