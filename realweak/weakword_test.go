package realweak_test

import (
	"runtime"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// Dead entries leave all kinds of table, whether the words of weak pointers can be read
// on this runtime or not; and on this one they can.
func TestSweepsWithAndWithoutWeakWords(t *testing.T) {
	if was, restore := realweak.WithoutWeakWords(); !was {
		t.Error("weak pointers have an unexpected form on this runtime; sweeps are slow")
	} else {
		restore()
	}
	for _, words := range []bool{true, false} {
		t.Run(map[bool]string{true: "with", false: "without"}[words], func(t *testing.T) {
			if !words {
				_, restore := realweak.WithoutWeakWords()
				defer restore()
			}
			const n, kept = 10_000, 100 // more than are swept without a sample
			var values realweak.ValueMap[int, node]
			var keys realweak.KeyMap[node, int]
			equal := realweak.NewKeyMapFunc(func(p *node) uint64 { return uint64(len(p.name)) % 97 },
				func(a, b *node) bool { return a == b }, realweak.KeyMapOptions[node, int]{})
			var cache realweak.Cache[int, node]
			held := make([]*node, kept)
			drop := func() {
				for i := range n {
					p := &node{name: string(make([]byte, i%97))}
					values.Store(i, p)
					keys.Store(p, i)
					cache.Store(i, p)
					if i < kept {
						held[i] = p
						equal.Store(p, i)
					} else if i < 1000 {
						equal.Store(p, i)
					}
				}
			}
			done := make(chan struct{})
			go func() { defer close(done); drop() }()
			<-done
			weaktest.AwaitDone(t, func() bool {
				return values.LenApprox() == kept && keys.LenApprox() == kept && equal.LenApprox() == kept && cache.Len() == kept
			})
			for i, p := range held {
				if q, _ := values.Load(i); q != p {
					t.Fatalf("value %d is lost", i)
				}
				if k, ok := keys.Load(p); k != i || !ok {
					t.Fatalf("key %d is lost", i)
				}
				if k, ok := equal.Load(p); k != i || !ok {
					t.Fatalf("key %d by value is lost", i)
				}
			}
			runtime.KeepAlive(held)
		})
	}
}

// A sweep that looks at entries while the collector marks keeps none of them alive.
func TestSweepsKeepNothingAlive(t *testing.T) {
	const n = 3000
	var m realweak.ValueMap[int, node]
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range n {
			m.Store(i, &node{})
		}
	}()
	<-done
	stop := make(chan struct{})
	var swept = make(chan struct{})
	go func() {
		defer close(swept)
		for {
			select {
			case <-stop:
				return
			default:
				m.Sweep()
			}
		}
	}()
	runtime.GC()
	close(stop)
	<-swept
	m.Sweep()
	if left := m.LenApprox(); left > 1 { // the last may be in a register
		t.Errorf("%d of %d entries survived a collection during which the map was swept", left, n)
	}
}
