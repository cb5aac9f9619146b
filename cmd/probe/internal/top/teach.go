package top

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/referent-go/referent/cmd/probe/internal/legible"
)

// teach returns what to say where there is nothing to show yet.
func (s *scene) teach(width int) []string {
	switch {
	case len(s.fleet.current()) > 0:
		return []string{
			" No groups yet. In the service, name what you want to see:",
			"",
			`   var conns = track.NewGroup[Conn]("conns")`,
			"",
			"   c := conns.Track(newConn())   counted from here on, held weakly",
			"   conns.Expect(c)               nobody should need it any more",
			"",
			" Objects that stay alive after Expect are shown as retained, with",
			" the place that made them. Maps, caches and tables of this module",
			" show as groups too once they have a name.",
		}
	case s.fleet.nobody():
		again := ""
		var lines []string
		for _, t := range s.fleet.targets {
			lines = append(lines, wrapped("   ", legible.Text(t.err.Error()), width)...)
			if !t.final {
				again = " It is tried again until you quit."
			}
		}
		return append(append([]string{" No target can be reached." + again, ""}, lines...),
			"",
			" A service can be looked at once it has this line:",
			"",
			`   mux.Handle("/debug/realweak/", debughttp.Handler())`,
		)
	}
	return []string{" Waiting for the first snapshot" + s.theme.ellipsis}
}

// teachRetained returns what to say where nothing is retained.
func (s *scene) teachRetained() []string {
	return []string{
		" Nothing is retained.",
		"",
		" An object is retained if the program said that it should die, with",
		" Expect, and it is still alive after a grace time and some collections:",
		" something holds it that should not.",
	}
}

// noMatch returns what to say where the filter hides everything.
func (s *scene) noMatch(what string) []string {
	return []string{fmt.Sprintf(" No %s here matches the filter %s; esc clears it.", what, s.filter)}
}

// wrapped returns text in lines of at most width cells, each with the same indent.
func wrapped(indent, text string, width int) []string {
	var lines []string
	for line := range strings.SplitSeq(ansi.Wrap(text, max(width-len(indent), 8), ""), "\n") {
		lines = append(lines, indent+line)
	}
	return lines
}
