package event

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/referent-go/referent/realweak/internal/collection"
)

// Default is the hub of the process: realweak, refcount and interning emit to
// it, and it alone carries one [GC] event for each collection that completes
// while it has subscribers.
var Default = &Hub{collections: true}

// Hub passes events from emitters to subscribers. The zero Hub is ready to use.
// All methods are safe for concurrent use, from cleanup goroutines and inside
// and outside synctest bubbles too.
type Hub struct {
	collections bool // emits GC events

	listening atomic.Bool // len(subscribers) > 0: all that an emission costs when false

	mu          sync.Mutex // guards everything below and the subscribers' rings
	subscribers []*Subscription
	mirrors     []mirror
	seq         uint64
	lost        uint64 // by closed subscriptions
	stopGC      func()
}

// Listening reports whether anybody subscribes. It is one atomic load; emitters
// ask before they gather what an event needs.
func (h *Hub) Listening() bool { return h.listening.Load() }

// mirror is a bit of somebody's word that follows listening.
type mirror struct {
	word *atomic.Uint32
	bit  uint32
}

// Mirror keeps bit set in word for as long as anybody subscribes, from now on. An
// emitter that has other reasons to look closer can thus ask a single word. The
// other bits of word are left alone; who changes them must do so atomically.
func (h *Hub) Mirror(word *atomic.Uint32, bit uint32) {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := mirror{word, bit}
	h.mirrors = append(h.mirrors, m)
	m.set(h.listening.Load())
}

func (m mirror) set(on bool) {
	if on {
		m.word.Or(m.bit)
	} else {
		m.word.And(^m.bit)
	}
}

func (h *Hub) setListening(on bool) {
	h.listening.Store(on)
	for _, m := range h.mirrors {
		m.set(on)
	}
}

// Emit gives e to every subscriber that wants its kind, after setting Seq, and
// Time if it is zero. It never blocks and runs no foreign code.
func (h *Hub) Emit(e Event) {
	if !h.listening.Load() {
		return
	}
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seq++
	e.Seq = h.seq
	for _, s := range h.subscribers {
		s.push(e)
	}
}

// HubStats are totals since the hub was made.
type HubStats struct {
	Subscribers int    `json:"subscribers"` // open now
	Emitted     uint64 `json:"emitted"`     // events emitted while somebody listened
	Lost        uint64 `json:"lost"`        // events overwritten before their subscriber read them, over all subscribers; healthy is 0
}

// Stats returns the hub's totals.
func (h *Hub) Stats() HubStats {
	h.mu.Lock()
	defer h.mu.Unlock()
	stats := HubStats{Subscribers: len(h.subscribers), Emitted: h.seq, Lost: h.lost}
	for _, s := range h.subscribers {
		stats.Lost += s.lost
	}
	return stats
}

func (h *Hub) add(s *Subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.after = h.seq
	h.subscribers = append(h.subscribers, s)
	h.setListening(true)
	if h.collections && h.stopGC == nil {
		h.stopGC = collection.Watch(h.emitCollections)
	}
}

func (h *Hub) remove(s *Subscription) {
	h.subscribers = slices.DeleteFunc(h.subscribers, func(o *Subscription) bool { return o == s })
	h.lost += s.lost
	if len(h.subscribers) > 0 {
		return
	}
	h.setListening(false)
	if h.stopGC != nil {
		h.stopGC()
		h.stopGC = nil
	}
}

func (h *Hub) emitCollections(news []collection.Info) {
	for _, info := range news {
		c := Collection(info)
		h.Emit(Event{Kind: GC, GC: &c, Actor: Collector})
	}
}
