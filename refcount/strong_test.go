package refcount_test

import (
	"runtime"
	"slices"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
	"github.com/referent-go/referent/refcount"
)

type wheel struct {
	kind string
	rind *[64]byte
}

func counts(t *testing.T, s *refcount.Strong[wheel], strong, weak int) {
	t.Helper()
	if got := s.StrongCount(); got != strong {
		t.Errorf("StrongCount = %d, want %d", got, strong)
	}
	if got := s.WeakCount(); got != weak {
		t.Errorf("WeakCount = %d, want %d", got, weak)
	}
}

// makers are the ways to come under count.
var makers = map[string]func(v wheel, drop func(*wheel)) refcount.Strong[wheel]{
	"New":  func(v wheel, drop func(*wheel)) refcount.Strong[wheel] { return refcount.New(v, drop) },
	"Wrap": func(v wheel, drop func(*wheel)) refcount.Strong[wheel] { return refcount.Wrap(&v, drop) },
	"observed": func(v wheel, drop func(*wheel)) refcount.Strong[wheel] {
		s := refcount.New(v, drop)
		return refcount.Watched(&s, false)
	},
	"observed one by one": func(v wheel, drop func(*wheel)) refcount.Strong[wheel] {
		s := refcount.New(v, drop)
		return refcount.Watched(&s, true)
	},
	// In memory that served another object before.
	"pooled": func(v wheel, drop func(*wheel)) refcount.Strong[wheel] {
		p := refcount.NewPool(drop)
		earlier := p.New(v)
		earlier.TryUnwrap()
		return p.New(v)
	},
	"cyclic": func(v wheel, drop func(*wheel)) refcount.Strong[wheel] {
		return refcount.NewCyclic(func(*refcount.Weak[wheel]) wheel { return v }, drop)
	},
}

// TestRust has what the documentation of Rust's Arc and Weak guarantees, for
// all ways to come under count.
func TestRust(t *testing.T) {
	for name, make := range makers {
		t.Run(name, func(t *testing.T) {
			t.Run("the counts follow the handles", func(t *testing.T) {
				s := make(wheel{kind: "Brie"}, nil)
				counts(t, &s, 1, 0)
				c := s.Clone()
				w := s.Downgrade()
				counts(t, &s, 2, 1)
				u, ok := w.Upgrade()
				if !ok {
					t.Fatal("Upgrade failed on a live object")
				}
				counts(t, &u, 3, 1)
				if w.StrongCount() != 3 || w.WeakCount() != 1 {
					t.Errorf("the weak handle counts %d strong, %d weak; want 3, 1", w.StrongCount(), w.WeakCount())
				}
				u.Release()
				c.Release()
				w.Release()
				counts(t, &s, 1, 0)
				s.Release()
			})
			t.Run("all handles lead to one value", func(t *testing.T) {
				s := make(wheel{kind: "Brie"}, nil)
				c := s.Clone()
				w := s.Downgrade()
				u, _ := w.Upgrade()
				s.Value().kind = "Tilsit"
				if c.Value() != s.Value() || u.Value() != s.Value() || c.Value().kind != "Tilsit" {
					t.Error("the handles differ in their value")
				}
				c.Release()
				u.Release()
				w.Release()
				s.Release()
			})
			t.Run("the value is dropped at strong count zero while weak handles remain", func(t *testing.T) {
				var dropped []string
				s := make(wheel{kind: "Brie"}, func(v *wheel) { dropped = append(dropped, v.kind) })
				w := s.Downgrade()
				c := s.Clone()
				if s.Release() {
					t.Error("Release of one handle of two says that it was the last")
				}
				if dropped != nil {
					t.Fatal("dropped while a strong handle was left")
				}
				if !c.Release() {
					t.Error("Release of the last handle does not say so")
				}
				if !slices.Equal(dropped, []string{"Brie"}) {
					t.Errorf("dropped %q, want Brie once", dropped)
				}
				if _, ok := w.Upgrade(); ok {
					t.Error("Upgrade succeeded on a destroyed object")
				}
				if w.StrongCount() != 0 || w.WeakCount() != 0 {
					t.Errorf("a destroyed object has %d strong and %d weak handles, want 0, 0", w.StrongCount(), w.WeakCount())
				}
				w.Release()
				if len(dropped) != 1 {
					t.Error("releasing the weak handle dropped again")
				}
			})
			t.Run("weak handles are dead in the destructor", func(t *testing.T) {
				var w refcount.Weak[wheel]
				upgraded, strong := true, -1
				s := make(wheel{kind: "Brie"}, func(*wheel) {
					_, upgraded = w.Upgrade()
					strong = w.StrongCount()
				})
				w = s.Downgrade()
				s.Release()
				if upgraded || strong != 0 {
					t.Errorf("in the destructor: Upgrade %v, StrongCount %d; want false, 0", upgraded, strong)
				}
				w.Release()
			})
			t.Run("PtrEq is identity, not equality", func(t *testing.T) {
				a, b := make(wheel{kind: "Brie"}, nil), make(wheel{kind: "Brie"}, nil)
				a2, wa, wb := a.Clone(), a.Downgrade(), b.Downgrade()
				wa2 := a2.Downgrade()
				if !a.PtrEq(&a2) || a.PtrEq(&b) {
					t.Error("Strong.PtrEq is wrong")
				}
				b.Release()
				if !wa.PtrEq(&wa2) || wa.PtrEq(&wb) {
					t.Error("Weak.PtrEq is wrong")
				}
				a.Release()
				a2.Release()
			})
			t.Run("Move moves the count", func(t *testing.T) {
				n := 0
				s := make(wheel{kind: "Brie"}, func(*wheel) { n++ })
				m := s.Move()
				if s.Held() || !m.Held() {
					t.Errorf("after Move the old handle is held: %v, the new one: %v", s.Held(), m.Held())
				}
				counts(t, &m, 1, 0)
				w := m.Downgrade()
				v := w.Move()
				if w.Held() || !v.Held() || v.WeakCount() != 1 {
					t.Error("Weak.Move does not move the count")
				}
				if !m.Release() || n != 1 {
					t.Error("the moved handle was not the last")
				}
				v.Release()
			})
		})
	}
}

func TestZeroWeak(t *testing.T) {
	var a, b refcount.Weak[wheel] // Rust's Weak::new
	if _, ok := a.Upgrade(); ok {
		t.Error("the zero Weak can be upgraded")
	}
	if a.StrongCount() != 0 || a.WeakCount() != 0 || a.Held() || !a.PtrEq(&b) {
		t.Error("the zero Weak refers to something")
	}
}

func TestWrapLeavesTheObject(t *testing.T) {
	p := &wheel{kind: "Brie"}
	s := refcount.Wrap(p, func(v *wheel) { v.kind += " (rind)" })
	s.Release()
	if p.kind != "Brie (rind)" {
		t.Errorf("the wrapped object is %q after its release", p.kind)
	}
}

func TestNewZeroesTheValue(t *testing.T) {
	s := refcount.New(wheel{kind: "Brie", rind: new([64]byte)}, nil)
	p := s.Value()
	s.Release()
	if *p != (wheel{}) {
		t.Errorf("the value is %+v after destruction, want it zeroed", *p)
	}
}

// A weak handle keeps neither what a destroyed value referred to nor a wrapped
// object from the collector.
func TestWeakKeepsNothing(t *testing.T) {
	inner, w := func() (realweak.Ref[[64]byte], *refcount.Weak[wheel]) {
		rind := new([64]byte)
		s := refcount.New(wheel{rind: rind}, nil)
		w := s.Downgrade()
		s.Release()
		return realweak.Make(rind), &w
	}()
	weaktest.AwaitDead(t, inner)

	wrapped, v := func() (realweak.Ref[wheel], *refcount.Weak[wheel]) {
		p := &wheel{kind: "Brie"}
		s := refcount.Wrap(p, nil)
		w := s.Downgrade()
		s.Release()
		return realweak.Make(p), &w
	}()
	weaktest.AwaitDead(t, wrapped)
	runtime.KeepAlive(w)
	runtime.KeepAlive(v)
}

func TestReleasedHandleKeepsNothing(t *testing.T) {
	ref, s := func() (realweak.Ref[wheel], *refcount.Strong[wheel]) {
		s := refcount.New(wheel{kind: "Brie"}, nil)
		ref := realweak.Make(s.Value())
		s.Release()
		return ref, &s
	}()
	weaktest.AwaitDead(t, ref)
	runtime.KeepAlive(s)
}

// Values that other code treats specially: no size, no pointers, only pointers.
func TestOddTypes(t *testing.T) {
	n := 0
	a := refcount.New(struct{}{}, func(*struct{}) { n++ })
	b := refcount.New(byte(7), func(*byte) { n++ })
	c := refcount.New(t, func(**testing.T) { n++ })
	d := refcount.New[error](nil, func(*error) { n++ })
	if *b.Value() != 7 || *c.Value() != t || *d.Value() != nil || a.Value() == nil {
		t.Error("a value is not what it was")
	}
	a.Release()
	b.Release()
	c.Release()
	d.Release()
	if n != 4 {
		t.Errorf("%d destructors ran, want 4", n)
	}
}

func TestAllocations(t *testing.T) {
	s := refcount.New(payload{}, nil)
	defer s.Release()
	w := s.Downgrade()
	defer w.Release()
	dead := refcount.New(payload{}, nil)
	deadWeak := dead.Downgrade()
	dead.Release()
	p := new(payload)
	drop := func(*payload) {}
	var count refcount.Count
	sole := refcount.New(payload{}, nil)
	defer sole.Release()
	local := s.Local()
	defer local.Release()
	for _, op := range []struct {
		name string
		want float64
		run  func()
	}{
		{"New+Release", 1, func() { n := refcount.New(payload{}, nil); n.Release() }},
		{"New+Release with a destructor", 1, func() { n := refcount.New(payload{}, drop); n.Release() }},
		{"Wrap+Release", 1, func() { n := refcount.Wrap(p, drop); n.Release() }},
		{"Clone+Release", 0, func() { c := s.Clone(); c.Release() }},
		{"Clone+Move+Release", 0, func() { c := s.Clone(); m := c.Move(); m.Release() }},
		{"Downgrade+Release", 0, func() { v := s.Downgrade(); v.Release() }},
		{"Upgrade+Release", 0, func() { c, _ := w.Upgrade(); c.Release() }},
		{"Weak.Clone+Release", 0, func() { v := w.Clone(); v.Release() }},
		{"New+TryUnwrap", 1, func() { n := refcount.New(payload{}, drop); n.TryUnwrap() }},
		{"New+IntoInner", 1, func() { n := refcount.New(payload{}, drop); n.IntoInner() }},
		{"GetMut, and MakeMut of a sole handle", 0, func() { sole.GetMut(); sole.MakeMut(nil) }},
		{"NewCyclic+Release", 2, func() {
			n := refcount.NewCyclic(func(*refcount.Weak[payload]) payload { return payload{} }, drop)
			n.Release()
		}},
		{"Project+Release", 0, func() { a := refcount.Project(&s, func(p *payload) *int { return &p.a }); a.Release() }},
		{"Local.Clone+Release", 0, func() { l := local.Clone(); l.Release() }},
		{"Upgrade of a dead object", 0, func() { deadWeak.Upgrade() }},
		{"Value and counts", 0, func() { s.Value().a++; s.StrongCount(); w.WeakCount() }},
		{"Count", 0, func() { count.Retain(); count.TryRetain(); count.Release(); count.Release(); count.Refs() }},
	} {
		if got := testing.AllocsPerRun(100, op.run); got != op.want {
			t.Errorf("%s allocates %v times, want %v", op.name, got, op.want)
		}
	}
}
