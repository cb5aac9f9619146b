package realweak_test

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// heard gathers who was called with what.
type heard struct {
	mu  sync.Mutex
	all []string
}

func (h *heard) by(name string) func(int) {
	return func(i int) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.all = append(h.all, fmt.Sprint(name, i))
	}
}

func (h *heard) take() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer func() { h.all = nil }()
	return h.all
}

type listener struct {
	name string
	h    *heard
}

func (l *listener) hear(i int) { l.h.by(l.name)(i) }

func TestSignalCallsInOrderOfConnection(t *testing.T) {
	var s realweak.Signal[int]
	s.Emit(0)
	var h heard
	a, c := &listener{"a", &h}, &listener{"c", &h}
	s.Connect(realweak.Bind(a, (*listener).hear))
	b := s.ConnectFunc(h.by("b"))
	s.Connect(realweak.Bind(c, (*listener).hear))
	again := s.Connect(realweak.Bind(a, (*listener).hear))
	s.Emit(1)
	if got, want := h.take(), []string{"a1", "b1", "c1", "a1"}; !slices.Equal(got, want) {
		t.Errorf("called %v, want %v", got, want)
	}
	if s.Len() != 4 || s.String() != "Signal[int](4 observers)" || !b.Connected() {
		t.Errorf("%v, %v", s.Len(), s.String())
	}
	if !again.Disconnect() || again.Disconnect() || !b.Disconnect() || b.Connected() {
		t.Error("Disconnect")
	}
	s.Emit(2)
	if got, want := h.take(), []string{"a2", "c2"}; !slices.Equal(got, want) {
		t.Errorf("called %v, want %v", got, want)
	}
	if s.Len() != 2 || s.Slots() != 2 {
		t.Errorf("%d observers, %d stored", s.Len(), s.Slots())
	}
	runtime.KeepAlive(a)
	runtime.KeepAlive(c)
}

// A dead observer is gone, and takes no room after the next emission.
func TestSignalDoesNotKeepObservers(t *testing.T) {
	var s realweak.Signal[int]
	var h heard
	kept := &listener{"kept", &h}
	drop := func() (realweak.Ref[listener], realweak.Ref[realweak.Connection[int]]) {
		gone := &listener{"gone", &h}
		s.Connect(realweak.Bind(gone, (*listener).hear))
		s.Connect(realweak.Bind(kept, (*listener).hear))
		c := s.ConnectFunc(h.by("token"))
		return realweak.Make(gone), realweak.Make(c)
	}
	method, token := drop()
	weaktest.AwaitDead(t, method)
	weaktest.AwaitDead(t, token)
	if s.Len() != 1 || s.Slots() != 3 {
		t.Errorf("before the emission: %d observers, %d stored", s.Len(), s.Slots())
	}
	s.Emit(1)
	if got, want := h.take(), []string{"kept1"}; !slices.Equal(got, want) {
		t.Errorf("called %v, want %v", got, want)
	}
	if s.Slots() != 1 {
		t.Errorf("after the emission %d are stored", s.Slots())
	}
	runtime.KeepAlive(kept)
}

// A function may refer to the signal, to its connection, and to who holds both.
func TestSignalCyclesDie(t *testing.T) {
	type owner struct {
		s realweak.Signal[int]
		c *realweak.Connection[int]
		f *form
	}
	drop := func() realweak.Ref[owner] {
		o := &owner{f: &form{}}
		o.c = o.s.ConnectFunc(func(i int) { o.f.changed(i); o.c.Connected() })
		o.s.Connect(realweak.Bind(o, func(o *owner, i int) { o.f.changed(i) }))
		o.s.Emit(1)
		if len(o.f.got) != 2 {
			t.Errorf("called %d times", len(o.f.got))
		}
		return realweak.Make(o)
	}
	weaktest.AwaitDead(t, drop())
}

// A signal that nobody emits does not gather what is dead or disconnected.
func TestSignalWithoutEmissionsStaysSmall(t *testing.T) {
	var s realweak.Signal[int]
	for range 1000 {
		s.ConnectFunc(func(int) {}).Disconnect()
	}
	if n := s.Slots(); n > 100 {
		t.Errorf("%d ties are stored, all disconnected", n)
	}
	for range 2000 {
		s.ConnectFunc(func(int) {})
		if s.Slots()%500 == 499 {
			weaktest.Collect(t)
		}
	}
	if n := s.Slots(); n > 1100 {
		t.Errorf("%d ties are stored, nearly all dead", n)
	}
}

func TestSignalChangesDuringEmission(t *testing.T) {
	var s realweak.Signal[int]
	var h heard
	var second, late *realweak.Connection[int]
	first := s.ConnectFunc(func(i int) {
		h.by("first")(i)
		second.Disconnect()
		if late == nil {
			late = s.ConnectFunc(h.by("late"))
		}
	})
	second = s.ConnectFunc(h.by("second"))
	third := s.ConnectFunc(h.by("third"))
	s.Emit(1)
	s.Emit(2)
	if got, want := h.take(), []string{"first1", "third1", "first2", "third2", "late2"}; !slices.Equal(got, want) {
		t.Errorf("called %v, want %v", got, want)
	}
	runtime.KeepAlive([]any{first, second, third, late})

	// One that disconnects itself is called that once.
	var once realweak.Signal[int]
	var self *realweak.Connection[int]
	self = once.ConnectFunc(func(i int) { h.by("self")(i); self.Disconnect() })
	once.Emit(1)
	once.Emit(2)
	if got, want := h.take(), []string{"self1"}; !slices.Equal(got, want) {
		t.Errorf("called %v, want %v", got, want)
	}
}

func TestSignalEmitsDuringEmission(t *testing.T) {
	var s realweak.Signal[int]
	var h heard
	a := s.ConnectFunc(func(i int) {
		h.by("a")(i)
		if i == 1 {
			s.Emit(2)
		}
	})
	b := s.ConnectFunc(h.by("b"))
	s.Emit(1)
	if got, want := h.take(), []string{"a1", "a2", "b2", "b1"}; !slices.Equal(got, want) {
		t.Errorf("called %v, want %v", got, want)
	}
	runtime.KeepAlive([]any{a, b})
}

// An observer that panics or ends the goroutine is reported and takes nobody's turn.
func TestSignalObserverThatDoesNotReturn(t *testing.T) {
	var mu sync.Mutex
	var reports []string
	defer realweak.OnPanic(func(p realweak.PanicInfo) {
		mu.Lock()
		defer mu.Unlock()
		reports = append(reports, p.String())
	})()
	for _, c := range []struct {
		end  func()
		says string
	}{
		{func() { panic("oh") }, "observer Method[realweak.Connection[int]](alive) panicked: oh"},
		{runtime.Goexit, "observer Method[realweak.Connection[int]](alive) ended its goroutine (runtime.Goexit)"},
	} {
		reports = nil
		var s realweak.Signal[int]
		var h heard
		kept := []any{
			s.ConnectFunc(h.by("a")),
			s.ConnectFunc(func(int) { c.end() }),
			s.ConnectFunc(h.by("b")),
			s.ConnectFunc(func(int) { c.end() }),
			s.ConnectFunc(h.by("c")),
		}
		var wg sync.WaitGroup
		wg.Go(func() { s.Emit(1) })
		wg.Wait()
		if got, want := h.take(), []string{"a1", "b1", "c1"}; !slices.Equal(got, want) {
			t.Errorf("called %v, want %v", got, want)
		}
		if want := []string{c.says, c.says}; !slices.Equal(reports, want) {
			t.Errorf("reported %q", reports)
		}
		if s.Len() != 5 {
			t.Error("an observer was disconnected for it")
		}
		runtime.KeepAlive(kept)
	}
}

func TestSignalRefuses(t *testing.T) {
	var s realweak.Signal[int]
	for name, connect := range map[string]func(){
		"nil observer": func() { s.Connect(nil) },
		"nil function": func() { s.ConnectFunc(nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			connect()
		}()
	}
}

// Who is connected throughout hears everything, in order; who has been disconnected
// hears nothing more; whatever else goes on.
func TestSignalStress(t *testing.T) {
	var s realweak.Signal[int]
	rounds := 400
	if testing.Short() {
		rounds = 60
	}
	var stop atomic.Bool
	var background, wg sync.WaitGroup
	background.Go(func() {
		for !stop.Load() {
			runtime.GC()
		}
	})
	var count [3]atomic.Int64
	var kept []*realweak.Connection[int]
	for i := range count {
		kept = append(kept, s.ConnectFunc(func(int) { count[i].Add(1) }))
	}
	var emitted atomic.Int64
	for range 4 {
		wg.Go(func() {
			for r := range rounds {
				var closed atomic.Bool
				c := s.ConnectFunc(func(int) {
					if closed.Load() {
						t.Error("called after Disconnect had returned, and then some")
					}
				})
				l := &form{}
				s.Connect(realweak.Bind(l, func(*form, int) {}))
				s.Emit(r)
				emitted.Add(1)
				c.Disconnect()
				if r%8 == 0 {
					s.Len()
				}
				runtime.KeepAlive(l)
				runtime.KeepAlive(c)
			}
		})
	}
	wg.Wait()
	stop.Store(true)
	background.Wait()
	for i := range count {
		if got := count[i].Load(); got != emitted.Load() {
			t.Errorf("observer %d was called %d times in %d emissions", i, got, emitted.Load())
		}
	}
	weaktest.AwaitDone(t, func() bool { s.Emit(0); return s.Slots() == len(count) })
	runtime.KeepAlive(kept)
}

func TestSignalEmitDoesNotAllocate(t *testing.T) {
	var s realweak.Signal[int]
	l := &form{}
	s.Connect(realweak.Bind(l, func(*form, int) {}))
	c := s.ConnectFunc(func(int) {})
	if n := testing.AllocsPerRun(100, func() { s.Emit(1) }); n != 0 {
		t.Errorf("Emit allocates %v times", n)
	}
	runtime.KeepAlive(l)
	runtime.KeepAlive(c)
}

func BenchmarkSignal(b *testing.B) {
	for _, n := range []int{0, 1, 10, 100} {
		b.Run(fmt.Sprintf("op=emit/observers=%d", n), func(b *testing.B) {
			var s realweak.Signal[int]
			l := &form{}
			for range n {
				s.Connect(realweak.Bind(l, func(*form, int) {}))
			}
			b.ReportAllocs()
			for b.Loop() {
				s.Emit(1)
			}
			runtime.KeepAlive(l)
		})
	}
	b.Run("op=connect+disconnect", func(b *testing.B) {
		var s realweak.Signal[int]
		l := &form{}
		m := realweak.Bind(l, func(*form, int) {})
		b.ReportAllocs()
		for b.Loop() {
			s.Connect(m).Disconnect()
		}
		runtime.KeepAlive(l)
	})
}
