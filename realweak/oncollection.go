package realweak

import (
	"context"
	"slices"
	"sync"

	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/internal/collection"
	"github.com/referent-go/referent/realweak/internal/serial"
)

// Collection describes one completed garbage collection.
type Collection = event.Collection

// OnCollection calls f once for each collection that completes from now on,
// oldest first, until stop is called. Calls to one f come one at a time, on a
// goroutine that exists only while there is a collection to report; hooks do not
// wait for each other, so one that blocks delays nothing but itself. A panic in
// f is recovered and reported ([OnPanic]). No call starts after stop has
// returned; one under way goes on, and [Drain] waits for it.
//
// All hooks, maps and event streams share one sentinel object. While none of
// them exists, there is no sentinel.
//
// # Not guaranteed
//
// A collection may be reported late: when the next one follows within
// microseconds, both are reported after that. None is left out.
func OnCollection(f func(Collection)) (stop func()) {
	if f == nil {
		panic("realweak: OnCollection with a nil function; pass the function to call after each collection")
	}
	h := new(hook)
	h.calls = serial.NewQueue(func(c Collection) { h.call(f, c) })
	unwatch := collection.Watch(func(news []collection.Info) {
		for _, info := range news {
			h.calls.Put(Collection(info))
		}
	})
	hooks.add(h)
	return sync.OnceFunc(func() {
		unwatch()
		h.stop()
	})
}

// hook is one registered collection hook.
type hook struct {
	calls *serial.Queue[Collection]

	mu      sync.Mutex
	calling bool
	stopped bool
}

func (h *hook) call(f func(Collection), c Collection) {
	h.mu.Lock()
	h.calling = !h.stopped
	calling := h.calling
	h.mu.Unlock()
	if !calling {
		return
	}
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.calling = false
		if h.stopped {
			hooks.remove(h)
		}
	}()
	guard(0, func() string { return "collection hook" }, func() { f(c) })
}

// stop leaves a hook whose call is under way in the list, so that Drain waits
// for it; the call removes it.
func (h *hook) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopped = true
	if !h.calling {
		hooks.remove(h)
	}
}

// hookSet lists the hooks, so that Drain can wait for them.
type hookSet struct {
	mu  sync.Mutex
	all []*hook
}

var hooks hookSet

func (s *hookSet) add(h *hook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, h)
}

func (s *hookSet) remove(h *hook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = slices.DeleteFunc(s.all, func(o *hook) bool { return o == h })
}

func (s *hookSet) wait(ctx context.Context) error {
	s.mu.Lock()
	all := slices.Clone(s.all)
	s.mu.Unlock()
	for _, h := range all {
		if err := h.calls.Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}
