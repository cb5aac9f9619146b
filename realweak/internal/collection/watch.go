// Package collection tells the rest of the module when the garbage collector
// has finished a collection, and when the cleanups that it queued have run.
//
// There is one sentinel for the whole process: an unreachable object whose
// cleanup re-arms it and wakes a notifier. It exists only while somebody
// watches. The cleanup itself does no work, since the runtime has one cleanup
// goroutine for every four processors and one that is busy holds up all others.
package collection

import (
	"context"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/referent-go/referent/realweak/internal/serial"
)

// Info describes one completed collection.
type Info struct {
	Number   uint64        // collections completed since the program started, this one included
	End      time.Time     // when its last pause ended
	Pause    time.Duration // its stop-the-world time in total
	Queued   uint64        // cleanups queued since the program started, when this was reported
	Executed uint64        // cleanups executed since the program started, when this was reported
}

// Watch calls f with the collections that completed since the last call, oldest
// first and never none. Calls come from one goroutine that all watchers share,
// so f must be quick; it must not block and must not panic. No call starts after
// stop has returned; [Settle] waits for one under way.
func Watch(f func([]Info)) (stop func()) {
	return process.watch(f)
}

// Settle waits until the watchers have been told of every collection that has
// completed by now, or ctx is done.
func Settle(ctx context.Context) error {
	process.catchUp()
	return process.notifier.Wait(ctx)
}

var process = newWatch()

type watcher struct{ f func([]Info) }

type watch struct {
	notifier *serial.Queue[struct{}]
	stats    debug.GCStats // the notifier's

	mu       sync.Mutex
	watchers []*watcher // replaced, never changed
	armed    bool
	last     uint64 // number of the newest collection told
}

// sentinel has a pointer so that it never shares a tiny block.
type sentinel struct{ _ *sentinel }

func newWatch() *watch {
	w := new(watch)
	w.notifier = serial.NewQueue(func(struct{}) { w.notify() })
	return w
}

func (w *watch) watch(f func([]Info)) (stop func()) {
	me := &watcher{f}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.watchers) == 0 {
		w.last = Number() // nobody asked for what came before
	}
	w.watchers = append(slices.Clip(w.watchers), me)
	if !w.armed {
		w.armed = true
		w.arm()
	}
	return sync.OnceFunc(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.watchers = slices.DeleteFunc(slices.Clone(w.watchers), func(o *watcher) bool { return o == me })
	})
}

func (w *watch) arm() {
	runtime.AddCleanup(new(sentinel), (*watch).fired, w)
}

// fired runs on a cleanup goroutine.
func (w *watch) fired() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.watchers) == 0 {
		w.armed = false
		return
	}
	// Re-arm before anything else: a sentinel allocated while the next
	// collection already marks sleeps through it.
	w.arm()
	w.notifier.Put(struct{}{})
}

// catchUp has the watchers told of a collection that the sentinel slept through.
func (w *watch) catchUp() {
	number := Number()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.watchers) > 0 && number > w.last {
		w.notifier.Put(struct{}{})
	}
}

func (w *watch) notify() {
	// Look again after each round, for a collection that ended during it and
	// whose sentinel was armed too late to notice.
	for {
		news := w.news()
		if len(news) == 0 {
			return
		}
		w.mu.Lock()
		watchers := w.watchers
		w.mu.Unlock()
		for _, o := range watchers {
			if w.has(o) {
				o.f(news)
			}
		}
	}
}

func (w *watch) has(o *watcher) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Contains(w.watchers, o)
}

// news lists the collections since the last call. The runtime remembers the
// pauses of the newest 256, so a collection that the sentinel slept through is
// told late instead of never; an older one is told without pause and end.
func (w *watch) news() []Info {
	number := Number()
	w.mu.Lock()
	first := w.last + 1
	w.last = max(w.last, number)
	w.mu.Unlock()
	if number < first {
		return nil
	}
	debug.ReadGCStats(&w.stats)
	queued, executed := Cleanups()
	news := make([]Info, 0, number-first+1)
	for n := first; n <= number; n++ {
		info := Info{Number: n, Queued: queued, Executed: executed}
		if back := w.stats.NumGC - int64(n); back >= 0 && back < int64(len(w.stats.Pause)) {
			info.Pause, info.End = w.stats.Pause[back], w.stats.PauseEnd[back]
		}
		news = append(news, info)
	}
	return news
}
