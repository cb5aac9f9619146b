package debughttp

import (
	"github.com/referent-go/referent/realweak/event"
)

// viewer is the place of one viewer in the recorder's ring. All fields but the first
// two are guarded by the recorder's mutex.
type viewer struct {
	recorder *recorder
	wants    uint64 // a bit for each kind, and missedBit

	next    uint64 // the entry to read next
	passed  tally  // of the entries before it
	dropped uint64 // events that were overwritten before they were read
	gap     bool   // it resumed, and cannot have all that it has missed
	owed    uint64 // how many these are, if that is known
}

// item is an event for a viewer, or the news of lost ones, or that and then an event.
type item struct {
	lost   uint64
	gap    bool // tell of lost even if it is zero
	event  event.Event
	text   []byte // its message if a viewer needed it before
	number uint64
	sub    *event.Subscription // that the number belongs to
}

func (v *viewer) isWanted(k event.Kind) bool { return v.wants>>(k%64)&1 != 0 }

// behind returns how many wanted events have been overwritten that the viewer has not
// read and has not been told of, without those that the recorder missed.
func (v *viewer) behind() uint64 {
	r := v.recorder
	if r.sub == nil || v.next >= r.oldest() {
		return 0
	}
	var n uint64
	for k := range v.passed[1:] {
		if v.isWanted(event.Kind(k + 1)) {
			n += r.gone[k+1] - v.passed[k+1]
		}
	}
	return n
}

// read appends the next events for the viewer to items, as many as it has room for. If
// there are none it returns a channel that is closed when it is worth another try.
func (v *viewer) read(items []item) ([]item, <-chan struct{}) {
	r := v.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	lost, gap := v.owed, v.gap
	v.owed, v.gap = 0, false
	if r.sub == nil {
		return items, nil // closed
	}
	if oldest := r.oldest(); v.next < oldest {
		behind := v.behind()
		v.dropped += behind
		lost += behind + r.gone[0] - v.passed[0]
		v.next, v.passed = oldest, r.gone
	}
	for v.next < r.next && len(items) < cap(items) {
		e := r.at(v.next)
		lost += e.missed
		if v.isWanted(e.event.Kind) {
			items = append(items, item{lost, gap, e.event, e.text, v.next, r.sub})
			lost, gap = 0, false
		}
		v.passed.add(e)
		v.next++
	}
	if lost > 0 || gap { // the last events lost were followed by none that is wanted
		items = append(items, item{lost: lost, gap: gap})
	}
	if len(items) > 0 {
		return items, nil
	}
	if r.wake == nil {
		r.wake = make(chan struct{})
	}
	return items, r.wake
}

func (v *viewer) close() { v.recorder.leave(v) }
