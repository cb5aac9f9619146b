package refcount

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/referent-go/referent/realweak/event"
)

// HandleInfo describes an object that the leak detector tracks, and its handles.
type HandleInfo struct {
	Type        string        // the object's type, such as "main.Conn"
	Label       string        // what SetLabel called it
	Object      event.ID      // its id in events, if anybody listened when it was made; else one of the leak detector's
	Age         time.Duration // since it was made
	Collections uint64        // that it has survived, give or take one
	Strong      int           // handles
	Weak        int           // weak handles
	Created     Stack         // where it was made
	Made        []Access      // at Paranoid, where the other strong handles that it has were made
	Accesses    []Access      // the last ones, newest first, above Simple
	Thinned     int           // accesses that were noted and gave way to later ones
}

// Live returns the tracked objects that have not been destroyed, oldest first:
// which they are depends on the level at which each was made. It looks at a
// registry and needs no collection, so the end of a program is a good time to ask.
// Others may release what it returns meanwhile.
func Live() []HandleInfo {
	var all []HandleInfo
	for _, t := range registry.list() {
		if info, ok := t.describe(); ok {
			all = append(all, info)
		}
	}
	return all
}

// describe fails if the object has ended.
func (t *tracked) describe() (info HandleInfo, ok bool) {
	core := t.object()
	if core == nil {
		return info, false
	}
	info = t.facts()
	info.Type = core.drop.typ()
	info.Label = core.describe().label
	state := atomic.LoadInt64(&core.state)
	info.Strong, info.Weak = strongs(state, generation(state)), weaks(state)
	return info, !isDestroyed(state)
}

// facts is what is known even if the object is gone.
func (t *tracked) facts() HandleInfo {
	info := HandleInfo{
		Object: t.id, Created: t.made.PCs,
		Age: time.Since(epoch) - t.born, Collections: rounds.completed() - t.cycle,
	}
	if !t.each {
		info.Accesses, info.Thinned = t.more.list()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, h := range t.held {
		if h.made != nil {
			info.Made = append(info.Made, h.origin())
		}
		if t.each {
			more, thinned := h.more.list()
			info.Accesses = append(info.Accesses, more...)
			info.Thinned += thinned
		}
	}
	return info
}

// origin returns what made the first of the handles that hold a front.
func (h *held) origin() Access { return Access{Op: h.op.String(), Stack: h.made.PCs} }

// String returns all of it, in several lines.
func (i HandleInfo) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, alive for %s\n", i.name(), plural(i.Strong, "strong handle"), i.age())
	i.writeWhere(&b, Access{})
	return b.String()
}
