package realweak_test

import (
	"runtime"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

func TestRefIdentity(t *testing.T) {
	p, q := &node{name: "same"}, &node{name: "same"}
	a, b, c := realweak.Make(p), realweak.Make(p), realweak.Make(q)
	if a != b {
		t.Error("two refs to one object differ")
	}
	if a == c {
		t.Error("refs to two equal objects are equal")
	}
	if a.Value() != p || !a.Alive() {
		t.Error("a ref to a living object does not lead to it")
	}
	drop := func() (a, b, c realweak.Ref[node]) {
		p := &node{}
		return realweak.Make(p), realweak.Make(p), realweak.Make(&node{})
	}
	d, e, f := drop()
	weaktest.AwaitDead(t, d)
	weaktest.AwaitDead(t, f)
	if d != e || d == f {
		t.Error("death changed which refs are equal")
	}
	if d.Value() != nil {
		t.Error("a dead ref has a value")
	}
	runtime.KeepAlive(p)
	runtime.KeepAlive(q)
}

func TestRefString(t *testing.T) {
	p := &node{}
	alive := realweak.Make(p)
	if got, want := alive.String(), "Ref[realweak_test.node](alive)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	runtime.KeepAlive(p)
	dead := func() realweak.Ref[node] { return realweak.Make(&node{}) }()
	weaktest.AwaitDead(t, dead)
	if got, want := dead.String(), "Ref[realweak_test.node](dead)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var zero realweak.Ref[node]
	if got, want := zero.String(), "Ref[realweak_test.node](nil)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if zero.Alive() || zero.Value() != nil || zero != realweak.Make[node](nil) {
		t.Error("the zero ref refers to something")
	}
}

func TestCyclesDie(t *testing.T) {
	drop := func() realweak.Ref[node] {
		a := &node{name: "a"}
		a.next = &node{name: "b", next: a}
		realweak.Finalize(a, func(int) {}, 0)
		return realweak.Make(a.next)
	}
	weaktest.AwaitDead(t, drop())
}

func TestRefCleared(t *testing.T) {
	for _, words := range []bool{true, false} {
		t.Run(map[bool]string{true: "with words", false: "without words"}[words], func(t *testing.T) {
			if !words {
				_, restore := realweak.WithoutWeakWords()
				defer restore()
			}
			p := &node{}
			if realweak.Make(p).Cleared() {
				t.Error("a ref to a living object is cleared")
			}
			dead := func() realweak.Ref[node] { return realweak.Make(&node{}) }()
			weaktest.AwaitDone(t, dead.Cleared)
			if dead.Alive() || dead.Value() != nil {
				t.Error("a cleared ref has a value")
			}
			if zero := (realweak.Ref[node]{}); !zero.Cleared() {
				t.Error("the zero ref is not cleared")
			}
			runtime.KeepAlive(p)
		})
	}
}

// Whoever looks whether a referent is dead while the collector marks does not keep it
// alive, as Value would.
func TestRefClearedKeepsNothingAlive(t *testing.T) {
	const n = 3000
	refs := make([]realweak.Ref[node], n)
	made := make(chan struct{})
	go func() {
		defer close(made)
		for i := range refs {
			refs[i] = realweak.Make(&node{})
		}
	}()
	<-made
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				for _, r := range refs {
					r.Cleared()
				}
			}
		}
	}()
	runtime.GC()
	close(stop)
	<-stopped
	left := 0
	for _, r := range refs {
		if !r.Cleared() {
			left++
		}
	}
	if left > 1 { // the last may be in a register
		t.Errorf("%d of %d objects survived a collection during which their refs were looked at", left, n)
	}
}
