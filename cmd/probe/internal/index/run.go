package index

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/referent-go/referent/cmd/probe/internal/eventlog"
	"github.com/referent-go/referent/interning"
	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/refcount"
)

// ErrNoFiles says that there is no Go file below the root.
var ErrNoFiles = errors.New("there is no Go file in it")

// ErrNoPoint says that Config.SnapshotAt names no point of the run.
var ErrNoPoint = errors.New("no such point")

// index is a run under way.
type index struct {
	Config
	start   time.Time
	strings interning.Stats // at the start
	cycles  uint64          // at the start
	cache   realweak.ValueMap[string, Tree]
	tally   tally
	tap     *eventlog.Tap

	sets      []*set     // not yet dropped
	gone      []*set     // dropped
	opened    []*holding // the open files
	held      int64      // bytes of source
	failed    int
	made      int // trees, and sources
	due       int // callbacks of what was dropped
	destroyed atomic.Int64
	wrong     int
	heap      uint64 // live, after the last step
	peak      uint64
}

// Run does it all. It fails if the root cannot be read or has no Go file, or ctx
// is done; then what it returns tells how far it came. That files cannot be used
// is no error.
func Run(ctx context.Context, c Config) (Summary, error) {
	if c.Workers <= 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	if c.Limit <= 0 {
		c.Limit = 256 << 20
	}
	if c.Sets <= 0 {
		c.Sets = 8
	}
	c.Observer = c.Observer.withDefaults()
	x := &index{Config: c, start: time.Now(), strings: interning.StringStats(), cycles: collections()}

	var err error
	if x.Root, err = realDir(c.Root); err != nil {
		return x.summary(0, err), err
	}
	files, failures, err := find(ctx, x.Root)
	if err != nil {
		return x.summary(len(files), err), err
	}
	for _, f := range failures {
		x.fail(f)
	}
	if len(files) == 0 {
		return x.summary(0, nil), ErrNoFiles
	}
	// Half the limit for what is being read, half for what was read before.
	plans := divide(files, c.Sets, c.Limit/2)
	if err := x.checkPoint(plans); err != nil {
		return x.summary(len(files), nil), err
	}
	x.Observer.Found(found(c.Root, plans))

	x.tap = eventlog.Open(event.Default, ringFor(len(files)), func(e event.Event) {
		if matters(e) {
			x.tally.add(e)
			c.Observer.Event(e)
		}
	}, watched...)
	err = x.play(ctx, plans)
	x.abandon()
	x.tap.Close()
	return x.summary(len(files), err), err
}

func found(root string, plans []plan) Found {
	f := Found{Root: root}
	for _, p := range plans {
		f.Files += len(p.files)
		f.Bytes += p.size
		f.Sets = append(f.Sets, p.name)
	}
	return f
}

func (x *index) checkPoint(plans []plan) error {
	points := []string{AtLoaded}
	for _, p := range plans {
		points = append(points, p.name)
	}
	points = append(points, AtEnd)
	if x.Snapshot == nil || slices.Contains(points, x.SnapshotAt) {
		return nil
	}
	return fmt.Errorf("%w as %q: there are %s", ErrNoPoint, x.SnapshotAt, strings.Join(points, ", "))
}

func (x *index) fail(f Failure) {
	x.failed++
	x.Observer.Failed(f)
}

// play reads all and drops all.
func (x *index) play(ctx context.Context, plans []plan) error {
	for _, p := range plans {
		for len(x.sets) > 0 && x.held+p.size > x.Limit {
			if err := x.drop(ctx, true); err != nil {
				return err
			}
		}
		if err := x.load(ctx, p); err != nil {
			return err
		}
	}
	runtime.GC()
	x.note()
	x.tap.Flush()
	x.Observer.Loaded(Loaded{
		Trees: x.made, Sources: x.made, Failed: x.failed, Cached: x.cache.Len(),
		Heap: x.heap, Took: time.Since(x.start), Workers: x.Workers, Strings: x.stringStats(),
	})
	if err := x.snapshot(AtLoaded); err != nil {
		return err
	}
	for len(x.sets) > 0 {
		if err := x.drop(ctx, false); err != nil {
			return err
		}
	}
	if err := x.close(ctx); err != nil {
		return err
	}
	return x.snapshot(AtEnd)
}

// load reads the files of a set, in parallel.
func (x *index) load(ctx context.Context, p plan) error {
	s := &set{name: p.name}
	x.sets = append(x.sets, s)
	work := make(chan input)
	failures := make(chan Failure)
	var wg sync.WaitGroup
	for range x.Workers {
		wg.Go(func() {
			for in := range work {
				if err := x.read(s, in); err != nil {
					failures <- Failure{in.path, Reason(err)}
				}
				x.Observer.Progress(in.size)
			}
		})
	}
	go func() {
		defer close(failures)
		defer wg.Wait()
		defer close(work)
		for _, in := range p.files {
			select {
			case work <- in:
			case <-ctx.Done():
				return
			}
		}
	}()
	for f := range failures {
		x.fail(f)
	}
	x.held += s.size
	x.made += len(s.fates)
	if h := s.open(); h != nil {
		x.opened = append(x.opened, h)
	}
	return ctx.Err()
}

// read reads one file into a set.
func (x *index) read(s *set, in input) error {
	if in.size > x.Limit {
		return fmt.Errorf("larger than the limit of %d bytes", x.Limit)
	}
	tree, text, err := Parse(x.Root, in.path, interning.String)
	if err != nil {
		return err
	}
	h := &holding{
		tree:   tree,
		source: refcount.New(source{in.path, text}, func(*source) { x.destroyed.Add(1) }),
		fate:   &fate{path: in.path, size: int64(len(text)), ref: realweak.Make(tree), ran: &s.ran},
	}
	h.source.SetLabel(in.path)
	x.cache.Store(in.path, tree)
	realweak.Finalize(tree, (*fate).perish, h.fate).SetLabel(in.path)
	s.add(h)
	return nil
}

// note remembers how much the last collection left.
func (x *index) note() (before uint64) {
	before = x.heap
	x.heap = liveHeap()
	x.peak = max(x.peak, x.heap)
	return before
}

func (x *index) stringStats() interning.Stats {
	now := interning.StringStats()
	now.Hits -= x.strings.Hits
	now.Misses -= x.strings.Misses
	now.Dead -= x.strings.Dead
	now.BytesSaved -= x.strings.BytesSaved
	now.Live -= x.strings.Live
	return now
}

// abandon gives back what an early end has left.
func (x *index) abandon() {
	for _, s := range x.sets {
		s.release()
	}
	for _, h := range x.opened {
		h.source.Release()
	}
	x.opened = nil
}

func (x *index) summary(files int, err error) Summary {
	s := Summary{
		Files: files, Failed: x.failed, Trees: x.made,
		CallbacksExpected: x.due, DestructorsExpected: x.made, DestructorsRun: int(x.destroyed.Load()),
		Wrong: x.wrong, Cached: x.cache.Len(),
		Strings: x.stringStats(), Collections: collections() - x.cycles, PeakHeap: max(x.peak, liveHeap()),
		Took: time.Since(x.start), Interrupted: errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded),
	}
	x.tally.write(&s)
	for _, set := range slices.Concat(x.gone, x.sets) {
		s.CallbacksRun += int(set.ran.Load())
	}
	if x.tap != nil {
		s.EventsLost = x.tap.Lost()
	}
	return s
}
