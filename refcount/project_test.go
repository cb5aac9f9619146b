package refcount_test

import (
	"runtime"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
	"github.com/referent-go/referent/refcount"
)

func kind(w *wheel) *string     { return &w.kind }
func rind(w *wheel) **[64]byte  { return &w.rind }
func outside(*wheel) *int       { return new(int) }
func itself(w *wheel) *wheel    { return w }
func nothing(w *wheel) *float64 { return nil }

// C++: an aliasing shared_ptr shares ownership and points elsewhere.
func TestProject(t *testing.T) {
	overMakers(t, func(t *testing.T, make func(string) refcount.Strong[wheel], drops *int) {
		s := make("Brie")
		first := refcount.Project(&s, kind)
		second := refcount.Project(&s, rind)
		other := refcount.Project(&s, outside)
		same := refcount.Project(&s, itself)
		counts(t, &s, 5, 0)
		if first.Value() != &s.Value().kind || second.Value() != &s.Value().rind || *other.Value() != 0 || !same.PtrEq(&s) {
			t.Error("the parts are elsewhere")
		}
		value := s.Value()
		s.Release()
		same.Release()
		again := refcount.Project(&second, func(r **[64]byte) **[64]byte { return r })
		moved := first.Move()
		if *drops != 0 || *moved.Value() != "Brie" || again.Value() != &value.rind {
			t.Error("the parts do not keep the whole")
		}
		moved.Release()
		second.Release()
		again.Release()
		if *drops != 0 || other.StrongCount() != 1 {
			t.Error("the last part does not keep the whole")
		}
		if !other.Release() || *drops != 1 {
			t.Error("the whole is not destroyed with its last part")
		}
	})
}

func TestWeakPart(t *testing.T) {
	overMakers(t, func(t *testing.T, make func(string) refcount.Strong[wheel], drops *int) {
		s := make("Brie")
		whole := s.Downgrade()
		second := refcount.Project(&s, rind)
		w := second.Downgrade()
		w2 := w.Clone()
		first := refcount.Project(&s, kind) // at the address of the whole
		v := first.Downgrade()
		counts(t, &s, 3, 4)
		part, ok := w.Upgrade()
		if !ok || part.Value() != &s.Value().rind || !part.PtrEq(&second) {
			t.Fatal("the weak handle does not lead to the part")
		}
		name, ok := v.Upgrade()
		if !ok || name.Value() != &s.Value().kind {
			t.Fatal("the weak handle does not lead to the first part")
		}
		if w.StrongCount() != 5 || w.WeakCount() != 4 || !w.PtrEq(&w2) {
			t.Errorf("the weak handle counts %d strong, %d weak", w.StrongCount(), w.WeakCount())
		}
		w2.Release()
		if whole.WeakCount() != 3 {
			t.Errorf("%d weak handles, want 3", whole.WeakCount())
		}
		part.Release()
		name.Release()
		first.Release()
		second.Release()
		s.Release()
		if _, ok := w.Upgrade(); ok || *drops != 1 || w.StrongCount() != 0 {
			t.Error("the weak handle outlived the whole")
		}
		m := w.Move()
		m.Release()
		v.Release()
		whole.Release()
	})
}

func TestProjectRefuses(t *testing.T) {
	s := refcount.New(wheel{kind: "Brie"}, nil)
	expectPanic(t, func() { refcount.Project(&s, nothing) }, "Project of a Strong[refcount_test.wheel] to a nil *float64")
	counts(t, &s, 1, 0)
	for _, part := range []func() refcount.Strong[string]{
		func() refcount.Strong[string] { return refcount.Project(&s, kind) }, // at the address of the whole
		func() refcount.Strong[string] {
			return refcount.Project(&s, func(*wheel) *string { return new(string) })
		},
	} {
		p := part()
		const says = " of a Strong[string] that is a part of a refcount_test.wheel"
		expectPanic(t, func() { p.TryUnwrap() }, "TryUnwrap"+says)
		expectPanic(t, func() { p.IntoInner() }, "IntoInner"+says)
		expectPanic(t, func() { p.MakeMut(func(s *string) string { return *s }) }, "MakeMut"+says)
		if _, alone := p.GetMut(); alone {
			t.Error("alone beside the whole")
		}
		p.Release()
	}
	counts(t, &s, 1, 0)
	p := refcount.Project(&s, kind)
	s.Release()
	if q, alone := p.GetMut(); !alone || *q != "Brie" {
		t.Error("the only handle, to a part, is not alone")
	}
	p.Release()
}

func TestProjectPanics(t *testing.T) {
	s := refcount.New(wheel{}, nil)
	func() {
		defer func() { _ = recover() }()
		refcount.Project(&s, func(*wheel) *int { panic("no") })
	}()
	counts(t, &s, 1, 0)
}

// A destroyed object's weak parts keep the part's memory, and nothing that the
// object referred to.
func TestWeakPartKeepsNothingElse(t *testing.T) {
	inner, w := func() (realweak.Ref[[64]byte], *refcount.Weak[*[64]byte]) {
		s := refcount.New(wheel{rind: new([64]byte)}, nil)
		ref := realweak.Make(s.Value().rind)
		part := refcount.Project(&s, rind)
		w := part.Downgrade()
		part.Release()
		s.Release()
		return ref, &w
	}()
	weaktest.AwaitDead(t, inner)
	runtime.KeepAlive(w)
}
