package refcount_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/referent-go/referent/refcount"
)

func TestLocal(t *testing.T) {
	overMakers(t, func(t *testing.T, make func(string) refcount.Strong[wheel], drops *int) {
		s := make("Brie")
		l := s.Local()
		counts(t, &s, 2, 0)
		c := l.Clone()
		d := c.Clone()
		counts(t, &s, 2, 0)
		if l.Value() != s.Value() || d.Value() != s.Value() || !l.Held() {
			t.Error("the handles differ in their value")
		}
		value := s.Value()
		if s.Release() || l.Release() || d.Release() {
			t.Error("a Release that left handles says that it was the last")
		}
		if *drops != 0 || c.Value() != value || l.Held() || d.Held() {
			t.Error("the local handles do not keep the object")
		}
		again := c.Strong()
		w := c.Downgrade()
		counts(t, &again, 2, 1)
		if c.Release() || *drops != 0 {
			t.Error("the last local handle took a Strong with it")
		}
		last := again.Local()
		again.Release()
		if !last.Release() || *drops != 1 {
			t.Error("the last handle of all is local and does not destroy")
		}
		if _, ok := w.Upgrade(); ok {
			t.Error("the weak handle lives")
		}
		w.Release()
	})
}

func TestLocalOfPart(t *testing.T) {
	s := refcount.New(wheel{kind: "Brie"}, nil)
	part := refcount.Project(&s, kind)
	l := part.Local()
	part.Release()
	s.Release()
	if *l.Value() != "Brie" || !l.Release() {
		t.Error("the part is lost")
	}
}

func TestMisuseOfLocal(t *testing.T) {
	released := func() *refcount.Local[wheel] {
		s := refcount.New(wheel{}, nil)
		l := s.Local()
		l.Release()
		s.Release()
		return &l
	}
	copied := func() *refcount.Local[wheel] {
		s := refcount.New(wheel{}, nil)
		l := s.Local()
		c := copyOf(&l)
		l.Release()
		s.Release()
		return c
	}
	ops := map[string]func(*refcount.Local[wheel]){
		"Clone":     func(l *refcount.Local[wheel]) { l.Clone() },
		"Release":   func(l *refcount.Local[wheel]) { l.Release() },
		"Value":     func(l *refcount.Local[wheel]) { l.Value() },
		"Strong":    func(l *refcount.Local[wheel]) { l.Strong() },
		"Downgrade": func(l *refcount.Local[wheel]) { l.Downgrade() },
	}
	for name, call := range ops {
		for _, make := range []func() *refcount.Local[wheel]{released, copied} {
			l := make()
			for range 2 {
				expectPanic(t, func() { call(copyOf(l)) }, "use of a Local that is zero, was released before, or is a copy")
			}
		}
		t.Run("zero/"+name, func(t *testing.T) {
			defer func() {
				switch v := recover().(type) {
				case runtime.Error: // a nil pointer, in Release
				case string:
					if !strings.HasPrefix(v, "refcount: use of a Local that is zero") {
						t.Error(v)
					}
				default:
					t.Error("did not panic")
				}
			}()
			call(new(refcount.Local[wheel]))
		})
	}
	if released().Held() || new(refcount.Local[wheel]).Held() {
		t.Error("a handle that holds nothing is held")
	}
}
