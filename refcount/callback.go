package refcount

import (
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/referent-go/referent/realweak"
)

// Watch has f called once when the object of the handle is destroyed. The object
// must be a member of a [Domain]. f is called after the destructor, in the
// goroutine that ran it, and of several the newest first; by a collection, when
// all that it destroys has ended. The object has ended then too, so f gets to
// know what it needs in another way.
//
// stop prevents the call, and reports whether it did. The owner of a watch who
// may be destroyed together with the object calls stop in its destructor: then f
// is for those outside only, as in CPython.
//
// An object that a destructor saves from a collection has been watched to its
// end all the same: its weak handles are void, and f is called.
//
// It is the callback of CPython's weakref.ref. Watch panics if the object is no
// member of a domain.
func Watch[T any](h *Strong[T], f func()) (stop func() bool) {
	h.look("Watch")
	front := h.block.front()
	if front == nil || front.watch.node.domain == nil {
		panic(fmt.Sprintf("refcount: Watch of a %s that is no member of a Domain: Adopt it first", typeName[T]()))
	}
	list := &front.watch.node.callbacks
	if list.Load() == nil {
		list.CompareAndSwap(nil, new(callbacks))
		front.watch.node.setSpecial()
	}
	return list.Load().add(&callback{f: f, of: typeName[T]()})
}

// callbacks are those of one object, the oldest first.
type callbacks struct {
	mu   sync.Mutex
	list []*callback
}

type callback struct {
	f     func()
	of    string
	spent atomic.Bool // called or stopped
}

func (c *callbacks) add(one *callback) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, one)
	return func() bool {
		if !one.spent.CompareAndSwap(false, true) {
			return false
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if at := slices.Index(c.list, one); at >= 0 {
			c.list = slices.Delete(c.list, at, at+1)
		}
		return true
	}
}

// take returns the callbacks in the order in which they are to be called.
func (c *callbacks) take() []*callback {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.list
	c.list = nil
	slices.Reverse(list)
	return list
}

func (c *callbacks) run() {
	for _, one := range c.take() {
		one.protected()
	}
}

func (c *callback) protected() {
	returned := false
	defer func() {
		if !returned {
			c.report(recover())
		}
	}()
	c.run()
	returned = true
}

func (c *callback) run() {
	if c.spent.CompareAndSwap(false, true) {
		c.f()
	}
}

func (c *callback) report(panicked any) {
	realweak.ReportPanic(realweak.PanicInfo{Value: panicked, Stack: debug.Stack(), Source: "callback of a watched " + c.of})
}
