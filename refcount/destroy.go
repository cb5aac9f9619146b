package refcount

import (
	"fmt"
	"runtime/debug"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/event"
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
	d.drain(b, func() { shard.close(self, d) })
}

// drain is the work of one goroutine that runs destructors. Only that goroutine
// touches it.
type drain struct {
	pending []*block // a stack: the last one is next
	fresh   int      // pending[fresh:] were released by the destructor now running, in order
}

func (d *drain) drain(b *block, done func()) {
	finished := false
	defer func() {
		if finished {
			done()
			return
		}
		// A destructor called runtime.Goexit. The goroutine is ending,
		// but what is pending is destroyed first.
		if next := d.next(); next != nil {
			d.drain(next, done)
		} else {
			done()
		}
	}()
	for ; b != nil; b = d.next() {
		d.fresh = len(d.pending)
		b.destruct()
	}
	finished = true
}

// next takes the block to destroy next: the first child of the object just
// destroyed, or else the first of what was left before it.
func (d *drain) next() *block {
	if len(d.pending) == 0 {
		return nil
	}
	for i, j := d.fresh, len(d.pending)-1; i < j; i, j = i+1, j-1 {
		d.pending[i], d.pending[j] = d.pending[j], d.pending[i]
	}
	last := len(d.pending) - 1
	b := d.pending[last]
	d.pending[last] = nil
	d.pending = d.pending[:last]
	return b
}

// destruct ends the life of one object.
func (b *block) destruct() {
	returned := false
	defer func() {
		if !returned {
			// A nil value means that the destructor called runtime.Goexit.
			b.report(recover())
		}
		b.bury()
		if listening() {
			b.emit(event.Released)
		}
		b.watch().ended(b)
	}()
	if b.drop.present() {
		b.drop.call(b.target)
	}
	returned = true
}

func (b *block) report(panicked any) {
	source := "destructor of " + b.drop.typ()
	info := b.describe()
	if info.label != "" {
		source += fmt.Sprintf(" %q", info.label)
	}
	realweak.ReportPanic(realweak.PanicInfo{Value: panicked, Stack: debug.Stack(), Source: source, Object: info.birth.Object})
}
