package top

import "fmt"

// teach returns what to say where there is nothing to show yet.
func (s *scene) teach() []string {
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
	case len(s.fleet.unreachable()) == len(s.fleet.targets):
		return []string{
			" No target can be reached. It is tried again until you quit.",
			"",
			" Is the service up, and is the handler mounted?",
			"",
			`   mux.Handle("/debug/realweak/", debughttp.Handler())`,
		}
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
