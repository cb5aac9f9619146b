package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/referent-go/referent/cmd/probe/internal/records"
)

// version is what the build says about itself.
type version struct {
	Module   string `json:"module"`
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Time     string `json:"time,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func readVersion(info *debug.BuildInfo, ok bool) version {
	v := version{Module: "unknown", Version: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if !ok {
		return v
	}
	v.Module = info.Main.Path
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.time":
			v.Time = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}

func (v version) String() string {
	s := fmt.Sprintf("probe %s (%s)", v.Version, v.Module)
	if v.Revision != "" {
		s += "\nrevision " + v.Revision
		if v.Time != "" {
			s += " of " + v.Time
		}
		if v.Modified {
			s += ", modified"
		}
	}
	return s + fmt.Sprintf("\n%s %s", v.Go, v.Platform)
}

func newVersionCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Version of probe, and of the Go that built it",
		Example: "  probe version\n  probe version --json",
		GroupID: groupAbout,
		Args:    atMost(0),
		RunE: a.runs(func(*cobra.Command, []string) error {
			v := readVersion(debug.ReadBuildInfo())
			if a.json {
				return records.Write(a.stdout, "version", v)
			}
			_, err := fmt.Fprintln(a.stdout, v)
			return err
		}),
	}
	cmd.Flags().BoolVar(&a.json, "json", false, "print one JSON object")
	return cmd
}
