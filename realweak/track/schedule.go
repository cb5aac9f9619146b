package track

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/internal/collection"
)

// cores are the groups of the process: those that the program has, and those it
// dropped that still have objects.
var cores coreSet

type coreSet struct {
	mu   sync.Mutex
	all  map[*core]struct{}
	stop func() // ends the watch for collections

	attended atomic.Bool // stop is set
	passing  sync.Mutex  // held for a pass
}

func (cs *coreSet) add(c *core) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.all == nil {
		cs.all = make(map[*core]struct{})
	}
	cs.all[c] = struct{}{}
	c.leave = event.Join(&event.Groups, c, (*core).stats)
}

func (cs *coreSet) list() []*core {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	list := make([]*core, 0, len(cs.all))
	for c := range cs.all {
		list = append(list, c)
	}
	return list
}

// orphan is called when a Group has been collected.
func (c *core) orphan() {
	c.orphaned.Store(true)
	cores.release(c)
}

// release lets go of a group that the program has dropped and that has no objects.
func (cs *coreSet) release(c *core) {
	if !c.orphaned.Load() || c.live() > 0 {
		return
	}
	cs.mu.Lock()
	defer cs.mu.Unlock()
	delete(cs.all, c)
	c.leave()
	if len(cs.all) == 0 && cs.stop != nil {
		cs.stop()
		cs.stop = nil
		cs.attended.Store(false)
		alarm.cancel()
	}
}

// attend begins to watch for collections, if that has not begun.
func attend() {
	if !cores.attended.Load() {
		cores.attend()
	}
}

func (cs *coreSet) attend() {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.stop != nil {
		return
	}
	cycle.Store(collection.Number())
	cs.stop = realweak.OnCollection(func(c realweak.Collection) {
		cycle.Store(c.Number)
		if collection.Number() == c.Number { // else another call follows
			cs.pass()
			// Spans that were not swept yet have deaths that only show later.
			if at := now(); cs.attended.Load() {
				schedule(at, at+moment(sweepTime))
			}
		}
	})
	cs.attended.Store(true)
}

// sweepTime is when the memory of a collection has been swept for all that is
// known, which the runtime does not tell.
const sweepTime = 100 * time.Millisecond

// pass goes over all groups.
func (cs *coreSet) pass() {
	cs.passing.Lock()
	defer cs.passing.Unlock()
	at := now()
	var next moment
	for _, c := range cs.list() {
		until := c.pass(at)
		if next == 0 || until != 0 && until < next {
			next = until
		}
		cs.release(c)
	}
	if next != 0 {
		schedule(at, max(next, at+moment(shortestWait)))
	}
}

// shortestWait is the least time between two passes that no collection has asked for,
// and so how late an object may be found retained.
const shortestWait = 250 * time.Millisecond

// alarm is the one timer for the next pass. It has no goroutine while it waits.
var alarm alarmClock

type alarmClock struct {
	mu      sync.Mutex
	timer   *time.Timer
	set     moment // what for; 0 if it is not
	rung    moment // when it was last over
	ringing bool   // then the timer rests, or calls would pile up behind a long pass
}

// schedule sees to it that there is a pass at a moment, or before it. Inside a
// bubble it does nothing: a timer made there belongs to the bubble. There, who looks at
// retained objects makes a pass of its own.
func schedule(now, due moment) {
	if !now.bubbled() {
		alarm.wake(now, due)
	}
}

func (a *alarmClock) wake(now, due moment) {
	a.mu.Lock()
	defer a.mu.Unlock()
	due = a.postponed(due)
	if a.set != 0 && a.set <= due {
		return
	}
	a.set = due
	a.wind(now)
}

// postponed returns a moment that is not too soon after the last ring.
func (a *alarmClock) postponed(due moment) moment {
	if a.rung == 0 {
		return due
	}
	return max(due, a.rung+moment(shortestWait))
}

// wind has the timer ring when it is set for.
func (a *alarmClock) wind(now moment) {
	if a.ringing {
		return
	}
	wait := time.Duration(a.set - now)
	if a.timer == nil {
		a.timer = time.AfterFunc(wait, a.ring)
	} else {
		a.timer.Reset(wait)
	}
}

func (a *alarmClock) ring() {
	a.mu.Lock()
	if a.ringing { // the timer was set anew when it had just rung
		a.mu.Unlock()
		return
	}
	a.set, a.ringing = 0, true
	a.mu.Unlock()
	cores.pass()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ringing, a.rung = false, now()
	if a.set != 0 {
		a.set = a.postponed(a.set)
		a.wind(a.rung)
	}
}

func (a *alarmClock) cancel() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.timer != nil {
		a.timer.Stop()
		a.set = 0
	}
}
