package refcount_test

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"unsafe"

	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/weaktest"
	"github.com/referent-go/referent/refcount"
)

// shown returns what event.Groups has under a name.
func shown(name string) (event.GroupStats, bool) {
	all := event.Groups.Stats()
	i := slices.IndexFunc(all, func(s event.GroupStats) bool { return s.Name == name })
	if i < 0 {
		return event.GroupStats{}, false
	}
	return all[i], true
}

type ticket struct {
	_ [3]int
	_ *ticket
}

func TestGroupCountsItsObjects(t *testing.T) {
	type source struct {
		name string
		make func(name string, drop func(*ticket)) func() refcount.Strong[ticket]
	}
	for _, src := range []source{
		{"New", func(name string, drop func(*ticket)) func() refcount.Strong[ticket] {
			g := refcount.NewGroup(name, drop)
			return func() refcount.Strong[ticket] { return g.New(ticket{}) }
		}},
		{"Wrap", func(name string, drop func(*ticket)) func() refcount.Strong[ticket] {
			g := refcount.NewGroup(name, drop)
			return func() refcount.Strong[ticket] { return g.Wrap(new(ticket)) }
		}},
		{"Pool", func(name string, drop func(*ticket)) func() refcount.Strong[ticket] {
			p := refcount.NewPool(drop, refcount.Named(name))
			return func() refcount.Strong[ticket] { return p.New(ticket{}) }
		}},
	} {
		for _, dropped := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/destructor=%v", src.name, dropped), func(t *testing.T) {
				name := t.Name()
				want := func(what string, created, live int) {
					t.Helper()
					s, ok := shown(name)
					if !ok || s.Kind != "counted" || s.Type != "refcount_test.ticket" || s.Created != uint64(created) || s.Live != live ||
						s.Cleaned != uint64(created-live) || s.Bytes != uint64(live)*uint64(unsafe.Sizeof(ticket{})) {
						t.Errorf("%s: %+v, %v; want %d, live %d", what, s, ok, created, live)
					}
				}
				done := make(chan struct{})
				go func() {
					defer close(done)
					var drop func(*ticket)
					if dropped {
						drop = func(*ticket) {}
					}
					fresh := src.make(name, drop)
					a, b, c := fresh(), fresh(), fresh()
					want("made", 3, 3)
					d := a.Clone()
					a.Release()
					want("one of two handles released", 3, 3)
					d.Release()
					want("released", 3, 2)
					if _, ok := b.TryUnwrap(); !ok {
						t.Error("not unwrapped")
					}
					want("unwrapped", 3, 1)
					e := c.Clone()
					e.MakeMut(func(v *ticket) ticket { return *v })
					want("another of the kind", 4, 2)
					c.Release()
					e.Release()
					want("all released", 4, 0)
					var wg sync.WaitGroup
					for range 4 {
						wg.Go(func() {
							for range 1000 {
								s := fresh()
								s.Release()
							}
						})
					}
					wg.Wait()
					want("from several goroutines", 4004, 0)
					runtime.KeepAlive(fresh) // or a collection might end the group before
				}()
				<-done
				weaktest.AwaitDone(t, func() bool { _, ok := shown(name); return !ok })
			})
		}
	}
}

// A group is shown for as long as it has objects, though nobody else refers to it.
func TestGroupLivesWithItsObjects(t *testing.T) {
	s := refcount.NewGroup[ticket](t.Name(), nil).New(ticket{})
	for range 3 {
		weaktest.Collect(t)
	}
	if g, ok := shown(t.Name()); !ok || g.Live != 1 {
		t.Errorf("%+v, %v", g, ok)
	}
	s.Release()
	weaktest.AwaitDone(t, func() bool { _, ok := shown(t.Name()); return !ok })
}

func TestEventsOfAGroup(t *testing.T) {
	sub := event.Default.Subscribe(64, event.Created, event.Released)
	defer sub.Close()
	s := refcount.NewGroup[ticket](t.Name(), nil).New(ticket{})
	s.Release()
	n := 0
	for e, ok := sub.Poll(); ok; e, ok = sub.Poll() {
		if e.Group == t.Name() {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d events", n)
	}
}

func TestUnnamedPoolIsNoGroup(t *testing.T) {
	before := len(event.Groups.Stats())
	p := refcount.NewPool[ticket](nil)
	s := p.New(ticket{})
	s.Release()
	if after := len(event.Groups.Stats()); after > before {
		t.Errorf("%d groups, %d before", after, before)
	}
	runtime.KeepAlive(p)
	defer func() {
		if recover() == nil {
			t.Error("a group without a name")
		}
	}()
	refcount.NewGroup[ticket]("", nil)
}
