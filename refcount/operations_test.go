package refcount

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
)

// traceCounter is a member that counts how often it is traced.
type traceCounter struct{ traced *atomic.Int32 }

func (c *traceCounter) Trace(func(Edge)) { c.traced.Add(1) }

// A collection traces nothing before the operations on members are over that were under
// way when it began: they may have read what it is about to look at.
func TestCollectionWaitsForOperations(t *testing.T) {
	var d Domain
	var traced atomic.Int32
	s := New(traceCounter{&traced}, nil)
	defer s.Release()
	Adopt(&d, &s)
	f := s.block.front()

	d.before(f.core, f, opClone)
	collected := make(chan error)
	go func() {
		_, err := d.Collect(context.Background())
		collected <- err
	}()
	for looks := d.batch.Load() + 1000; d.batch.Load() < looks && traced.Load() == 0; {
		runtime.Gosched()
	}
	if n := traced.Load(); n != 0 {
		t.Errorf("%d objects were traced during an operation", n)
	}
	d.after(f.core, f, opClone)
	if err := <-collected; err != nil {
		t.Error(err)
	}
	if n := traced.Load(); n == 0 {
		t.Error("the collection did not trace the object at all")
	}
}
