package track

import (
	"iter"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/referent-go/referent/realweak/callstack"
	"github.com/referent-go/referent/realweak/event"
)

// place is a stack that called this package, and what became of the objects that
// were created there. There is one for each stack and group.
type place struct {
	group string
	at    *callstack.Stack // nil if it is not known
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
	placeBits  = 8
	mostPlaces = 1 << 14 // of a group; what comes from further ones counts as unknown
)

// places are the places of a group. They are only ever added.
type places struct {
	unknown place
	n       atomic.Int64
	chains  [1 << placeBits]atomic.Pointer[place]
}

func (ps *places) init(group string) { ps.unknown.group = group }

// of returns the place of a stack.
func (ps *places) of(at *callstack.Stack) *place {
	chain := &ps.chains[at.Hash()>>(64-placeBits)]
	first := chain.Load()
	for p := first; p != nil; p = p.next {
		if p.at.Equal(at) {
			return p
		}
	}
	if ps.n.Add(1) > mostPlaces {
		ps.n.Add(-1)
		return &ps.unknown
	}
	p := &place{group: ps.unknown.group, at: at, next: first}
	for !chain.CompareAndSwap(p.next, p) {
		p.next = chain.Load() // perhaps with an equal one, which is merged when shown
	}
	return p
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

// fingerprint is zero for an unknown place.
func (p *place) fingerprint() event.Fingerprint {
	p.symbols.Do(p.symbolize)
	return p.id
}

const packagePath = "github.com/referent-go/referent/realweak/track."

// ours reports whether a call is one of this package's own. Its tests are users.
func ours(call runtime.Frame) bool {
	return strings.HasPrefix(call.Function, packagePath) && !strings.HasSuffix(call.File, "_test.go")
}

// symbolize leaves out the calls of this package at the inner end and of the runtime at
// the outer one.
func (p *place) symbolize() {
	if p.at == nil {
		return
	}
	f := newFingerprint(p.group)
	inside := true
	for frames, more := runtime.CallersFrames(p.at.PCs), true; more; {
		var call runtime.Frame
		call, more = frames.Next()
		if inside = inside && ours(call); inside {
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
