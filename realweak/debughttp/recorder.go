package debughttp

import (
	"context"
	"errors"
	"sort"
	"sync"
	"time"

	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
)

// recorder is what all viewers share: one subscription, read by one goroutine, and a
// ring of the newest events, in which every viewer has a place of its own. To the
// program that emits, a hundred viewers are the one subscriber, and a viewer that does
// not read is a number that does not change.
//
// It records while there are viewers, and a while longer, so that one that has lost
// its connection can come back and has missed nothing.
type recorder struct {
	hub      *event.Hub
	capacity int
	linger   time.Duration
	running  sync.WaitGroup // viewers and recording goroutines

	mu      sync.Mutex
	viewers map[*viewer]struct{}
	closed  bool
	idle    *time.Timer // to stop recording; nil while there are viewers

	sub     *event.Subscription // nil while not recording
	ring    []entry
	next    uint64        // entries added since recording began; entry i is in ring[i%capacity]
	added   tally         // of all these
	gone    tally         // of those that are no longer in the ring
	lastSeq uint64        // of the newest
	wake    chan struct{} // closed at the next addition; nil if nobody waits

	emitted uint64 // totals of all recordings, for stats
	lost    uint64
	dropped uint64 // by viewers that have gone
}

// entry is an event in the ring.
type entry struct {
	event  event.Event
	missed uint64 // events before it that the recorder itself was too slow for
	text   []byte // its message; nil until the first viewer needs it
}

// tally counts events by kind, and as kind 0, which none has, those that the recorder
// missed. The difference of two tallies says what a viewer with a place between them
// has lost of the kinds that it wants.
type tally [64]uint64

func (t *tally) add(e *entry) {
	t[0] += e.missed
	t[e.event.Kind%64]++
}

// missedBit stands for events of unknown kind, which all viewers want to hear of.
const missedBit = 1

func newRecorder(hub *event.Hub, capacity int, linger time.Duration) *recorder {
	return &recorder{hub: hub, capacity: capacity, linger: linger, viewers: map[*viewer]struct{}{}}
}

const (
	// batchSize is how many events are moved at a time, from the subscription to the
	// ring and from the ring to a viewer.
	batchSize = 256

	// intake is how many events may wait until the recorder has a processor.
	intake = 16384

	// rest is how long the recorder lets events gather once it has them all: waking it
	// up for each one would cost those who emit.
	rest = time.Millisecond
)

// begin starts to record. It is called with r.mu held.
func (r *recorder) begin() {
	r.sub = r.hub.Subscribe(max(r.capacity, intake))
	r.next, r.added, r.gone, r.lastSeq = 0, tally{}, tally{}, r.sub.After()
	sub := r.sub
	r.running.Go(func() {
		batch := make([]event.Event, batchSize)
		for {
			n, err := sub.Read(context.Background(), batch)
			if err != nil {
				return
			}
			r.add(sub, batch[:n])
			if n < len(batch) {
				time.Sleep(rest)
			}
		}
	})
}

// end stops recording. It is called with r.mu held; the goroutine ends soon after.
func (r *recorder) end() {
	if r.idle != nil {
		r.idle.Stop()
		r.idle = nil
	}
	if r.sub != nil {
		r.sub.Close()
		r.sub, r.ring = nil, nil
	}
}

func (r *recorder) add(sub *event.Subscription, events []event.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sub != sub {
		return // ended meanwhile
	}
	for _, e := range events {
		added := entry{event: e, missed: e.Seq - r.lastSeq - 1}
		r.lastSeq = e.Seq
		r.emitted += 1 + added.missed
		r.lost += added.missed
		r.added.add(&added)
		if len(r.ring) < r.capacity {
			r.ring = append(r.ring, added)
		} else {
			place := &r.ring[r.next%uint64(r.capacity)]
			r.gone.add(place)
			*place = added
		}
		r.next++
	}
	if r.wake != nil {
		close(r.wake)
		r.wake = nil
	}
}

// oldest is the number of the oldest entry in the ring.
func (r *recorder) oldest() uint64 { return r.next - uint64(len(r.ring)) }

func (r *recorder) at(i uint64) *entry { return &r.ring[i%uint64(r.capacity)] }

var errClosed = errors.New("this handler is closed, most likely because the program is about to end")

// view returns a new viewer of the given kinds, at the end of the ring or, if resume
// is not nil, after the event with this id. It must be closed.
func (r *recorder) view(wants uint64, resume *uint64) (*viewer, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errClosed
	}
	if r.idle != nil {
		r.idle.Stop()
		r.idle = nil
	}
	fresh := r.sub == nil
	if fresh {
		r.begin()
	}
	v := &viewer{recorder: r, wants: wants | missedBit, next: r.next, passed: r.added}
	if resume != nil {
		v.resume(*resume, fresh)
	}
	r.viewers[v] = struct{}{}
	r.running.Add(1)
	return v, nil
}

// resume puts a new viewer after the event with this id. It is called with r.mu held.
func (v *viewer) resume(id uint64, fresh bool) {
	r := v.recorder
	switch {
	case id > r.lastSeq:
		// An id of another process, or of the time before this one was restarted.
		v.gap = true
	case fresh:
		// Nobody recorded meanwhile, and unless others listened nothing was emitted.
		v.gap, v.owed = true, r.lastSeq-id
	case id < r.lastSeq:
		oldest := r.oldest()
		skip := sort.Search(len(r.ring), func(i int) bool { return r.at(oldest+uint64(i)).event.Seq > id })
		v.next, v.passed = oldest, r.gone
		for ; skip > 0; skip-- {
			v.passed.add(r.at(v.next))
			v.next++
		}
		if first := r.at(v.next); v.next == oldest && first.event.Seq-first.missed > id+1 {
			v.gap, v.owed = true, first.event.Seq-first.missed-id-1
		}
	}
}

// remember keeps the messages of events for other viewers.
func (r *recorder) remember(items []item) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range items {
		if it := &items[i]; it.sub == r.sub && it.number >= r.oldest() && it.number < r.next {
			r.at(it.number).text = it.text
		}
	}
}

// leave is called when a viewer has gone.
func (r *recorder) leave(v *viewer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dropped += v.dropped + v.behind()
	delete(r.viewers, v)
	if len(r.viewers) == 0 && !r.closed {
		if r.linger <= 0 {
			r.end()
		} else {
			r.idle = time.AfterFunc(r.linger, r.expire)
		}
	}
	r.running.Done()
}

// expire ends recording unless somebody came meanwhile.
func (r *recorder) expire() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.viewers) == 0 {
		r.end()
	}
}

// close ends recording for good and waits for viewers and goroutines.
func (r *recorder) close() {
	r.mu.Lock()
	r.closed = true
	r.end()
	r.mu.Unlock()
	r.running.Wait()
}

func (r *recorder) stats() wire.Stream {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := wire.Stream{Viewers: len(r.viewers), Emitted: r.emitted, Lost: r.lost, Dropped: r.dropped}
	for v := range r.viewers {
		s.Dropped += v.dropped + v.behind()
	}
	if len(r.ring) > 0 {
		s.Oldest, s.Newest = r.at(r.oldest()).event.Seq, r.lastSeq
	}
	return s
}
