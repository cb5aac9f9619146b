package main

import (
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/referent-go/referent/realweak/debughttp/wire"
)

// TestManual holds docs/probe.md to the program: its commands and flags exist, and
// its recording can be read.
func TestManual(t *testing.T) {
	text, err := os.ReadFile("../../docs/probe.md")
	if err != nil {
		t.Fatal(err)
	}
	manual := string(text)
	root := newRootCommand(newApp(nil, nil, nil, nil, nil))

	known := map[string]bool{"tagroot": true} // pprof's
	var live []string
	for _, c := range root.Commands() {
		c.Flags().VisitAll(func(f *pflag.Flag) { known[f.Name] = true })
		if c.GroupID == groupLive {
			live = append(live, c.Name())
		}
	}
	for _, m := range regexp.MustCompile(`[\s\x60]--([a-z][a-z-]+)`).FindAllStringSubmatch(manual, -1) {
		if !known[m[1]] {
			t.Errorf("the manual mentions --%s, which no command has", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`(?:\$ |\x60)probe ([a-z]+)`).FindAllStringSubmatch(manual, -1) {
		if !slices.ContainsFunc(root.Commands(), func(c *cobra.Command) bool { return c.Name() == m[1] }) && m[1] != "help" && m[1] != "vm" {
			t.Errorf("the manual mentions probe %s, which is no command", m[1])
		}
	}
	for _, name := range live {
		if !strings.Contains(manual, "| `"+name+"`") && !strings.Contains(manual, ", `"+name+"` |") {
			t.Errorf("the manual's table of commands has no %s", name)
		}
	}

	_, block, _ := strings.Cut(manual, "```json\n")
	block, _, _ = strings.Cut(block, "```")
	p := wire.NewPlayer(strings.NewReader(block))
	n := 0
	for ; err == nil; n++ {
		_, err = p.Next()
	}
	if !errors.Is(err, io.EOF) || n != 3 || p.Skipped() != 0 {
		t.Errorf("the manual's recording has %d messages and ends with %v", n-1, err)
	}
}
