package realweak

import (
	"testing"

	"github.com/referent-go/referent/realweak/internal/gate"
)

// Interleavings that the stress tests of the cache and the queue may never meet,
// one step after the other.

// An entry may be removed between being stored and being kept.
func TestCacheFrontRefusesWhatWasRemoved(t *testing.T) {
	type value struct{ _ *value }
	f := &front[value]{limit: 2}
	e, v := &cacheEntry[value]{}, &value{}
	f.remove(e)
	if f.admit(e, v); e.kept.Load() != nil || f.len() != 0 {
		t.Error("admit keeps a value that is in no table")
	}
	if f.readmit(e, v); e.kept.Load() != nil || f.len() != 0 {
		t.Error("readmit keeps a value that is in no table")
	}
}

// A goroutine may be woken for a notice when its context has just ended.
func TestQueueWaiterPassesItsTurnOn(t *testing.T) {
	c := &queueCore[int]{registered: new(registry)}
	first, second := gate.New(), gate.New()
	c.waiters = []*gate.Gate{first, second}
	c.put(1) // wakes the first
	c.leave(first)
	if len(c.waiters) != 0 {
		t.Error("the notice waits, and so does the second goroutine")
	}
	if err := second.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if a, ok := c.poll(); a != 1 || !ok {
		t.Errorf("poll = %d, %v", a, ok)
	}
}
