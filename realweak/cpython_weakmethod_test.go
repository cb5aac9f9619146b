package realweak_test

import (
	"runtime"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// TestCPythonWeakMethod is WeakMethodTestCase where method_test.go does not have it
// already.
func TestCPythonWeakMethod(t *testing.T) {
	t.Run("test_no_cycles", func(t *testing.T) {
		// A method forms no cycle with its receiver, not even one that lies in it.
		type owner struct {
			name   string
			method *realweak.Method[owner, int]
		}
		var kept *realweak.Method[owner, int]
		var ofMethod realweak.Ref[realweak.Method[owner, int]]
		drop := func() realweak.Ref[owner] {
			o := &owner{name: "o"}
			m := realweak.Bind(o, func(*owner, int) {})
			o.method, kept = &m, &m
			ofMethod = realweak.Make(&m)
			return realweak.Make(o)
		}
		died(t, drop)
		if kept.Alive() {
			t.Error("a method that is kept keeps its receiver")
		}
		kept = nil
		weaktest.AwaitDead(t, ofMethod)
	})
	t.Run("test_hashing", func(t *testing.T) {
		// What equal methods have in common, and a map can hold, is the receiver.
		a, b := &form{name: "same"}, &form{name: "same"}
		byReceiver := map[realweak.Ref[form]]int{}
		for i, m := range []realweak.Method[form, int]{
			realweak.Bind(a, (*form).changed), realweak.Bind(a, (*form).changed), realweak.Bind(b, (*form).changed),
		} {
			byReceiver[m.Receiver()] += 1 << i
		}
		if byReceiver[realweak.Make(a)] != 3 || byReceiver[realweak.Make(b)] != 4 {
			t.Errorf("by receiver: %v", byReceiver)
		}
		runtime.KeepAlive(a)
		runtime.KeepAlive(b)
		dead := realweak.Bind(b, (*form).closed)
		before := dead.Receiver()
		b = nil
		weaktest.AwaitDead(t, before)
		if byReceiver[dead.Receiver()] != 4 {
			t.Error("death changed the key")
		}
	})
}
