package refcount

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"github.com/referent-go/referent/realweak"
)

// resource is what a Handle owns. It lies outside of the Handle, so that the
// Handle can be lost while somebody closes it.
//
// The word is one of three numbers plus the uses under way, those included that
// have yet to find out that they came too late:
//
//	usable   uses may begin
//	closing  no use may begin; who leaves last closes
//	0        closed, or about to be
type resource[R any] struct {
	word   atomic.Int64
	value  R
	end    func(R) error
	err    error // of end; written before the latch opens
	closed latch
}

const (
	oneUse  = 1
	usable  = 1 << 62
	closing = 1 << 61
)

// leave ends a use.
func (r *resource[R]) leave() {
	if r.word.Add(-oneUse) == closing && r.word.CompareAndSwap(closing, 0) {
		r.close()
	}
}

// shut lets no further use begin. It reports whether this call did that, and
// whether it closed the resource. It needs one step to close what nobody uses, so
// that a use which comes too late cannot take the closing from it.
func (r *resource[R]) shut() (mine, closed bool) {
	for {
		switch n := r.word.Load(); {
		case n < usable:
			return false, false
		case n == usable:
			if r.word.CompareAndSwap(n, 0) {
				r.close()
				return true, true
			}
		case r.word.CompareAndSwap(n, n-usable+closing):
			return true, false
		}
	}
}

func (r *resource[R]) users() int64 { return r.word.Load() &^ (usable | closing) }

func (r *resource[R]) close() {
	returned := false
	defer r.closed.open()
	defer func() {
		if !returned {
			info := realweak.PanicInfo{Value: recover(), Stack: debug.Stack(), Source: "close of a Handle[" + typeName[R]() + "]"}
			r.err = fmt.Errorf("refcount: %v", info)
			realweak.ReportPanic(info)
		}
		// Nothing of it is kept by those who keep the Handle.
		var none R
		r.value, r.end = none, nil
	}()
	r.err = r.end(r.value)
	returned = true
}
