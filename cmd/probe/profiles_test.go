package main

import (
	"slices"
	"testing"

	"github.com/referent-go/referent/realweak/track"
)

func TestWheres(t *testing.T) {
	frame := func(name string, line int) track.Frame {
		return track.Frame{Function: "example.com/svc/web." + name, File: "/src/web.go", Line: line}
	}
	begin := frame("(*Service).begin", 1)
	list := []alive{
		{Group: "sessions", Created: track.Stack{begin, frame("login", 2), frame("serve", 9)}},
		{Group: "sessions", Created: track.Stack{begin, frame("login", 3), frame("serve", 9)}},
		{Group: "conns", Created: track.Stack{begin, frame("login", 3)}},
		{Group: "sessions"},
		{Group: "same", Created: track.Stack{begin}, Type: "a"},
		{Group: "same", Created: track.Stack{begin}, Type: "b"},
		{Group: "short", Created: track.Stack{begin}},
		{Group: "short", Created: track.Stack{begin, frame("login", 2)}},
	}
	want := []string{
		"via login web.go:2", "via login web.go:3", "web.(*Service).begin web.go:1", "(not recorded)",
		"web.(*Service).begin web.go:1", "web.(*Service).begin web.go:1",
		"web.(*Service).begin web.go:1", "via login web.go:2",
	}
	if got := wheres(list); !slices.Equal(got, want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
}
