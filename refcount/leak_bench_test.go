package refcount_test

import (
	"testing"

	"github.com/referent-go/referent/refcount"
)

// BenchmarkLeakDetector measures what each level adds to the life of an object.
func BenchmarkLeakDetector(b *testing.B) {
	for _, level := range []refcount.LeakLevel{refcount.Disabled, refcount.Simple, refcount.Advanced, refcount.Paranoid} {
		b.Run("level="+level.String()+"/op=new-release", func(b *testing.B) {
			defer refcount.SetLeakLevel(level)()
			b.ReportAllocs()
			for b.Loop() {
				s := refcount.New(payload{a: 1}, nil)
				s.Release()
			}
		})
	}
	for _, level := range []refcount.LeakLevel{refcount.Disabled, refcount.Paranoid} {
		b.Run("level="+level.String()+"/op=clone-release", func(b *testing.B) {
			defer refcount.SetLeakLevel(level)()
			s := refcount.New(payload{a: 1}, nil)
			defer s.Release()
			b.ReportAllocs()
			for b.Loop() {
				c := s.Clone()
				c.Release()
			}
		})
		b.Run("level="+level.String()+"/op=value", func(b *testing.B) {
			defer refcount.SetLeakLevel(level)()
			s := refcount.New(payload{a: 1}, nil)
			defer s.Release()
			b.ReportAllocs()
			for b.Loop() {
				s.Value()
			}
		})
	}
}
