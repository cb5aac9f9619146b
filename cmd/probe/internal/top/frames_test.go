package top

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/referent-go/referent/cmd/probe/internal/golden"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
)

var sizes = []struct{ width, height int }{{80, 24}, {120, 40}, {40, 15}}

// one is a service alone, whose profile can be saved.
func one() (Source, service) {
	s := service{target: "10.0.3.7:6060", pid: 4121, leak: 1, allow: true}
	return Source{
		Targets:     []string{s.target},
		Collect:     func(context.Context, []string) error { return nil },
		SaveProfile: func(context.Context, []string) (string, error) { return "live.pb.gz", nil },
	}, s
}

func (s *stage) golden(name string) {
	s.t.Helper()
	golden.Check(s.t, fmt.Sprintf("%s-%dx%d", name, s.m.width, s.m.height), s.frame())
}

func TestFrames(t *testing.T) {
	for _, size := range sizes {
		source, service := one()
		for _, tt := range []struct {
			name string
			do   func(*stage)
		}{
			{"waiting", func(s *stage) {}},
			{"empty", func(s *stage) {
				u := service.update(1)
				u.Message.Snapshot.Groups = nil
				u.Message.Snapshot.Retained = nil
				s.updates(u)
			}},
			{"first", func(s *stage) { s.updates(service.update(1)) }},
			{"groups", func(s *stage) { s.updates(minute(service)...) }},
			{"totals", func(s *stage) { s.updates(minute(service)...); s.press("t") }},
			{"group", func(s *stage) { s.updates(minute(service)...); s.press("enter") }},
			{"retained", func(s *stage) { s.updates(minute(service)...); s.press("2") }},
			{"origin", func(s *stage) { s.updates(minute(service)...); s.press("2", "enter") }},
			{"events", func(s *stage) { s.updates(minute(service)...); s.press("3") }},
			{"help", func(s *stage) { s.updates(minute(service)...); s.press("?") }},
			{"filter", func(s *stage) { s.updates(minute(service)...); s.press("/", "!", "o", "n", "n") }},
			{"paused", func(s *stage) {
				s.updates(minute(service)...)
				s.press("space")
				s.updates(service.update(61), service.update(62))
			}},
			{"asking", func(s *stage) { s.updates(minute(service)...); s.press("g") }},
			{"lost", func(s *stage) {
				s.updates(minute(service)...)
				s.updates(Update{Target: service.target, Message: wire.Message{Lost: &wire.Lost{Count: 1312}}})
			}},
		} {
			t.Run(fmt.Sprintf("%s-%dx%d", tt.name, size.width, size.height), func(t *testing.T) {
				s := newStage(t, size.width, size.height, source)
				s.t = t
				tt.do(s)
				s.golden(tt.name)
			})
		}
	}
}

func TestFramesOfSeveral(t *testing.T) {
	services := []service{{target: "a:6060", pid: 11, leak: 1}, {target: "b:6060", pid: 12, leak: 2, allow: true}}
	for _, size := range sizes {
		s := newStage(t, size.width, size.height, Source{Targets: []string{"a:6060", "b:6060", "10.0.3.9:6060"}})
		s.updates(Update{Target: "10.0.3.9:6060", Time: start, Err: errRefused})
		s.updates(minute(services...)...)
		s.golden("several")
		s.press("enter")
		s.golden("several-group")
		s.press("esc", "2")
		s.golden("several-retained")
	}
}

func TestFrameWhenNobodyAnswers(t *testing.T) {
	s := newStage(t, 80, 24, Source{Targets: []string{"10.0.3.9:6060"}})
	s.updates(Update{Target: "10.0.3.9:6060", Time: start, Err: errRefused})
	s.golden("unreachable")
}

// TestNoSizeBreaksAFrame looks at each page at sizes that nobody would choose; the
// stage objects to a frame that is too wide, too high or too low.
func TestNoSizeBreaksAFrame(t *testing.T) {
	source, service := one()
	s := newStage(t, 80, 24, source)
	s.updates(minute(service)...)
	for _, keys := range [][]string{{"1"}, {"enter"}, {"2"}, {"enter"}, {"3"}, {"?"}, {"esc", "/", "x"}, {"esc", "g"}, {"esc", "space"}} {
		s.press(keys...)
		for _, height := range []int{1, 2, 4, 7, 12, 24, 45} {
			for _, width := range []int{1, 2, 5, 11, 18, 29, 40, 63, 80, 111, 170} {
				s.resize(width, height)
			}
		}
		s.resize(80, 24)
	}
}

func TestHostileNames(t *testing.T) {
	bad := "\x1b[2J\x1b]0;owned\x07\x00\u202eevil\u200b\xff\n\tname" + fmt.Sprint(errors.New("日本語の長い名前がここにありますよ"))
	source, service := one()
	u := service.update(2)
	snapshot := u.Message.Snapshot
	snapshot.Process.Name, snapshot.Process.Instance, snapshot.Process.Go = bad, bad, bad
	for i := range snapshot.Groups {
		snapshot.Groups[i].Name = fmt.Sprint(i, bad)
		snapshot.Groups[i].Type, snapshot.Groups[i].Kind = bad, bad
		snapshot.Groups[i].Counters = []event.Counter{{Name: bad}}
	}
	for i := range snapshot.Retained {
		r := &snapshot.Retained[i]
		r.Group, r.Type = "0"+bad, bad
		r.Created[0].Function, r.Created[0].File = bad, bad
	}
	source.Targets[0] += bad
	u.Target = source.Targets[0]
	for _, size := range sizes {
		s := newStage(t, size.width, size.height, source)
		s.updates(u, happened(u.Target, 2, event.Event{Kind: event.Cleared, Group: bad, Type: bad, Label: bad}),
			Update{Target: "x" + bad, Err: errors.New(bad)})
		for _, keys := range [][]string{{"1"}, {"enter"}, {"2"}, {"enter"}, {"3"}} {
			s.press(keys...)
			s.hasNot("\x1b", "\x07", "\x00", "\u202e", "\u200b", "\t")
		}
		s.press("1")
		s.golden("hostile")
	}
}

func TestSilence(t *testing.T) {
	source, service := one()
	s := newStage(t, 80, 24, source)
	s.has("waiting")
	s.updates(service.update(1))
	s.has("live 1s")
	s.now = s.now.Add(9 * time.Second)
	s.send(tickMsg{})
	s.has("silent for 9s")
	s.send(updatesMsg(nil))
	s.has("ended")
}
