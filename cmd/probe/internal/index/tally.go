package index

import (
	"reflect"
	"sync"
	"time"

	"github.com/referent-go/referent/realweak/event"
)

// ringFor returns how many events may be waiting for the tally: all that there
// can be about a few thousand files, and then as many as fit in 30 MB. Most of
// them are the deaths of strings, some forty a file, which come in bursts.
func ringFor(files int) int { return min(max(64*files, 1<<12), 1<<18) }

// watched are the kinds of event that matter here. There is an interned event
// for each new string, hundreds of thousands, so those are left out.
var watched = []event.Kind{
	event.Created, event.Cleared, event.CallbackQueued, event.CallbackRun, event.CallbackPanicked,
	event.Detached, event.Released, event.Leaked, event.GC,
}

// matters tells the deaths of trees from those of strings.
func matters(e event.Event) bool { return e.Kind != event.Cleared || e.Type == treeType }

var treeType = reflect.TypeFor[Tree]().String()

// tally counts events.
type tally struct {
	mu     sync.Mutex
	total  uint64
	byKind map[event.Kind]uint64
	ages   ages
}

// ages are those at which callbacks ran.
type ages struct {
	n                int
	youngest, oldest time.Duration
	survived         uint64 // collections, at most
}

func (t *tally) add(e event.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byKind == nil {
		t.byKind = make(map[event.Kind]uint64)
	}
	t.total++
	t.byKind[e.Kind]++
	if e.Kind == event.CallbackRun {
		t.ages.add(e)
	}
}

func (a *ages) add(e event.Event) {
	if a.n == 0 || e.Age < a.youngest {
		a.youngest = e.Age
	}
	a.n++
	a.oldest = max(a.oldest, e.Age)
	a.survived = max(a.survived, e.Collections)
}

// takeAges returns the ages since the last call.
func (t *tally) takeAges() ages {
	t.mu.Lock()
	defer t.mu.Unlock()
	a := t.ages
	t.ages = ages{}
	return a
}

// write puts the counts into a summary.
func (t *tally) write(s *Summary) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.Events, s.Deaths, s.Released = t.total, t.byKind[event.Cleared], t.byKind[event.Released]
}
