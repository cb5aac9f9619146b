package refcount_test

import (
	"runtime"
	"testing"
	goweak "weak"

	"github.com/referent-go/referent/refcount"
)

// A collection keeps nothing of what it has looked at, also if it had a second look,
// after destructors, at less than at first.
func TestCollectionKeepsNothing(t *testing.T) {
	type member = keptMember
	var d refcount.Domain
	var kept goweak.Pointer[member]
	func() {
		garbage := refcount.Wrap(new(member), func(*member) {})
		refcount.Adopt(&d, &garbage)
		garbage.Value().next = garbage.Clone()
		garbage.Release()
		all := make([]refcount.Strong[member], 8)
		for i := range all {
			all[i] = refcount.Wrap(new(member), nil)
			refcount.Adopt(&d, &all[i])
			if i > 0 {
				all[i-1].Value().next = all[i].Clone()
			}
		}
		if got, err := d.Collect(t.Context()); err != nil || got.Examined != 9 || got.Destroyed != 1 {
			t.Fatalf("collected %+v, %v", got, err)
		}
		kept = goweak.Make(all[3].Value())
		for i := range all {
			all[i].Release()
		}
	}()
	for range 3 {
		if runtime.GC(); kept.Value() == nil {
			runtime.KeepAlive(&d)
			return
		}
	}
	t.Error("the domain keeps an object that has ended")
	runtime.KeepAlive(&d)
}

type keptMember struct{ next refcount.Strong[keptMember] }

func (m *keptMember) Trace(visit func(refcount.Edge)) { visit(m.next.Edge("next")) }
