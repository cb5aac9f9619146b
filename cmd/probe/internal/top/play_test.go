package top

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

var start = time.Date(2026, 5, 6, 14, 2, 0, 0, time.UTC)

// service is a process as it sends snapshots: with one group that grows, one that
// shrinks, one that stands, and a leak.
type service struct {
	target string
	pid    int
	leak   int // retained objects for each second
	allow  bool
}

func (s service) snapshot(second int) *wire.Snapshot {
	at := start.Add(time.Duration(second) * time.Second)
	ages := func(n uint64, d time.Duration) event.Histogram {
		var h event.Histogram
		for i := range n {
			h.Observe(d + d*time.Duration(i)/8)
		}
		return h
	}
	leaked := s.leak * second
	queue := uint64(3)
	if second%10 == 6 {
		queue = 40
	}
	snapshot := &wire.Snapshot{
		Schema: wire.Schema,
		Time:   at,
		Process: wire.Process{
			Name: "payments", Instance: fmt.Sprintf("pay-%d:%d", s.pid%10, s.pid), Host: fmt.Sprintf("pay-%d", s.pid%10), PID: s.pid,
			Go: "go1.26.8", Start: start.Add(-3*time.Hour - 12*time.Minute),
		},
		Runtime: wire.Runtime{
			HeapLive: 412 << 20, HeapGoal: 640 << 20, HeapObjects: 1 << 20, Collections: uint64(1800 + second/2),
			LastCollection: &event.Collection{Number: uint64(1800 + second/2), End: at.Add(-2100 * time.Millisecond), Pause: 300 * time.Microsecond},
			CleanupsQueued: uint64(1000 + 100*second), CleanupsExecuted: uint64(1000+100*second) - queue,
		},
		Groups: []event.GroupStats{
			{
				Name: "conns", Kind: "tracked", Type: "*pool.Conn", Live: 150 + second, Expected: 2, Retained: leaked,
				Created: uint64(5000 + 13*second), Cleaned: uint64(4850 + 12*second), Bytes: uint64(4096 * (150 + second)),
				Ages: ages(40, 90*time.Millisecond),
			},
			{Name: "interned", Kind: "interning", Type: "string", Live: 91204 + second%3, Created: uint64(300000 + 210*second), Cleaned: uint64(208796 + 210*second),
				Ages: ages(9, 14*time.Minute), Counters: []event.Counter{{Name: "hits", Value: uint64(1e6 + 1000*second)}, {Name: "load_time_ns", Value: 3e9}}},
			{Name: "sessions", Kind: "cache", Type: "*auth.Session", Live: 4410 - 3*second},
		},
		Stream: wire.Stream{CollectsOK: s.allow},
	}
	if leaked > 0 {
		first := leaked - leaked/4
		snapshot.Retained = []track.Retained{{
			Fingerprint: 0x9c1e04aa51b2c3d4, Group: "conns", Type: "*pool.Conn", Count: first, Bytes: uint64(first) * 4096,
			Since: time.Duration(second) * time.Second, Age: 58*time.Minute + time.Duration(second)*time.Second, Collections: uint64(200 + second),
			Created: track.Stack{
				{Function: "example.com/svc/pool.(*Pool).Get", File: "/src/svc/pool/pool.go", Line: 12},
				{Function: "example.com/svc/http.handleUpload", File: "/src/svc/http/upload.go", Line: 88},
				{Function: "net/http.HandlerFunc.ServeHTTP", File: "/go/src/net/http/server.go", Line: 2322},
			},
			Expected: track.Stack{
				{Function: "example.com/svc/pool.(*Pool).Put", File: "/src/svc/pool/pool.go", Line: 40},
				{Function: "example.com/svc/http.handleUpload.deferwrap1", File: "/src/svc/http/upload.go", Line: 91},
			},
		}}
		if leaked/4 > 0 {
			snapshot.Retained = append(snapshot.Retained, track.Retained{
				Fingerprint: 0x04d1, Group: "conns", Type: "*pool.Conn", Count: leaked / 4, Bytes: uint64(leaked/4) * 4096,
				Since: 9 * time.Second, Age: time.Minute, Collections: 3,
			})
		}
	}
	return snapshot
}

func (s service) update(second int) Update {
	at := start.Add(time.Duration(second) * time.Second)
	return Update{Target: s.target, Time: at, Message: wire.Message{Snapshot: s.snapshot(second)}}
}

func happened(target string, second int, e event.Event) Update {
	e.Time = start.Add(time.Duration(second)*time.Second + 304*time.Millisecond)
	return Update{Target: target, Time: e.Time, Message: wire.Message{Event: &e}}
}

// stage is a model that is driven by hand.
type stage struct {
	t   *testing.T
	m   *Model
	now time.Time
}

func newStage(t *testing.T, width, height int, source Source) *stage {
	t.Helper()
	s := &stage{t: t, now: start}
	s.m = NewModel(context.Background(), source, Options{Location: time.UTC, Now: func() time.Time { return s.now }})
	s.resize(width, height)
	return s
}

func (s *stage) resize(width, height int) { s.send(tea.WindowSizeMsg{Width: width, Height: height}) }

// send gives a message to the model and looks at the picture after it.
func (s *stage) send(msg tea.Msg) tea.Cmd {
	s.t.Helper()
	_, cmd := s.m.Update(msg)
	s.frame()
	return cmd
}

func (s *stage) updates(updates ...Update) {
	s.t.Helper()
	for _, u := range updates {
		if u.Time.After(s.now) {
			s.now = u.Time
		}
	}
	s.send(updatesMsg(updates))
}

// press presses keys: single characters, or the names of others.
func (s *stage) press(keys ...string) (last tea.Cmd) {
	s.t.Helper()
	for _, k := range keys {
		var msg tea.KeyPressMsg
		switch k {
		case "enter":
			msg.Code = tea.KeyEnter
		case "esc":
			msg.Code = tea.KeyEscape
		case "up":
			msg.Code = tea.KeyUp
		case "down":
			msg.Code = tea.KeyDown
		case "tab":
			msg.Code = tea.KeyTab
		case "end":
			msg.Code = tea.KeyEnd
		case "home":
			msg.Code = tea.KeyHome
		case "pgdown":
			msg.Code = tea.KeyPgDown
		case "backspace":
			msg.Code = tea.KeyBackspace
		case "space":
			msg = tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
		default:
			msg = tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
		}
		last = s.send(msg)
	}
	return last
}

// frame returns the picture, once it has been found to have its exact size.
func (s *stage) frame() string {
	s.t.Helper()
	frame := s.m.View().Content
	lines := strings.Split(frame, "\n")
	if len(lines) != s.m.height {
		s.t.Errorf("the frame has %d lines, the screen %d:\n%s", len(lines), s.m.height, frame)
	}
	for i, line := range lines {
		if w := ansi.StringWidth(line); w > s.m.width {
			s.t.Errorf("line %d is %d cells wide, the screen %d: %q", i, w, s.m.width, line)
		}
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

func (s *stage) has(want ...string) {
	s.t.Helper()
	for _, w := range want {
		if frame := s.frame(); !strings.Contains(frame, w) {
			s.t.Errorf("%q is not in\n%s", w, frame)
		}
	}
}

func (s *stage) hasNot(not ...string) {
	s.t.Helper()
	for _, w := range not {
		if frame := s.frame(); strings.Contains(frame, w) {
			s.t.Errorf("%q is in\n%s", w, frame)
		}
	}
}

var (
	errRefused = &problem.Error{
		Code: problem.Unreachable,
		What: "GET http://10.0.3.9:6060/debug/realweak/events?snapshot=1s",
		Why:  errors.New("connection refused"),
		Next: "is the service running, and is that its address? see `probe help attach`",
	}
	nan = math.NaN()
)

// minute is a source's first minute, with some events at its end.
func minute(services ...service) []Update {
	var all []Update
	for second := 1; second <= 60; second++ {
		for _, s := range services {
			all = append(all, s.update(second))
		}
	}
	name := services[0].target
	return append(all,
		happened(name, 60, event.Event{Kind: event.Cleared, Group: "sessions", Type: "*auth.Session", Age: 31200 * time.Millisecond, Collections: 2}),
		happened(name, 60, event.Event{Kind: event.Cleared, Group: "conns", Type: "*pool.Conn", Age: 900 * time.Millisecond, Collections: 1}),
		happened(name, 60, event.Event{Kind: event.Retained, Group: "conns", Type: "*pool.Conn", Age: 8100 * time.Millisecond, Collections: 3}),
		happened(name, 60, event.Event{Kind: event.GC, GC: &event.Collection{Number: 1830, Pause: 312 * time.Microsecond, Queued: 7000, Executed: 6939}}),
	)
}
