package index

import (
	"context"
	"runtime"
	"time"

	"github.com/referent-go/referent/realweak"
)

// patience is how many collections a dropped tree gets to die.
const patience = 6

// drop drops the set that was read first.
func (x *index) drop(ctx context.Context, early bool) error {
	s := x.sets[0]
	x.sets = x.sets[1:]
	x.gone = append(x.gone, s)
	x.held -= s.size
	if early {
		runtime.GC() // what was read since has not been measured yet
		x.note()
	}
	step := Step{Name: s.name, Early: early}
	for _, f := range s.fates {
		if f.open {
			step.Kept++
			step.StillOpen = append(step.StillOpen, f.path)
		}
	}
	return x.step(ctx, step, s.fates, s.release)
}

// close closes the open files.
func (x *index) close(ctx context.Context) error {
	var fates []*fate
	for _, h := range x.opened {
		h.fate.open = false
		fates = append(fates, h.fate)
	}
	return x.step(ctx, Step{Name: "open files"}, fates, func() int {
		n := len(x.opened)
		for _, h := range x.opened {
			h.source.Release()
		}
		x.opened = nil
		return n
	})
}

// step lets go of something, waits for what must follow, and tells what did.
func (x *index) step(ctx context.Context, step Step, fates []*fate, letGo func() int) error {
	start := time.Now()
	destroyed := x.destroyed.Load()
	step.Trees = letGo()
	x.due += len(fates) - step.Kept
	step.Released = int(x.destroyed.Load() - destroyed)

	for step.Collections < patience {
		if err := ctx.Err(); err != nil {
			return err
		}
		runtime.GC()
		if err := realweak.Drain(ctx); err != nil {
			return err
		}
		step.Collections++
		if step.Died = dead(fates); step.Died == len(fates)-step.Kept {
			break
		}
	}
	for _, f := range fates {
		if !f.dead.Load() && !f.open {
			step.Lingering = append(step.Lingering, f.path)
		}
	}
	step.Wrong = x.checkCache()
	x.wrong += step.Wrong
	step.Cached = x.cache.Len()

	x.tap.Flush()
	ages := x.tally.takeAges()
	step.Youngest, step.Oldest, step.Survived = ages.youngest, ages.oldest, ages.survived
	before := x.note()
	step.Heap, step.Freed = x.heap, int64(before)-int64(x.heap)
	strings := x.stringStats()
	step.Strings, step.Saved = strings.Live, strings.BytesSaved
	step.Took = time.Since(start)
	x.Observer.Dropped(step)
	return x.snapshot(step.Name)
}

func dead(fates []*fate) int {
	n := 0
	for _, f := range fates {
		if f.dead.Load() {
			n++
		}
	}
	return n
}

// checkCache counts the trees about which the cache is wrong: somebody holds one
// and it is not found, or it is found after its callback has run.
func (x *index) checkCache() int {
	wrong := 0
	for _, s := range x.sets {
		for _, h := range s.holds {
			if found, ok := x.cache.Load(h.tree.Path); !ok || found != h.tree {
				wrong++
			}
		}
	}
	for _, h := range x.opened {
		if found, ok := x.cache.Load(h.tree.Path); !ok || found != h.tree {
			wrong++
		}
	}
	for _, s := range x.gone {
		for _, f := range s.fates {
			if f.dead.Load() {
				if _, ok := x.cache.Load(f.path); ok {
					wrong++
				}
			}
		}
	}
	return wrong
}
