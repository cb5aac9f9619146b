package refcount

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"
)

// What the documentation says about sizes, on 64-bit machines.
func TestSizes(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("not a 64-bit machine")
	}
	for _, s := range []struct {
		name      string
		got, want uintptr
	}{
		{"block", unsafe.Sizeof(block{}), 40},
		{"Strong", unsafe.Sizeof(Strong[int]{}), 24},
		{"Weak", unsafe.Sizeof(Weak[int]{}), 16},
		{"Count", unsafe.Sizeof(Count{}), 8},
		{"Atomic", unsafe.Sizeof(Atomic[int]{}), 8},
		{"cell", unsafe.Sizeof(cell[int]{}), 32},
		{"Handle", unsafe.Sizeof(Handle[int]{}), 32},
		{"Primary", unsafe.Sizeof(Primary[int]{}), 16},
		{"drainShard", unsafe.Sizeof(drainShard{}), 64},
	} {
		if s.got != s.want {
			t.Errorf("a %s has %d bytes, want %d", s.name, s.got, s.want)
		}
	}
}

func TestWord(t *testing.T) {
	for _, gen := range []int64{firstGen, firstGen + firstGen, lastGen} {
		for _, s := range []int64{0, 1, 2, maxStrong - 1, maxStrong} {
			for _, w := range []int64{0, 1, maxWeak} {
				n := gen + s*oneStrong + w*oneWeak
				if strongs(n, gen) != int(s) || weaks(n) != int(w) || generation(n) != gen {
					t.Errorf("%d strong, %d weak of generation %#x read as %d, %d, %#x", s, w, gen, strongs(n, gen), weaks(n), generation(n))
				}
				if live(n, gen) != (s >= 1) || alive(n, gen) != (s >= 1) || live(n|detour, gen) || alive(n|detour, gen) != (s >= 1) {
					t.Errorf("live is wrong for %d strong", s)
				}
				if retained(n, gen) != (s >= 2) || retained(n+destroyed, gen) || retained(n|detour, gen) {
					t.Errorf("retained is wrong for %d strong", s)
				}
				if watched(n, gen) != (s >= 1) || watched(n+destroyed, gen) || watched(n|detour, gen) {
					t.Errorf("watched is wrong for %d strong, %d weak", s, w)
				}
				if isDestroyed(n) || !current(n, gen) || !current(n|detour, gen) {
					t.Errorf("%d strong, %d weak read as destroyed", s, w)
				}
				if n|detour+destroyed != n+destroyed|detour {
					t.Errorf("the marks of %#x depend on each other", n)
				}
				for _, other := range []int64{0, firstGen, 3 * firstGen, lastGen} {
					for _, m := range []int64{n, n - 1000*oneStrong, n + destroyed, n | detour} {
						if other != gen && (live(m, other) || retained(m, other) || watched(m, other)) {
							t.Errorf("%#x, of generation %#x, passes for one of %#x", m, gen, other)
						}
					}
				}
			}
		}
		for _, stray := range []int64{-1000, 0, 1000} {
			n := gen + destroyed + stray*oneStrong + 1
			if !isDestroyed(n) || live(n, gen) || alive(n, gen) || generation(n) != gen || weaks(n) != 1 {
				t.Errorf("%d stray counts revive a destroyed word", stray)
			}
			if f := elsewhere + stray*oneStrong; isDestroyed(f) || live(f, gen) || alive(f, gen) {
				t.Errorf("%d stray counts make a front's word that of an object", stray)
			}
		}
		if retained(gen+(maxStrong+1)*oneStrong, gen) || watched(gen+oneStrong+maxWeak+1, gen) {
			t.Error("an overflow goes unseen")
		}
		if below := gen - 1000*oneStrong; isDestroyed(below) || live(below, gen) || alive(below, gen) {
			t.Error("an underflow goes unseen")
		}
	}
}

func refused(t *testing.T, says string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if text := fmt.Sprint(recover()); !strings.Contains(text, says) {
			t.Errorf("panic %q does not mention %q", text, says)
		}
	}()
	f()
}

func TestOverflow(t *testing.T) {
	drops := 0
	s := New(0, func(*int) { drops++ })
	w := s.Downgrade()
	atomic.StoreInt64(&s.block.state, firstGen+maxStrong*oneStrong+maxWeak)
	for range 2 {
		refused(t, "Clone of a Strong[int] that has more than 67108863 handles", func() { s.Clone() })
		refused(t, "Upgrade of a Weak[int] that has more than", func() { w.Upgrade() })
		refused(t, "Downgrade of a Strong[int] that has more than", func() { s.Downgrade() })
		if s.StrongCount() != maxStrong || s.WeakCount() != maxWeak {
			t.Errorf("a refused operation left %d, %d", s.StrongCount(), s.WeakCount())
		}
	}
	atomic.StoreInt64(&s.block.state, firstGen+oneStrong+oneWeak)
	if !s.Release() || drops != 1 {
		t.Error("not destroyed after a refused overflow")
	}
	w.Release()
}

// Between the addition that takes the count to zero and the claim that follows,
// the object is already beyond reach.
func TestBetweenZeroAndClaim(t *testing.T) {
	s := New(0, nil)
	w := s.Downgrade()
	b := s.block
	atomic.StoreInt64(&b.state, firstGen+oneWeak)
	for range 2 {
		if _, ok := w.Upgrade(); ok || w.StrongCount() != 0 {
			t.Error("upgraded with a count of zero")
		}
		refused(t, "Clone of a Strong[int] whose object is destroyed", func() { s.Clone() })
		refused(t, "Downgrade of a Strong[int] whose object is destroyed", func() { s.Downgrade() })
		refused(t, "Value of a Strong[int] whose object is destroyed", func() { s.Value() })
		refused(t, "Release of a Strong[int] whose object is destroyed", func() { (&Strong[int]{value: s.value, block: b, gen: firstGen}).Release() })
		if n := atomic.LoadInt64(&b.state); n != firstGen+oneWeak {
			t.Errorf("a refused operation left the word %#x", n)
		}
	}
	atomic.AddInt64(&b.state, oneStrong) // a stray Clone, not yet undone
	if !b.claim(firstGen) || b.claim(firstGen) {
		t.Error("the object is not claimed once")
	}
	atomic.AddInt64(&b.state, -oneStrong)
	if _, ok := w.Upgrade(); ok || !isDestroyed(atomic.LoadInt64(&b.state)) {
		t.Error("a stray count revived the object")
	}
	if w.Release(); weaks(atomic.LoadInt64(&b.state)) != 0 {
		t.Error("the weak count is wrong after destruction")
	}
}

// Copied handles, cloned and released against all rules at the moment of the last
// release, may be believed or refused; but the destructor runs once.
func TestClaimedOnce(t *testing.T) {
	for range 300 {
		var drops atomic.Int32
		s := New(0, func(*int) { drops.Add(1) })
		w := s.Downgrade()
		value, b := s.value, s.block
		var done sync.WaitGroup
		for i := range 4 {
			done.Go(func() {
				for range 20 {
					func() {
						defer func() { _ = recover() }()
						if i == 0 {
							(&Weak[int]{block: b, gen: firstGen}).Release()
							return
						}
						c := (&Strong[int]{value: value, block: b, gen: firstGen}).Clone()
						c.Release()
						if i == 1 {
							(&Strong[int]{value: value, block: b, gen: firstGen}).Release()
						}
					}()
				}
			})
		}
		done.Wait()
		if drops.Load() != 1 {
			t.Fatalf("the destructor ran %d times", drops.Load())
		}
		if _, ok := w.Upgrade(); ok || !isDestroyed(atomic.LoadInt64(&b.state)) {
			t.Fatal("misuse revived the object")
		}
	}
}

func TestGoroutine(t *testing.T) {
	mine := goroutine()
	const others = 50
	var mu sync.Mutex
	seen := map[uintptr]bool{mine: true}
	var ready, done sync.WaitGroup
	ready.Add(others)
	for range others {
		done.Go(func() {
			id := goroutine()
			deepen(64) // the stack moves
			mu.Lock()
			seen[id] = true
			mu.Unlock()
			ready.Done()
			ready.Wait() // all live at once
			runtime.Gosched()
			if goroutine() != id {
				t.Error("a goroutine changed its identity")
			}
		})
	}
	done.Wait()
	if len(seen) != others+1 || seen[0] || goroutine() != mine {
		t.Errorf("%d goroutines have %d identities", others+1, len(seen))
	}
}

//go:noinline
func deepen(n int) int {
	var frame [1024]byte
	frame[n] = byte(n)
	if n == 0 {
		return 0
	}
	return deepen(n-1) + int(frame[n])
}

// No shard stays taken, and none keeps what it destroyed.
func TestDrainsAreLeftEmpty(t *testing.T) {
	var done sync.WaitGroup
	for range 200 {
		done.Go(func() {
			children := make([]Strong[int], 3)
			for i := range children {
				children[i] = New(i, func(*int) { runtime.Gosched() })
			}
			p := New(0, func(*int) {
				runtime.Gosched()
				for i := range children {
					children[i].Release()
				}
			})
			p.Release()
		})
	}
	done.Wait()
	for i := range shards {
		s := &shards[i]
		if s.owner.Load() != 0 || s.crowd.Load() != 0 || len(s.others) != 0 || len(s.first.pending) != 0 {
			t.Errorf("shard %d is in use", i)
		}
		for _, b := range s.first.pending[:cap(s.first.pending)] {
			if b != nil {
				t.Errorf("shard %d keeps a block", i)
			}
		}
	}
}

// What a stray handle has added to the word between two objects in one block, and
// takes back when the block serves the second, is no count of that; nor is what an
// old weak handle counted.
func TestStrayCountsInRecycledBlocks(t *testing.T) {
	for _, stray := range []int64{oneStrong, -oneStrong, 3 * oneStrong, -3 * oneStrong} {
		for name, drop := range map[string]func(*int){"no destructor": nil, "destructor": func(*int) {}} {
			p := NewPool(drop)
			s := p.New(1)
			w, b := s.Downgrade(), s.block
			if drop == nil {
				s.Release()
				atomic.AddInt64(&b.state, stray)
			} else {
				b.claim(s.gen)
				atomic.AddInt64(&b.state, stray-oneStrong)
				p.recycle(b)
			}
			second := Strong[int]{value: s.value, block: b, gen: (*pooled[int])(unsafe.Pointer(b)).gen}
			atomic.AddInt64(&b.state, -stray)
			if n := atomic.LoadInt64(&b.state); n != second.gen+oneStrong || second.gen != 2*firstGen {
				t.Errorf("%s: a stray %#x left the word %#x", name, stray, n)
			}
			w.Release()
			if n := second.StrongCount(); n != 1 || second.WeakCount() != 0 {
				t.Errorf("%s: an old weak handle left the word %#x", name, b.state)
			}
			second.Release()
		}
	}
}

// A block serves as many objects as there are generations, less one for an object
// that is resurrected, and is given up.
func TestGenerationsEnd(t *testing.T) {
	var risen Strong[int]
	p := NewPool(func(i *int) {
		if *i == 7 {
			risen = Resurrect(i)
		}
	})
	b := &pooled[int]{}
	b.init(unsafe.Pointer(&b.value), p)
	objects := 1
	for ; generation(b.state) < lastGen-firstGen; objects++ {
		h := Strong[int]{value: &b.value, block: &b.block, gen: generation(b.state)}
		h.Release()
		if want := int64(objects+1) * firstGen; b.gen != want || b.state != want+oneStrong {
			t.Fatalf("object %d is of generation %d, its word %#x", objects+1, b.gen/firstGen, b.state)
		}
	}
	if objects != 254 {
		t.Errorf("a block serves %d objects", objects)
	}
	b.value = 7
	last := Strong[int]{value: &b.value, block: &b.block, gen: generation(b.state)}
	for p.free.Get() != nil {
	}
	last.Release()
	if risen.gen != lastGen || risen.StrongCount() != 1 || risen.Value() != &b.value {
		t.Errorf("resurrected as generation %d", risen.gen/firstGen)
	}
	risen.Release()
	if p.free.Get() != nil {
		t.Error("a block that has served is used again")
	}
	other := &pooled[int]{}
	other.init(unsafe.Pointer(&other.value), p)
	other.state = lastGen - firstGen + oneStrong
	(&Strong[int]{value: &other.value, block: &other.block, gen: lastGen - firstGen}).Release()
	if p.free.Get() != nil {
		t.Error("a block without generations is used again")
	}
}
