package refcount

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// late is a reader who has found the cell of an Atomic, and goes on when another
// has been put there: with its Load's steps, so that a test can come between them.
func late[T any](c *cell[T]) (counted bool) {
	state := atomic.LoadInt64(&c.block.state)
	return retained(state+oneStrong, c.gen) && atomic.CompareAndSwapInt64(&c.block.state, state, state+oneStrong)
}

func TestLateReader(t *testing.T) {
	var a Atomic[int]
	drops := 0
	put := func() *cell[int] {
		s := New(1, func(*int) { drops++ })
		a.Store(&s)
		return a.cell.Load()
	}

	c := put()
	h := a.Swap(nil)
	if !late(c) || h.StrongCount() != 2 {
		t.Fatal("a late reader found no count")
	}
	if !c.giveBack() || h.StrongCount() != 1 {
		t.Error("a late reader keeps its count beside the owner's")
	}
	if !h.Release() || drops != 1 {
		t.Error("the owner's handle was not the last")
	}
	if late(c) {
		t.Error("a late reader took a count of a destroyed object")
	}
	if _, ok := a.loadSlowly(c); ok {
		t.Error("a late reader got a destroyed object")
	}

	c = put()
	h = a.Swap(nil)
	if !late(c) || h.Release() || drops != 1 {
		t.Fatal("destroyed under a late reader")
	}
	if c.giveBack() {
		t.Error("a late reader gave the last count back, which nobody ends")
	}
	kept := Strong[int]{value: c.value, block: c.block, gen: c.gen}
	if !kept.Release() || drops != 2 {
		t.Error("the late reader's handle was not the last")
	}
}

// An object whose only handle somebody has is nobody else's, though readers have
// found its cell before. A reader who leaves with a handle all the same sees what
// was written alone, or the race detector sees the reader.
func TestAloneAfterSwap(t *testing.T) {
	rounds := 40_000
	if testing.Short() {
		rounds = 5_000
	}
	for _, observed := range []bool{false, true} {
		var a Atomic[int]
		var stop atomic.Bool
		var readers sync.WaitGroup
		for range 3 {
			readers.Go(func() {
				for !stop.Load() {
					if h := a.Load(); h.Held() {
						if *h.Value() != 0 {
							t.Error("read what was written alone")
							stop.Store(true)
						}
						h.Release()
					}
				}
			})
		}
		h := New(0, nil)
		if observed {
			h.observe(idle{}, false)
		}
		alone := 0
		for range rounds {
			a.Store(&h)
			h = a.Swap(nil)
			p, ok := h.GetMut()
			if !ok {
				continue
			}
			alone++
			*p = 1
			*p = 0
			if stop.Load() {
				break
			}
		}
		stop.Store(true)
		readers.Wait()
		h.Release()
		if alone == 0 {
			t.Error("never alone: the test tests nothing")
		}
	}
}

// tally counts the handles to one object as an observer is told of them.
type tally struct {
	idle
	handles, moves, over atomic.Int32
}

func (o *tally) before(_ *block, _ *front, op op) {
	switch op {
	case opRelease:
		o.handles.Add(-1)
	case opMove:
		o.moves.Add(1)
	}
}

func (o *tally) after(_ *block, f *front, op op) {
	if op == opClone {
		o.handles.Add(1)
	}
}

func (o *tally) ended(*block) { o.over.Add(1) }

// Observers are told of every handle that comes out of an Atomic and of no other.
func TestAtomicOfObserved(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	for round := range rounds {
		var a Atomic[atomic.Int32]
		objects := make([]*tally, 8)
		strongs := make([]Strong[atomic.Int32], len(objects))
		for i := range objects {
			objects[i] = new(tally)
			objects[i].handles.Store(1)
			strongs[i] = New(atomic.Int32{}, func(n *atomic.Int32) { n.Add(1) })
			if !strongs[i].observe(objects[i], round%2 == 0) {
				t.Fatal("not observed")
			}
		}
		var done sync.WaitGroup
		for w := range 2 {
			done.Go(func() {
				for i := w; i < len(objects); i += 2 {
					switch i % 3 {
					case 0:
						a.Store(&strongs[i])
					case 1:
						if before := a.Swap(&strongs[i]); before.Held() {
							before.Release()
						}
					case 2:
						for {
							old := a.Load()
							swapped := a.CompareAndSwap(&old, &strongs[i])
							if old.Held() {
								old.Release()
							}
							if swapped {
								break
							}
						}
					}
					runtime.Gosched()
				}
			})
		}
		for range 3 {
			done.Go(func() {
				for range 40 {
					if h := a.Load(); h.Held() {
						if h.Value().Load() != 0 {
							t.Error("loaded a destroyed object")
						}
						h.Release()
					}
				}
			})
		}
		done.Wait()
		a.Store(nil)
		for i, o := range objects {
			if o.handles.Load() != 0 || o.over.Load() != 1 || o.moves.Load() == 0 {
				t.Fatalf("object %d: %d handles are left, ended %d times, moved %d times", i, o.handles.Load(), o.over.Load(), o.moves.Load())
			}
		}
	}
}

func TestLoadOverflow(t *testing.T) {
	for _, observed := range []bool{false, true} {
		var a Atomic[int]
		s := New(0, nil)
		if observed {
			s.observe(idle{}, false)
		}
		core, _ := s.block.core(s.gen)
		a.Store(&s)
		before := atomic.LoadInt64(&core.state)
		atomic.AddInt64(&core.state, (maxStrong-1)*oneStrong)
		for range 2 {
			refused(t, "that has more than", func() { a.Load() })
		}
		atomic.AddInt64(&core.state, -(maxStrong-1)*oneStrong)
		if n := atomic.LoadInt64(&core.state); n != before {
			t.Errorf("a refused Load turned the word from %#x into %#x", before, n)
		}
		a.Store(nil)
	}
}
