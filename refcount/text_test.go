package refcount_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"

	"github.com/referent-go/referent/refcount"
)

func TestText(t *testing.T) {
	s := refcount.New(wheel{}, nil)
	w := s.Downgrade()
	zero, zeroW, zeroL := new(strong), new(weak), new(refcount.Local[wheel])
	l := s.Local()
	expect := func(h fmt.Stringer, want string) {
		t.Helper()
		if got := fmt.Sprint(h); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	expect(&s, "Strong[refcount_test.wheel](2 strong, 1 weak)")
	s.SetLabel("Brie")
	expect(&s, `Strong[refcount_test.wheel]("Brie", 2 strong, 1 weak)`)
	expect(&w, `Weak[refcount_test.wheel]("Brie", 2 strong, 1 weak)`)
	expect(&l, "Local[refcount_test.wheel](1 local)")
	part := refcount.Project(&s, kind)
	expect(&part, `Strong[string]("Brie", 3 strong, 1 weak)`)
	part.Release()
	expect(zero, "Strong[refcount_test.wheel](nil)")
	expect(zeroW, "Weak[refcount_test.wheel](nil)")
	expect(zeroL, "Local[refcount_test.wheel](nil)")
	l.Release()
	expect(&l, "Local[refcount_test.wheel](released)")
	c := copyOf(&s)
	s.Release()
	expect(&s, "Strong[refcount_test.wheel](released)")
	expect(c, "Strong[refcount_test.wheel](destroyed)")
	expect(&w, "Weak[refcount_test.wheel](destroyed)")
	w.Release()
	expect(&w, "Weak[refcount_test.wheel](released)")
}

func TestLogValue(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key != "handle" {
				return slog.Attr{}
			}
			return a
		},
	}))
	expect := func(want string) {
		t.Helper()
		if got := out.String(); got != want+"\n" {
			t.Errorf("got  %swant %s", got, want)
		}
		out.Reset()
	}
	s := refcount.New(wheel{}, nil)
	s.SetLabel("Brie")
	w := s.Downgrade()
	log.Info("", "handle", &s)
	expect("handle.type=refcount_test.wheel handle.label=Brie handle.state=alive handle.strong=1 handle.weak=1")
	s.Release()
	log.Info("", "handle", &w)
	expect("handle.type=refcount_test.wheel handle.state=destroyed")
}
