package refcount_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/refcount"
)

// Netty's scenarios are in netty_test.go.

const (
	freedRetain  = "Retain of a freed object"
	freedRelease = "Release of a freed object"
)

func TestCountStartsAtOne(t *testing.T) {
	var c refcount.Count
	if c.Refs() != 1 {
		t.Errorf("Refs = %d, want 1", c.Refs())
	}
	c.Retain()
	if !c.TryRetain() || c.Refs() != 3 {
		t.Errorf("Refs = %d after two retains, want 3", c.Refs())
	}
	for range 2 {
		if c.Release() {
			t.Error("a Release that left references says that it was the last")
		}
	}
	if !c.Release() || c.Refs() != 0 {
		t.Errorf("the last Release does not say so, or left Refs = %d", c.Refs())
	}
}

func TestCountIsNotRevived(t *testing.T) {
	var c refcount.Count
	c.Release()
	for range 3 {
		expectPanic(t, c.Retain, freedRetain, "TryRetain")
		expectPanic(t, func() { c.Release() }, freedRelease, "more often than retained")
		if c.TryRetain() || c.Refs() != 0 {
			t.Error("TryRetain revived a freed object")
		}
	}
}

func TestCountHammer(t *testing.T) {
	for range 200 {
		var c refcount.Count
		var freed, last atomic.Int32
		var done sync.WaitGroup
		for range 4 {
			c.Retain()
			done.Go(func() {
				for i := range 50 {
					if i%2 == 0 {
						c.Retain()
					} else if !c.TryRetain() {
						t.Error("TryRetain failed while a reference was held")
						return
					}
					if freed.Load() != 0 {
						t.Error("freed while in use")
					}
					if c.Release() {
						t.Error("freed while a reference was held")
					}
				}
				if c.Release() {
					last.Add(1)
					freed.Add(1)
				}
			})
		}
		if c.Release() {
			last.Add(1)
			freed.Add(1)
		}
		for c.TryRetain() { // races with the last Release
			if freed.Load() != 0 {
				t.Error("TryRetain took a freed object")
			}
			if c.Release() {
				last.Add(1)
				freed.Add(1)
			}
		}
		done.Wait()
		if last.Load() != 1 {
			t.Fatalf("%d releases were the last", last.Load())
		}
	}
}
