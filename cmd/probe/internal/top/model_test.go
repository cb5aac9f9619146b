package top

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

// names returns the groups in the order in which they are shown.
func (s *stage) names() string { return strings.Join(s.m.rowKeys(), " ") }

func TestOrder(t *testing.T) {
	source, service := one()
	s := newStage(t, 120, 24, source)
	s.updates(service.update(1), service.update(2))
	for _, tt := range []struct{ key, want, title string }{
		{"", "conns interned sessions", "RETAINED▾"},
		{"S", "interned sessions conns", "RETAINED▴"},
		{"s", "conns interned sessions", "GROUP▴"},
		{"S", "sessions interned conns", "GROUP▾"},
		{"s", "interned sessions conns", "LIVE▾"},
		{"s", "conns interned sessions", "Δ/s▾"},
		{"s", "interned conns sessions", "CLEANED/s▾"},
		{"s", "interned conns sessions", "AGE p99▾"},
		{"s", "conns interned sessions", "RETAINED▾"},
	} {
		if tt.key != "" {
			s.press(tt.key)
		}
		if got := s.names(); got != tt.want {
			t.Errorf("after %q: %s, want %s", tt.key, got, tt.want)
		}
		s.has(tt.title)
	}
}

func TestFilterWhileTyping(t *testing.T) {
	source, service := one()
	s := newStage(t, 80, 24, source)
	s.updates(minute(service)...)
	s.press("/", "S", "e", "s", "s")
	if got := s.names(); got != "sessions" {
		t.Errorf("while typing: %s", got)
	}
	s.press("q") // is part of the text
	s.has("No group here matches the filter sessq")
	s.press("backspace", "enter")
	if got := s.names(); got != "sessions" {
		t.Errorf("after enter: %s", got)
	}
	s.has("/sess hides 2")
	s.press("3")
	s.has("*auth.Session")
	s.hasNot("*pool.Conn")
	s.press("2")
	s.has("No origin here matches the filter sess")
	s.press("esc", "1")
	if got := s.names(); got != "conns interned sessions" {
		t.Errorf("after esc: %s", got)
	}
	s.press("/", "!")
	if got := s.names(); got != "conns interned sessions" {
		t.Errorf("a lone ! hides something: %s", got)
	}
	s.send(tea.PasteMsg{Content: "conns"})
	if got := s.names(); got != "interned sessions" {
		t.Errorf("after pasting: %s", got)
	}
	s.press("esc")
	s.has("[1 groups]")
	if s.m.filter.part != "" {
		t.Error("esc while typing keeps the filter")
	}
}

func TestPauseLosesNothing(t *testing.T) {
	source, service := one()
	s := newStage(t, 80, 24, source)
	s.updates(service.update(1), service.update(2))
	s.press("space")
	before := s.frame()
	cmd := s.send(updatesMsg{service.update(3), happened(service.target, 3, event.Event{Kind: event.Leaked, Type: "os.File"})})
	if cmd == nil {
		t.Error("nobody listens while paused")
	}
	s.has("paused, 2 held")
	if got, want := body(s.frame()), body(before); got != want {
		t.Errorf("the picture moved while paused, from\n%s\nto\n%s", want, got)
	}
	s.press("space")
	s.has("LEAKED", "153", "0 lost")
	if s.m.held != nil {
		t.Error("something is still held")
	}
}

// body is a frame without its first line.
func body(frame string) string {
	_, rest, _ := strings.Cut(frame, "\n")
	return rest
}

func TestPauseCountsWhatItCannotHold(t *testing.T) {
	source, service := one()
	s := newStage(t, 80, 24, source)
	s.updates(service.update(1))
	s.press("space")
	updates := slices.Repeat([]Update{happened(service.target, 2, event.Event{Kind: event.Cleared})}, holds+7)
	s.updates(append(updates, service.update(3))...)
	s.has("! 7 lost", fmt.Sprintf("%s held", "10,008"))
	s.press("space")
	s.has("! 7 lost", "153")
	if got := len(s.m.fleet.events); got < kept {
		t.Errorf("%d events are kept, want %d at least", got, kept)
	}
}

func TestZero(t *testing.T) {
	source, service := one()
	s := newStage(t, 80, 24, source)
	s.updates(service.update(1), service.update(2))
	s.press("z")
	s.updates(service.update(3), service.update(12))
	s.has("since 14:02:02", "120") // 12 deaths a second for 10 seconds
	s.press("2")
	s.has("new") // the second origin was not there
	s.press("down", "enter")
	s.has("NEW since the baseline")
	s.press("Z", "1")
	s.has("since the start", "4,994")
	s.press("2")
	s.hasNot(" new")
}

// TestRestart looks at what a new process under the same address makes of rates.
func TestRestart(t *testing.T) {
	source, service := one()
	s := newStage(t, 80, 24, source)
	s.updates(service.update(58), service.update(59))
	s.press("z")
	service.pid++
	s.updates(service.update(1))
	row := s.m.rows[0]
	if row.Growth.Known || row.Since.Created != row.Created {
		t.Errorf("a new process is compared with the old: %+v", row)
	}
	s.updates(service.update(2))
	if row := s.m.rows[0]; !row.Growth.Known || row.Growth.PerSecond != 1 {
		t.Errorf("growth is %+v, want 1", row.Growth)
	}
}

func TestUnreachableComesBack(t *testing.T) {
	a, b := service{target: "a", pid: 1}, service{target: "b", pid: 2}
	s := newStage(t, 80, 24, Source{Targets: []string{"a", "b"}})
	s.updates(a.update(1), b.update(1), a.update(2), b.update(2))
	s.has("2 of 2 targets", "304")
	s.updates(Update{Target: "b", Err: errRefused})
	s.updates(a.update(3))
	s.has("1 of 2 targets", "! unreachable: b (connection refused)", "153")
	if got := s.m.rows[0].Growth; got.PerSecond != 1 {
		t.Errorf("growth is %v, and a target that went away is part of it", got.PerSecond)
	}
	s.updates(b.update(9))
	s.has("2 of 2 targets")
	s.hasNot("unreachable")
}

func TestCollect(t *testing.T) {
	source, service := one()
	var asked []string
	source.Collect = func(_ context.Context, targets []string) error {
		asked = append(asked, targets...)
		return errors.New("503 \x1b[31mnot now")
	}
	service.allow = false
	s := newStage(t, 80, 24, source)
	s.updates(service.update(1))
	s.hasNot("g collect")
	if cmd := s.press("g"); cmd != nil || s.m.asking != nil {
		t.Error("g works though no target allows it")
	}
	service.allow = true
	s.updates(service.update(2))
	s.has("g collect")
	if s.press("g", "n"); asked != nil {
		t.Error("collected after a no")
	}
	cmd := s.press("g", "y")
	if cmd == nil {
		t.Fatal("nothing is done after a yes")
	}
	s.has("collecting…")
	s.send(cmd())
	if !slices.Equal(asked, []string{service.target}) {
		t.Errorf("collected in %q", asked)
	}
	s.has("503 �[31mnot now")
	s.now = s.now.Add(2 * noticeFor)
	s.hasNot("503")
}

func TestSaveProfile(t *testing.T) {
	source, service := one()
	s := newStage(t, 80, 24, source)
	if cmd := s.press("p"); cmd != nil {
		t.Error("a profile of nothing is saved")
	}
	s.has("no target can be reached")
	s.updates(service.update(1))
	cmd := s.press("p")
	s.send(cmd())
	s.has("go tool pprof -http=: live.pb.gz")

	source.SaveProfile = nil
	s = newStage(t, 80, 24, source)
	s.updates(service.update(1))
	s.hasNot("p profile")
	if cmd := s.press("p"); cmd != nil {
		t.Error("p works without a way to save")
	}
}

func TestCursorStaysOnItsGroup(t *testing.T) {
	source, service := one()
	s := newStage(t, 80, 24, source)
	s.updates(service.update(1), service.update(2))
	s.press("down", "down")
	s.has("▸sessions")
	u := service.update(3)
	u.Message.Snapshot.Groups[1].Retained = 9
	s.updates(u)
	s.has("▸sessions")
	s.press("S")
	s.has("▸sessions")
	s.press("enter")
	s.has("groups · sessions", "Nothing is retained.")
	s.press("esc", "home")
	s.press("end")
	s.press("enter")
	u = service.update(4)
	u.Message.Snapshot.Groups = slices.Delete(u.Message.Snapshot.Groups, 1, 2)
	s.updates(u)
	s.has("No target has this group any more")
}

func TestManyGroupsScroll(t *testing.T) {
	source, service := one()
	s := newStage(t, 80, 24, source)
	u := service.update(1)
	for i := range 200 {
		u.Message.Snapshot.Groups = append(u.Message.Snapshot.Groups, event.GroupStats{Name: fmt.Sprintf("group%03d", i), Kind: "cache"})
	}
	s.updates(u)
	s.press("end")
	s.has("▸sessions")
	s.press("up", "up")
	s.has("▸group199", " sessions")
	s.press("home")
	s.has("▸conns")
	for range 30 {
		s.press("down")
	}
	s.has("▸group029")
	s.press("tab", "tab", "tab")
	s.has("▸group029")
}

func TestEventsFollowUnlessScrolled(t *testing.T) {
	source, service := one()
	s := newStage(t, 80, 10, source)
	emit := func(n int) {
		for i := range n {
			s.updates(happened(service.target, i, event.Event{Kind: event.Cleared, Type: fmt.Sprintf("T%d", i)}))
		}
	}
	s.updates(service.update(0))
	s.press("3")
	emit(30)
	s.has("T29", "T25")
	s.press("up", "up")
	s.hasNot("T29")
	s.updates(happened(service.target, 99, event.Event{Kind: event.Cleared, Type: "newest"}))
	s.hasNot("newest")
	s.press("end")
	s.has("newest")
	s.updates(happened(service.target, 99, event.Event{Kind: event.Cleared, Type: "even newer"}))
	s.has("even newer")
}

func TestHelpNamesEveryKey(t *testing.T) {
	source, service := one()
	s := newStage(t, 100, 80, source)
	s.updates(service.update(1))
	s.press("?")
	s.m.keys.collect.SetEnabled(true)
	for _, b := range append(s.m.keys.all(), s.m.keys.movers()...) {
		if !strings.Contains(s.frame()+" ", " "+b.Help().Key) {
			t.Errorf("help does not name %q", b.Help().Key)
		}
	}
	s.press("?")
	s.has("[1 groups]")
}

func TestQuit(t *testing.T) {
	source, _ := one()
	for _, keys := range [][]string{{"q"}, {"?", "q"}} {
		cmd := newStage(t, 80, 24, source).press(keys...)
		if cmd == nil {
			t.Fatalf("%v does nothing", keys)
		}
		if _, ok := cmd().(tea.QuitMsg); !ok {
			t.Errorf("%v does not quit", keys)
		}
	}
	s := newStage(t, 80, 24, source)
	s.press("/")
	if cmd := s.send(tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}); cmd == nil {
		t.Error("ctrl+c does nothing while typing")
	}
}

// TestListen looks at how updates get from the source to the model.
func TestListen(t *testing.T) {
	updates := make(chan Update, 3)
	ctx, cancel := context.WithCancel(t.Context())
	m := NewModel(ctx, Source{Targets: []string{"a"}, Updates: updates}, Options{})
	updates <- Update{Target: "a", Message: wire.Message{Lost: &wire.Lost{Count: 1}}}
	updates <- Update{Target: "a", Message: wire.Message{Lost: &wire.Lost{Count: 2}}}
	if got := m.listen()().(updatesMsg); len(got) != 2 {
		t.Errorf("%d updates at once, want 2", len(got))
	}
	close(updates)
	if got := m.listen()().(updatesMsg); len(got) != 0 {
		t.Errorf("%d updates after the end", len(got))
	}
	m = NewModel(ctx, Source{Targets: []string{"a"}, Updates: make(chan Update)}, Options{})
	cancel()
	if got := m.listen()(); got != nil {
		t.Errorf("%v after the context's end", got)
	}
}

// TestMuch gives the model more of some things than an honest target has.
func TestMuch(t *testing.T) {
	source, service := one()
	u := service.update(2)
	snapshot := u.Message.Snapshot
	snapshot.Runtime.HeapGoal = math.MaxUint64 - 100
	for i := range 1 << 17 {
		b := event.Bucket{Below: time.Duration(1<<17 - i), Count: 1}
		snapshot.Groups[0].Ages.Buckets = append(snapshot.Groups[0].Ages.Buckets, b)
		snapshot.Retained[0].Created = append(snapshot.Retained[0].Created, track.Frame{Function: "f"})
	}
	snapshot.Groups = append(snapshot.Groups, snapshot.Groups[0]) // and twice
	s := newStage(t, 80, 24, source)
	s.updates(u)
	s.has("heap 412.0 MiB, GOGC=off", "304")
	s.press("enter", "end")
	if n := s.m.scroll.TotalLineCount(); n > 500 {
		t.Errorf("%d lines are shown of it", n)
	}
}
