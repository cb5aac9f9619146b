package refcount

import (
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/referent-go/referent/realweak"
)

// destroy runs the destructor of b, and then those of everything that became
// free by it. Called from inside a destructor, it leaves b to the call that is
// running that destructor.
func destroy(b *block) {
	self := goroutine()
	shard := shardOf(self)
	d := shard.find(self)
	if d != nil {
		d.pending = append(d.pending, b)
		return
	}
	d = shard.open(self)
	d.pending = append(d.pending, b)
	d.drain(func() { shard.close(self, d) })
}

// drain is the work of one goroutine that runs destructors. Only that goroutine
// touches it.
type drain struct {
	// A stack: the last one is next. The one whose destructor is running
	// stays, as pending[fresh-1], or nil there once it is resurrected.
	pending []*block
	fresh   int // pending[fresh:] were released by the destructor now running, in order
}

func (d *drain) drain(done func()) {
	finished := false
	defer func() {
		if finished {
			done()
			return
		}
		// A destructor called runtime.Goexit. The goroutine is ending,
		// but what is pending is destroyed first.
		d.finish()
		d.drain(done)
	}()
	for len(d.pending) > 0 {
		d.fresh = len(d.pending)
		d.destruct(d.pending[d.fresh-1])
		d.finish()
	}
	d.fresh = 0
	finished = true
}

// finish removes the object just destroyed. What it has released is next, the
// first child first, and then what was left before it.
func (d *drain) finish() {
	slices.Reverse(d.pending[d.fresh-1:])
	last := len(d.pending) - 1
	d.pending[last] = nil
	d.pending = d.pending[:last]
}

// destruct ends the life of one object.
func (d *drain) destruct(b *block) {
	returned := false
	defer func() {
		if !returned {
			// A nil value means that the destructor called runtime.Goexit.
			b.report("destructor", recover())
		}
		if d.pending[d.fresh-1] != nil {
			b.giveUpHandles()
			b.close()
		}
	}()
	if x := b.extra.Load(); x == nil || !x.spent && !b.finished() {
		b.drop.call(b.target)
	}
	returned = true
}

func (b *block) report(call string, panicked any) {
	source := call + " of " + b.drop.typ()
	info := b.describe()
	if info.label != "" {
		source += fmt.Sprintf(" %q", info.label)
	}
	realweak.ReportPanic(realweak.PanicInfo{Value: panicked, Stack: debug.Stack(), Source: source, Object: info.birth.Object})
}
