package limits

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"time"
	"weak"

	"github.com/referent-go/referent/realweak"
)

// patience is how many collections something dropped gets to die.
const patience = 5

// crowd is how many small objects are allocated in a row, to see whether half of
// them keep the others alive.
const crowd = 4096

// report is what a trial has found out by now. It is written after each step,
// since the next one may be the last.
type report struct {
	Reason      realweak.Reason `json:"reason"`      // why CheckReferent refused; 0 if it did not
	Checked     bool            `json:"checked"`     // CheckReferent returned
	Panic       string          `json:"panic"`       // of runtime.AddCleanup
	Made        bool            `json:"made"`        // weak.Make returned
	Zero        bool            `json:"zero"`        // with the zero weak pointer
	Dropped     int             `json:"dropped"`     // objects that nothing of ours referred to any more
	Died        int             `json:"died"`        // of those, how many had their weak pointers cleared
	Cleaned     int64           `json:"cleaned"`     // of those, how many had their cleanups run
	Collections int             `json:"collections"` // that this took, or that were waited for in vain
	DiedEarly   bool            `json:"died_early"`  // although the whole that it was part of was still held
	Done        bool            `json:"done"`

	w       io.Writer
	cleaned atomic.Int64
}

// Child tries the kind of that name and writes what it finds to w, for [Run] to
// read. It ends the process for some kinds.
func Child(w io.Writer, name string) error {
	for _, k := range Kinds() {
		if k.Name == name {
			r := &report{w: w}
			k.try(r)
			r.Done = true
			return r.write()
		}
	}
	return fmt.Errorf("no kind of referent is called %q", name)
}

func (r *report) write() error {
	r.Cleaned = r.cleaned.Load()
	return json.NewEncoder(r.w).Encode(r)
}

// refer asks CheckReferent about p, attaches a cleanup and returns a weak pointer.
func refer[T any](r *report, p *T) weak.Pointer[T] {
	check(r, p)
	clean(r, p)
	_ = r.write() // a parent that is gone will not miss it
	w := weak.Make(p)
	r.Made, r.Zero = true, w == weak.Pointer[T]{}
	return w
}

func check[T any](r *report, p *T) {
	if e, ok := errors.AsType[*realweak.ReferentError](realweak.CheckReferent(p)); ok {
		r.Reason = e.Reason
	}
	r.Checked = true
}

func clean[T any](r *report, p *T) {
	defer func() {
		if v := recover(); v != nil {
			r.Panic = fmt.Sprint(v)
		}
	}()
	runtime.AddCleanup(p, func(n *atomic.Int64) { n.Add(1) }, &r.cleaned)
}

// alive must be a call, so that no strong pointer stays behind in the frame that
// then collects.
//
//go:noinline
func alive[T any](w weak.Pointer[T]) bool { return w.Value() != nil }

// elsewhere runs f on a stack that is gone afterwards, with all that it held.
func elsewhere(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

// collect collects until all weak pointers are nil and all cleanups have run, or
// patience ends.
func collect[T any](r *report, refs []weak.Pointer[T]) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r.Dropped = len(refs)
	for r.Collections < patience && (r.Died < len(refs) || r.cleaned.Load() < int64(len(refs))) {
		runtime.GC()
		_ = realweak.Drain(ctx) // if it was in vain, the counts say so
		r.Collections++
		r.Died = 0
		for _, w := range refs {
			if !alive(w) {
				r.Died++
			}
		}
	}
}

// one tries a single object that is dropped.
func one[T any](make func() *T) func(*report) {
	return func(r *report) {
		var w weak.Pointer[T]
		elsewhere(func() { w = refer(r, make()) })
		collect(r, []weak.Pointer[T]{w})
	}
}

// part tries a pointer into a whole, which is held first and then dropped.
func part[W, P any](make func() (*W, *P)) func(*report) {
	return func(r *report) {
		var w weak.Pointer[P]
		elsewhere(func() {
			whole, p := make()
			w = refer(r, p)
			runtime.GC()
			r.DiedEarly = !alive(w)
			runtime.KeepAlive(whole)
		})
		collect(r, []weak.Pointer[P]{w})
	}
}

// box tries a variable that leads to something, which is in use to the end.
func box[T any](make func() T) func(*report) {
	return func(r *report) {
		v := make()
		var w weak.Pointer[T]
		elsewhere(func() {
			p := new(T)
			*p = v
			w = refer(r, p)
		})
		collect(r, []weak.Pointer[T]{w})
		runtime.KeepAlive(v)
	}
}

// neighbours tries objects that were allocated in a row; every second is held.
func neighbours[T any](make func() *T) func(*report) {
	return func(r *report) {
		var held []*T
		var dropped []weak.Pointer[T]
		elsewhere(func() {
			for i := range crowd {
				p := make()
				switch {
				case i%2 == 0:
					held = append(held, p)
				case dropped == nil:
					dropped = append(dropped, refer(r, p))
				default:
					clean(r, p)
					dropped = append(dropped, weak.Make(p))
				}
			}
		})
		collect(r, dropped)
		runtime.KeepAlive(held)
	}
}

// foreign tries memory that is not the runtime's. It does not return unless the
// runtime has changed.
func foreign[T any](make func() *T) func(*report) {
	return func(r *report) { refer(r, make()) }
}

// nothing tries nil.
func nothing(r *report) {
	var p *session
	check(r, p)
	w := weak.Make(p)
	r.Made, r.Zero = true, w == weak.Pointer[session]{}
}
