package refcount_test

import (
	"testing"

	"github.com/referent-go/referent/refcount"
)

type (
	strong = refcount.Strong[wheel]
	weak   = refcount.Weak[wheel]
)

// copyOf copies a handle as an assignment does, which go vet does not see in a generic function.
func copyOf[H any](h *H) *H {
	c := *h
	return &c
}

func zeroStrong() *strong { return new(strong) }
func zeroWeak() *weak     { return new(weak) }

func releasedStrong() *strong {
	s := refcount.New(wheel{}, nil)
	s.Release()
	return &s
}

func movedStrong() *strong {
	s := refcount.New(wheel{}, nil)
	m := s.Move()
	m.Release()
	return &s
}

// copiedStrong is a copy whose original took the object with it.
func copiedStrong() *strong {
	s := refcount.New(wheel{}, nil)
	c := copyOf(&s)
	s.Release()
	return c
}

func releasedWeak() *weak {
	s := refcount.New(wheel{}, nil)
	w := s.Downgrade()
	w.Release()
	s.Release()
	return &w
}

func copiedWeak() *weak {
	s := refcount.New(wheel{}, nil)
	w := s.Downgrade()
	c := copyOf(&w)
	w.Release()
	return c
}

func TestMisuse(t *testing.T) {
	handles := []struct {
		name string
		make func() *strong
		says string
	}{
		{"zero", zeroStrong, "zero Strong[refcount_test.wheel]: get a handle from"},
		{"released", releasedStrong, "Strong[refcount_test.wheel] that was released or moved away before: release a handle once"},
		{"moved", movedStrong, "that was released or moved away before"},
		{"copied", copiedStrong, "Strong[refcount_test.wheel] whose object is destroyed: a copy of this handle was released"},
	}
	ops := []struct {
		name string
		call func(*strong)
	}{
		{"Clone", func(s *strong) { s.Clone() }},
		{"Release", func(s *strong) { s.Release() }},
		{"Value", func(s *strong) { s.Value() }},
		{"Move", func(s *strong) { s.Move() }},
		{"Downgrade", func(s *strong) { s.Downgrade() }},
		{"StrongCount", func(s *strong) { s.StrongCount() }},
		{"WeakCount", func(s *strong) { s.WeakCount() }},
		{"PtrEq", func(s *strong) { s.PtrEq(s) }},
		{"SetLabel", func(s *strong) { s.SetLabel("") }},
		{"TryUnwrap", func(s *strong) { s.TryUnwrap() }},
		{"IntoInner", func(s *strong) { s.IntoInner() }},
		{"GetMut", func(s *strong) { s.GetMut() }},
		{"MakeMut", func(s *strong) { s.MakeMut(func(*wheel) wheel { return wheel{} }) }},
		{"Project", func(s *strong) { refcount.Project(s, func(w *wheel) *string { return &w.kind }) }},
		{"Clone", func(s *strong) { s.Local() }},
	}
	for _, h := range handles {
		for _, op := range ops {
			t.Run(h.name+"/"+op.name, func(t *testing.T) {
				s := h.make()
				expectPanic(t, func() { op.call(s) }, op.name+" of a ", h.says)
			})
		}
		t.Run(h.name+"/again", func(t *testing.T) {
			// A refused operation leaves nothing behind.
			s := h.make()
			first := panicText(func() { copyOf(s).Release() })
			for range 3 {
				if got := panicText(func() { copyOf(s).Release() }); got != first {
					t.Errorf("the panic was %q and is %q", first, got)
				}
			}
			panicText(func() { s.Clone() })
			expectPanic(t, func() { s.Value() })
		})
	}
}

func TestMisuseOfWeak(t *testing.T) {
	const released = "Weak[refcount_test.wheel] that was released or moved away before"
	for _, c := range []struct {
		name string
		make func() *weak
		call func(*weak)
		says string
	}{
		{"zero/Release", zeroWeak, func(w *weak) { w.Release() }, "Release of a zero Weak[refcount_test.wheel]"},
		{"zero/Move", zeroWeak, func(w *weak) { w.Move() }, "Move of a zero Weak"},
		{"released/Release", releasedWeak, func(w *weak) { w.Release() }, "Release of a " + released},
		{"released/Upgrade", releasedWeak, func(w *weak) { w.Upgrade() }, "Upgrade of a " + released},
		{"released/Clone", releasedWeak, func(w *weak) { w.Clone() }, "Clone of a " + released},
		{"released/Move", releasedWeak, func(w *weak) { w.Move() }, "Move of a " + released},
		{"released/StrongCount", releasedWeak, func(w *weak) { w.StrongCount() }, "StrongCount of a " + released},
		{"released/WeakCount", releasedWeak, func(w *weak) { w.WeakCount() }, "WeakCount of a " + released},
		{"released/PtrEq", releasedWeak, func(w *weak) { w.PtrEq(w) }, "PtrEq of a " + released},
		{"copied/Release", copiedWeak, func(w *weak) { w.Release() }, "Release of a copied Weak[refcount_test.wheel]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := c.make()
			expectPanic(t, func() { c.call(w) }, c.says)
		})
	}
}

// A copied handle, released while others live, takes one of theirs: the object is
// destroyed early but once, and the last handle says so.
func TestCopyTakesAnothersCount(t *testing.T) {
	n := 0
	s := refcount.New(wheel{}, func(*wheel) { n++ })
	other := s.Clone()
	c := copyOf(&s)
	s.Release()
	if !c.Release() || n != 1 {
		t.Fatal("two releases of two counts did not destroy")
	}
	expectPanic(t, func() { other.Value() }, "a copy of this handle was released in its place")
	expectPanic(t, func() { other.Release() }, "a copy of this handle was released in its place")
	if n != 1 {
		t.Errorf("the destructor ran %d times", n)
	}
}

func TestWrapNil(t *testing.T) {
	expectPanic(t, func() { refcount.Wrap[wheel](nil, nil) }, "Wrap of a nil *refcount_test.wheel")
}
