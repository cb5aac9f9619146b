package refcount

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/referent-go/referent/realweak"
)

// losses are the fronts that were collected with handles, and the reports that
// nobody has received, until the goroutine that reports and releases takes them.
var losses struct {
	sync.Mutex
	found []*held
	news  []Leak
}

// caught is the cleanup of a front.
func (h *held) caught() {
	t := h.object
	core := t.object() // during a trial it may still be had
	t.mu.Lock()
	if t.core == nil && !t.over {
		t.core = core
	}
	h.lost = h.count > 0 && !t.over
	found := h.lost
	t.mu.Unlock()
	if found {
		sendLost([]*held{h}, nil)
	}
}

func sendLost(found []*held, news []Leak) {
	losses.Lock()
	defer losses.Unlock()
	if len(losses.found) == 0 && len(losses.news) == 0 {
		realweak.Dispatch("leak detector", 0, takeLosses)
	}
	losses.found = append(losses.found, found...)
	losses.news = append(losses.news, news...)
}

// takeLosses reports what was lost, each kind of leak once, and then releases it.
func takeLosses() {
	losses.Lock()
	found, news := losses.found, losses.news
	losses.found, losses.news = nil, nil
	losses.Unlock()
	defer func() {
		// A receiver of reports or a destructor has ended the goroutine.
		// The rest is for the next one.
		if len(found) > 0 || len(news) > 0 {
			sendLost(found, news)
		}
	}()
	slices.SortStableFunc(found, func(a, b *held) int { return cmp.Compare(a.object.id, b.object.id) })
	news = append(news, leaks.note(found)...)
	for len(news) > 0 {
		l := news[0]
		news = news[1:]
		tell(l)
	}
	for len(found) > 0 {
		h := found[0]
		found = found[1:]
		h.giveBack()
	}
}

// giveBack does with the lost handles what their owner should have done: it puts
// them on another front and releases them. The object's generation may have changed
// since they were made: a collection of a [Domain] changes that of its garbage, from
// which a destructor may have saved the object, and MakeMut does.
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
	state := atomic.LoadInt64(&core.state)
	if isDestroyed(state) {
		return
	}
	w := core.watch()
	w.given.Store(true)
	defer w.given.Store(false)
	f := w.latest(core, generation(state))
	for range lost {
		t.gain(f)
	}
	for range lost {
		if last, _ := f.release(); last {
			core.end()
		}
	}
}
