package top

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/referent-go/referent/cmd/probe/internal/legible"
	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
)

// Fleet is what is known of all targets. It is not safe for concurrent use.
type Fleet struct {
	interval time.Duration
	targets  []*target
	trends   map[string]*history // live objects, by group
	queue    history             // cleanups waiting
	now      int64               // newest interval
	events   []Entry             // newest last
	lost     uint64              // events that are known to be missing
	gap      bool                // there are more, and nobody knows how many
	baseline time.Time           // what totals count from; zero for each process' own start
}

// kept is how many events are kept at least.
const kept = 1000

// Entry is an event and where it happened.
type Entry struct {
	Target string
	event.Event
}

// target is one process, or what should be one.
type target struct {
	name     string
	err      error
	final    bool           // err will not go away
	last     *wire.Snapshot // nil before the first
	before   *wire.Snapshot // the one before, of the same process
	baseline *wire.Snapshot // of the same process; nil if totals count from its start
	seen     time.Time      // when last came
}

// counts reports whether the target's numbers are current.
func (t *target) counts() bool { return t.err == nil && t.last != nil }

// NewFleet returns the state of targets that have not said anything yet. They are
// expected to send a snapshot every interval.
func NewFleet(targets []string, interval time.Duration) *Fleet {
	f := &Fleet{interval: interval, trends: make(map[string]*history)}
	for _, name := range targets {
		f.target(name)
	}
	return f
}

func (f *Fleet) target(name string) *target {
	for _, t := range f.targets {
		if t.name == name {
			return t
		}
	}
	t := &target{name: name}
	f.targets = append(f.targets, t)
	return t
}

// Apply takes in one update.
func (f *Fleet) Apply(u Update) {
	t := f.target(u.Target)
	m := u.Message
	switch {
	case u.Err != nil:
		t.err, t.final = u.Err, u.Final
		t.before = nil // a rate over the time in between would be wrong by all that was missed
		return
	case m.Snapshot != nil:
		f.snapshot(t, legible.Snapshot(*m.Snapshot), u.Time)
	case m.Event != nil:
		f.add(Entry{Target: t.name, Event: legible.Event(*m.Event)})
	case m.Lost != nil:
		f.lost += m.Lost.Count
		f.gap = f.gap || m.Lost.Count == 0
	}
	t.err = nil
}

func (f *Fleet) snapshot(t *target, s *wire.Snapshot, at time.Time) {
	if t.last != nil && !sameProcess(t.last, s) {
		t.last, t.baseline = nil, nil
	}
	t.err, t.before, t.last, t.seen = nil, t.last, s, at
	f.now = max(f.now, at.UnixNano()/int64(max(f.interval, 1)))
	f.sample()
}

// sameProcess reports whether counters of the two can be compared.
func sameProcess(a, b *wire.Snapshot) bool {
	return a.Process.PID == b.Process.PID && a.Process.Host == b.Process.Host && a.Process.Start.Equal(b.Process.Start)
}

// sample notes the numbers that are drawn as curves.
func (f *Fleet) sample() {
	live := make(map[string]int)
	queue := uint64(0)
	for _, t := range f.targets {
		if !t.counts() {
			continue
		}
		queue += t.last.Runtime.CleanupQueue()
		for _, g := range t.last.Groups {
			live[g.Name] += g.Live
		}
	}
	f.queue.put(f.now, float64(queue))
	for name, n := range live {
		h := f.trends[name]
		if h == nil {
			h = new(history)
			f.trends[name] = h
		}
		h.put(f.now, float64(n))
	}
	for name, h := range f.trends {
		if h.newest <= f.now-window {
			delete(f.trends, name)
		}
	}
}

func (f *Fleet) add(e Entry) {
	f.events = append(f.events, e)
	if len(f.events) >= 2*kept {
		f.events = slices.Clone(f.events[len(f.events)-kept:])
	}
}

// Zero makes totals count from now on.
func (f *Fleet) Zero(now time.Time) {
	f.baseline = now
	for _, t := range f.targets {
		t.baseline = t.last
	}
}

// Unzero makes totals count from each process' start again.
func (f *Fleet) Unzero() {
	f.baseline = time.Time{}
	for _, t := range f.targets {
		t.baseline = nil
	}
}

// current returns the targets whose numbers are current.
func (f *Fleet) current() []*target {
	return slices.DeleteFunc(slices.Clone(f.targets), func(t *target) bool { return !t.counts() })
}

// unreachable returns the targets that cannot be reached.
func (f *Fleet) unreachable() []*target {
	return slices.DeleteFunc(slices.Clone(f.targets), func(t *target) bool { return t.err == nil })
}

// reason returns why a target cannot be reached, without what was being done.
func (t *target) reason() string {
	err := t.err
	if p, ok := errors.AsType[*problem.Error](err); ok && p.Why != nil {
		err = p.Why
	}
	return legible.Text(err.Error())
}

// nobody reports whether no target can be reached.
func (f *Fleet) nobody() bool {
	return len(f.targets) > 0 && len(f.unreachable()) == len(f.targets)
}

// seen returns when the newest of the current snapshots came.
func (f *Fleet) seen() time.Time {
	var newest time.Time
	for _, t := range f.current() {
		if t.seen.After(newest) {
			newest = t.seen
		}
	}
	return newest
}

// collectable returns the names of the targets in which a collection may be forced.
func (f *Fleet) collectable() []string {
	var names []string
	for _, t := range f.current() {
		if t.last.Stream.CollectsOK {
			names = append(names, t.name)
		}
	}
	return names
}

// machine is what the runtimes of all current targets say together.
type machine struct {
	HeapLive    uint64
	HeapGoal    uint64 // of those that have one
	Unbounded   bool   // some have none, with GOGC=off
	Queue       uint64
	Collections uint64
	LastGC      time.Duration // since the end of the latest collection; negative if there was none
}

// noGoal is a heap goal that is none: the runtime has one near the end of its range
// then.
const noGoal = 1 << 60

func (f *Fleet) machine() machine {
	m := machine{LastGC: -1}
	for _, t := range f.current() {
		r := t.last.Runtime
		m.HeapLive += r.HeapLive
		if r.HeapGoal < noGoal {
			m.HeapGoal += r.HeapGoal
		} else {
			m.Unbounded = true
		}
		m.Queue += r.CleanupQueue()
		m.Collections += r.Collections
		if gc := r.LastCollection; gc != nil {
			// Both times are the target's own, whose clock may differ from ours.
			if since := max(t.last.Time.Sub(gc.End), 0); m.LastGC < 0 || since < m.LastGC {
				m.LastGC = since
			}
		}
	}
	return m
}

// versions returns the different values that the current targets have of something.
func (f *Fleet) versions(of func(wire.Process) string) []string {
	var all []string
	for _, t := range f.current() {
		all = append(all, of(t.last.Process))
	}
	slices.SortFunc(all, cmp.Compare)
	return slices.Compact(all)
}
