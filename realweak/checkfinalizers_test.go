package realweak_test

import (
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// With GODEBUG=checkfinalizers=1 the runtime ends the process if an object is
// reachable from its own cleanup, or shares a tiny block. What this package
// registers must pass, and the check itself must be at work.
func TestCheckFinalizers(t *testing.T) {
	child := func(name string) (string, error) {
		cmd := exec.Command(os.Args[0], "-test.run=^"+name+"$", "-test.v")
		cmd.Env = append(os.Environ(), "GODEBUG=checkfinalizers=1", "REALWEAK_CHILD=1")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := child("TestCheckFinalizersClean"); err != nil || !strings.Contains(out, "--- PASS: TestCheckFinalizersClean") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := child("TestCheckFinalizersLeak"); err == nil || !strings.Contains(out, "reachable from cleanup") {
		t.Errorf("a finalizer whose argument reaches the object went unseen: %v\n%s", err, out)
	}
}

func TestCheckFinalizersClean(t *testing.T) {
	var ran atomic.Int32
	var values realweak.ValueMap[int, node]
	var byKey realweak.KeyMap[node, int]
	var members realweak.Set[int32]
	func() {
		for i := range 50 {
			p := &node{}
			values.Store(i, p)
			byKey.Store(p, i)
			members.Add(realweak.New(int32(i)))
			realweak.Finalize(p, func(int) { ran.Add(1) }, i)
			realweak.Finalize(realweak.New(byte(i)), func(int) { ran.Add(1) }, i)
		}
	}()
	weaktest.AwaitDone(t, func() bool { return ran.Load() == 100 && members.LenApprox() == 0 })
}

func TestCheckFinalizersLeak(t *testing.T) {
	if os.Getenv("REALWEAK_CHILD") == "" {
		t.Skip("ends the process; TestCheckFinalizers runs it in one of its own")
	}
	p := &node{}
	p.next = &node{next: p}
	realweak.Finalize(p, func(*node) {}, p.next)
	weaktest.Collect(t)
}
