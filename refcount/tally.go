package refcount

import (
	"encoding/binary"
	"sync"
)

// leaks counts the leaks that were found.
var leaks leakTally

// mostKinds bounds the kinds of leaks that are remembered. With more than that,
// which are more places than a report could be read for, counting begins anew.
const mostKinds = 1024

type leakTally struct {
	mu    sync.Mutex
	kinds []*Leak // in the order in which they were found
	known map[leakKind]*Leak
}

// leakKind is what leaks that are alike have in common. The accesses before the
// last one are there by chance and would tell them apart.
type leakKind struct {
	typ              string
	made, from, last place
	cycle            bool
}

// place is where in the program a stack comes from, as a key of a map.
type place string

func placeOf(s *stack) place {
	if s == nil {
		return ""
	}
	var key []byte
	for _, pc := range Stack(s.PCs).outside() {
		key = binary.NativeEndian.AppendUint64(key, uint64(pc))
	}
	return place(key)
}

// note counts what was lost, and returns a report of each kind that is new.
func (t *leakTally) note(lost []*held) []Leak {
	t.mu.Lock()
	defer t.mu.Unlock()
	var news []*Leak
	for _, h := range lost {
		if h.told {
			continue
		}
		h.told = true
		l, ok := h.leak()
		if !ok {
			continue
		}
		l.emit()
		kind := leakKind{l.Type, placeOf(h.object.made), placeOf(h.made), placeOf(h.lastUse()), l.Cycle}
		if known := t.known[kind]; known != nil {
			known.Count++
			continue
		}
		if t.known == nil || len(t.kinds) == mostKinds {
			t.known, t.kinds = make(map[leakKind]*Leak), nil
		}
		t.known[kind] = &l
		t.kinds = append(t.kinds, &l)
		news = append(news, &l)
	}
	return values(news)
}

// Leaks returns the leaks that were found since the program started, one of each
// kind with their number, in the order in which they were first found. Like [Live]
// it is for the end of a program, or of a test.
func Leaks() []Leak {
	leaks.mu.Lock()
	defer leaks.mu.Unlock()
	return values(leaks.kinds)
}

func values(all []*Leak) []Leak {
	var list []Leak
	for _, l := range all {
		list = append(list, *l)
	}
	return list
}

func (h *held) lastUse() *stack {
	for _, m := range []*more{h.more, h.object.more} {
		if m == nil {
			continue
		}
		if a := m.trail.newest.Load(); a != nil {
			return a.at
		}
	}
	return nil
}
