package refcount_test

import (
	"context"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/refcount"
)

// BenchmarkLoad reads a shared variable: one that the collector looks after, one
// that holds a counted object, and the same under a lock.
func BenchmarkLoad(b *testing.B) {
	native := new(atomic.Pointer[payload])
	native.Store(new(payload))

	var counted refcount.Atomic[payload]
	s := refcount.New(payload{}, nil)
	locked := s.Clone()
	defer locked.Release()
	counted.Store(&s)
	defer counted.Store(nil)

	var mu sync.Mutex
	var rw sync.RWMutex
	for _, impl := range []struct {
		name string
		load func() int
	}{
		{"native", func() int { return native.Load().a }},
		{"atomic", func() int {
			s := counted.Load()
			a := s.Value().a
			s.Release()
			return a
		}},
		{"mutex", func() int {
			mu.Lock()
			s := locked.Clone()
			mu.Unlock()
			a := s.Value().a
			s.Release()
			return a
		}},
		{"rwmutex", func() int {
			rw.RLock()
			s := locked.Clone()
			rw.RUnlock()
			a := s.Value().a
			s.Release()
			return a
		}},
	} {
		b.Run("impl="+impl.name+"/op=load-release", func(b *testing.B) {
			b.ReportAllocs()
			sum := 0
			for b.Loop() {
				sum += impl.load()
			}
		})
		b.Run("impl="+impl.name+"/op=load-release/shared=true", func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				sum := 0
				for pb.Next() {
					sum += impl.load()
				}
			})
		})
	}
}

// BenchmarkReplace puts a new object into a shared variable.
func BenchmarkReplace(b *testing.B) {
	b.Run("impl=native/op=new-store", func(b *testing.B) {
		b.ReportAllocs()
		var v atomic.Pointer[payload]
		for b.Loop() {
			v.Store(new(payload))
		}
	})
	b.Run("impl=atomic/op=new-store", func(b *testing.B) {
		b.ReportAllocs()
		var v refcount.Atomic[payload]
		for b.Loop() {
			s := refcount.New(payload{}, nil)
			v.Store(&s)
		}
		v.Store(nil)
	})
	b.Run("impl=mutex/op=new-store", func(b *testing.B) {
		b.ReportAllocs()
		var mu sync.Mutex
		v := refcount.New(payload{}, nil)
		for b.Loop() {
			s := refcount.New(payload{}, nil)
			mu.Lock()
			old := v.Move()
			v = s.Move()
			mu.Unlock()
			old.Release()
		}
		v.Release()
	})
}

// closable is a guard as the descriptors of package os have it: a count and a
// closed mark in one word, changed by compare-and-swap.
type closable struct{ state atomic.Uint64 }

func (c *closable) enter() bool {
	for {
		old := c.state.Load()
		if old&1 != 0 {
			return false
		}
		if c.state.CompareAndSwap(old, old+2) {
			return true
		}
	}
}

func (c *closable) leave() {
	for {
		old := c.state.Load()
		if c.state.CompareAndSwap(old, old-2) {
			return
		}
	}
}

// BenchmarkUse is what it costs to keep a resource open during a use that does
// nothing.
func BenchmarkUse(b *testing.B) {
	var uses atomic.Int64 // in the way of the compiler's leaving the use out
	use := func(fd int) error {
		if fd < 0 {
			uses.Add(1)
		}
		return nil
	}
	h := refcount.NewHandle(7, func(int) error { return nil })
	defer h.Close()
	var rw sync.RWMutex
	open, fd := true, 7
	var word closable
	f, err := os.Open(os.DevNull)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	raw, err := f.SyscallConn()
	if err != nil {
		b.Fatal(err)
	}
	for _, impl := range []struct {
		name string
		use  func() error
	}{
		{"handle", func() error { return h.Use(use) }},
		{"rwmutex", func() error {
			rw.RLock()
			defer rw.RUnlock()
			if !open {
				return os.ErrClosed
			}
			return use(fd)
		}},
		{"compareandswap", func() error {
			if !word.enter() {
				return os.ErrClosed
			}
			defer word.leave()
			return use(fd)
		}},
		{"osfile", func() error { return raw.Control(func(fd uintptr) { _ = use(int(fd)) }) }},
	} {
		b.Run("impl="+impl.name+"/op=use", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = impl.use()
			}
		})
		b.Run("impl="+impl.name+"/op=use/shared=true", func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					_ = impl.use()
				}
			})
		})
	}
	b.Run("impl=handle/op=new-close", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			h := refcount.NewHandle(7, func(int) error { return nil })
			_ = h.Close()
		}
	})
}

// BenchmarkPrimary lends and takes back, beside an upgrade that does the same
// without an end that can be waited for.
func BenchmarkPrimary(b *testing.B) {
	b.Run("impl=primary/op=lock-release", func(b *testing.B) {
		p := refcount.NewPrimary(payload{}, nil)
		for b.Loop() {
			h, _ := p.Lock()
			h.Release()
		}
		_ = p.Join(context.Background())
	})
	b.Run("impl=primary/op=new-join", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p := refcount.NewPrimary(payload{}, nil)
			_ = p.Join(context.Background())
		}
	})
	b.Run("impl=rwmutex/op=lock-release", func(b *testing.B) {
		var rw sync.RWMutex
		open, closed := true, 0
		for b.Loop() {
			rw.RLock()
			if !open {
				closed++
			}
			rw.RUnlock()
		}
	})
}
