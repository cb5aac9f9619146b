package refcount

import (
	"cmp"
	"slices"
	"sync"

	"github.com/referent-go/referent/realweak"
)

// losses are the fronts that were collected with handles, until the goroutine that
// reports and releases them takes them.
var losses struct {
	sync.Mutex
	found []*held
}

// lost is the cleanup of a front.
func (h *held) caught() {
	t := h.object
	core := t.weak.Value() // during a trial it may still be had
	t.mu.Lock()
	if t.core == nil && !t.over {
		t.core = core
	}
	h.lost = h.count > 0
	found := h.lost
	t.mu.Unlock()
	if found {
		sendLost(h)
	}
}

func sendLost(found ...*held) {
	losses.Lock()
	defer losses.Unlock()
	if len(losses.found) == 0 {
		realweak.Dispatch("leak detector", 0, takeLosses)
	}
	losses.found = append(losses.found, found...)
}

// takeLosses reports what was lost, each kind of leak once, and then releases it.
func takeLosses() {
	losses.Lock()
	found := losses.found
	losses.found = nil
	losses.Unlock()
	defer func() {
		// A receiver of reports or a destructor has ended the goroutine.
		// The rest is for the next one.
		if len(found) > 0 {
			sendLost(found...)
		}
	}()
	slices.SortStableFunc(found, func(a, b *held) int { return cmp.Compare(a.object.id, b.object.id) })
	for _, news := range leaks.note(found) {
		tell(news)
	}
	for len(found) > 0 {
		h := found[0]
		found = found[1:]
		h.giveBack()
	}
}

// giveBack does with the lost handles what their owner should have done: it puts
// them on another front and releases them.
func (h *held) giveBack() {
	t := h.object
	t.mu.Lock()
	lost := h.count
	if h.count = 0; lost > 0 {
		t.held.remove(h)
	}
	t.mu.Unlock()
	core := t.object()
	if core == nil {
		registry.remove(t) // it went with its cycle
		return
	}
	w := core.watch()
	w.given.Store(true)
	f := w.latest(core, h.gen)
	for range lost {
		t.gain(f)
	}
	for range lost {
		if last, _ := f.release(); last {
			core.end()
		}
	}
}
