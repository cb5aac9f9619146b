package track

import (
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/referent-go/referent/realweak/event"
)

// place is a stack that called this package, and what became of the objects that
// were created there. There is one for each stack and group.
type place struct {
	group string
	pcs   []uintptr
	hash  uint64
	next  *place

	dead      atomic.Int64
	aged      atomic.Int64 // sum of the ages of the dead, in nanoseconds
	retained  atomic.Int64 // objects now
	announced atomic.Int64 // retained when that was last an event

	symbols sync.Once
	frames  Stack
	id      event.Fingerprint
}

const (
	frames = 32 // calls of a stack that are kept

	placeBits  = 8
	mostPlaces = 1 << 14 // of a group; what comes from further ones counts as unknown
)

// places are the places of a group. They are only ever added.
type places struct {
	unknown place
	n       atomic.Int64
	chains  [1 << placeBits]atomic.Pointer[place]
}

func (ps *places) init(group string) {
	ps.unknown.group = group
	ps.unknown.symbols.Do(func() {})
}

// capture returns the place that called this package.
func (ps *places) capture() *place {
	var buf [frames]uintptr
	pcs := buf[:runtime.Callers(4, buf[:])] // begins in core.track or a caller of it
	sum := mixed(pcs)
	chain := &ps.chains[sum>>(64-placeBits)]
	first := chain.Load()
	for p := first; p != nil; p = p.next {
		if p.hash == sum && slices.Equal(p.pcs, pcs) {
			return p
		}
	}
	if ps.n.Add(1) > mostPlaces {
		ps.n.Add(-1)
		return &ps.unknown
	}
	p := &place{group: ps.unknown.group, pcs: slices.Clone(pcs), hash: sum, next: first}
	for !chain.CompareAndSwap(p.next, p) {
		p.next = chain.Load() // perhaps with an equal one, which is merged when shown
	}
	return p
}

// mixed mixes the sum of the addresses, each times an odd number of its own.
func mixed(pcs []uintptr) uint64 {
	sum, weight := uint64(0), uint64(0x2545f4914f6cdd1d)
	for _, pc := range pcs {
		sum += uint64(pc) * weight
		weight += 0x9e3779b97f4a7c16
	}
	return (sum ^ sum>>32) * 0x9e3779b97f4a7c15
}

func (ps *places) all() iter.Seq[*place] {
	return func(yield func(*place) bool) {
		if !yield(&ps.unknown) {
			return
		}
		for i := range ps.chains {
			for p := ps.chains[i].Load(); p != nil; p = p.next {
				if !yield(p) {
					return
				}
			}
		}
	}
}

func (p *place) stack() Stack {
	p.symbols.Do(p.symbolize)
	return p.frames
}

func (p *place) fingerprint() event.Fingerprint {
	p.symbols.Do(p.symbolize)
	return p.id
}

const packagePath = "github.com/referent-go/referent/realweak/track."

// symbolize leaves out the calls of this package at the inner end and of the runtime at
// the outer one.
func (p *place) symbolize() {
	f := newFingerprint(p.group)
	inside := true
	for cf, more := runtime.CallersFrames(p.pcs), true; more; {
		var call runtime.Frame
		call, more = cf.Next()
		if inside = inside && strings.HasPrefix(call.Function, packagePath) && !strings.HasSuffix(call.File, "_test.go"); inside {
			continue
		}
		if call.Function == "runtime.goexit" || call.Function == "runtime.main" {
			break
		}
		p.frames = append(p.frames, Frame{call.Function, call.File, call.Line})
		f.add(call.Function, call.Line)
	}
	p.id = f.sum()
}

func (p *place) noLongerRetained() {
	if p.retained.Add(-1) == 0 {
		p.announced.Store(0)
	}
}

// dueForAnnouncement returns how many objects of the place are retained, and whether they are
// twice as many as when it last said so.
func (p *place) dueForAnnouncement() (now int64, due bool) {
	now = p.retained.Load()
	if before := p.announced.Load(); now < max(2*before, 1) {
		return now, false
	}
	p.announced.Store(now)
	return now, true
}
