package refcount_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/refcount"
)

// payload makes a box of 64 bytes.
type payload struct {
	a int
	_ [2]int
}

var sink atomic.Pointer[payload]

func BenchmarkOps(b *testing.B) {
	b.Run("impl=atomic/op=add-pair", func(b *testing.B) {
		n := new(atomic.Int64)
		for b.Loop() {
			n.Add(1)
			n.Add(-1)
		}
	})
	b.Run("impl=count/op=retain-release", func(b *testing.B) {
		var c refcount.Count
		for b.Loop() {
			c.Retain()
			c.Release()
		}
	})
	b.Run("impl=count/op=tryretain-release", func(b *testing.B) {
		var c refcount.Count
		for b.Loop() {
			c.TryRetain()
			c.Release()
		}
	})
	b.Run("impl=strong/op=clone-release", func(b *testing.B) {
		s := refcount.New(payload{}, nil)
		defer s.Release()
		for b.Loop() {
			c := s.Clone()
			c.Release()
		}
	})
	b.Run("impl=strong/op=downgrade-release", func(b *testing.B) {
		s := refcount.New(payload{}, nil)
		defer s.Release()
		for b.Loop() {
			w := s.Downgrade()
			w.Release()
		}
	})
	b.Run("impl=strong/op=upgrade-release", func(b *testing.B) {
		s := refcount.New(payload{}, nil)
		defer s.Release()
		w := s.Downgrade()
		defer w.Release()
		for b.Loop() {
			c, _ := w.Upgrade()
			c.Release()
		}
	})
	b.Run("impl=local/op=clone-release", func(b *testing.B) {
		s := refcount.New(payload{}, nil)
		defer s.Release()
		l := s.Local()
		defer l.Release()
		for b.Loop() {
			c := l.Clone()
			c.Release()
		}
	})
	b.Run("impl=strong/op=project-release", func(b *testing.B) {
		s := refcount.New(payload{}, nil)
		defer s.Release()
		for b.Loop() {
			p := refcount.Project(&s, func(p *payload) *int { return &p.a })
			p.Release()
		}
	})
	b.Run("impl=strong/op=makemut-alone", func(b *testing.B) {
		s := refcount.New(payload{}, nil)
		defer s.Release()
		for b.Loop() {
			s.MakeMut(nil).a++
		}
	})
	b.Run("impl=strong/op=upgrade-dead", func(b *testing.B) {
		s := refcount.New(payload{}, nil)
		w := s.Downgrade()
		defer w.Release()
		s.Release()
		for b.Loop() {
			if _, ok := w.Upgrade(); ok {
				b.Fatal("upgraded a dead object")
			}
		}
	})
	b.Run("impl=strong/op=value", func(b *testing.B) {
		s := refcount.New(payload{}, nil)
		defer s.Release()
		sum := 0
		for b.Loop() {
			sum += s.Value().a
		}
	})
}

func BenchmarkLifetime(b *testing.B) {
	b.Run("impl=native/op=new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sink.Store(&payload{a: 1})
		}
	})
	b.Run("impl=strong/op=new-release/drop=nil", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s := refcount.New(payload{a: 1}, nil)
			s.Release()
		}
	})
	b.Run("impl=strong/op=new-release/drop=func", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s := refcount.New(payload{a: 1}, func(*payload) {})
			s.Release()
		}
	})
	for _, drop := range []func(*payload){nil, func(*payload) {}} {
		b.Run(fmt.Sprintf("impl=pool/op=new-release/drop=%s", map[bool]string{true: "nil", false: "func"}[drop == nil]), func(b *testing.B) {
			pool := refcount.NewPool(drop)
			b.ReportAllocs()
			for b.Loop() {
				s := pool.New(payload{a: 1})
				s.Release()
			}
		})
	}
	b.Run("impl=strong/op=new-intoinner", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s := refcount.New(payload{a: 1}, nil)
			s.IntoInner()
		}
	})
	b.Run("impl=strong/op=new-release/drop=func/listening=true", func(b *testing.B) {
		sub := event.Default.Subscribe(1)
		defer sub.Close()
		b.ReportAllocs()
		for b.Loop() {
			s := refcount.New(payload{a: 1}, func(*payload) {})
			s.Release()
		}
	})
}

// BenchmarkShared has every goroutine count the same object: the price of the
// cache line that they pass around.
func BenchmarkShared(b *testing.B) {
	b.Run("impl=atomic/op=add-pair", func(b *testing.B) {
		n := new(atomic.Int64)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				n.Add(1)
				n.Add(-1)
			}
		})
	})
	b.Run("impl=strong/op=clone-release", func(b *testing.B) {
		s := refcount.New(payload{}, nil)
		defer s.Release()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				c := s.Clone()
				c.Release()
			}
		})
	})
	b.Run("impl=strong/op=new-release/drop=func", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				s := refcount.New(payload{a: 1}, func(*payload) {})
				s.Release()
			}
		})
	})
}

// BenchmarkChain releases the head of a chain whose every destructor releases the
// next object, and reports the time for each.
func BenchmarkChain(b *testing.B) {
	for _, n := range []int{1_000, 1_000_000} {
		b.Run(fmt.Sprintf("impl=strong/op=release-chain/n=%d", n), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				head := chain(n)
				b.StartTimer()
				head.Release()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/object")
		})
	}
}

type link struct{ next refcount.Strong[link] }

func dropLink(l *link) {
	if l.next.Held() {
		l.next.Release()
	}
}

// chain returns the head of a chain of n objects, each held by the one before it.
func chain(n int) refcount.Strong[link] {
	head := refcount.New(link{}, dropLink)
	for range n - 1 {
		head = refcount.New(link{next: head.Move()}, dropLink)
	}
	return head.Move()
}
