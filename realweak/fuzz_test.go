package realweak_test

import (
	"errors"
	"iter"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// The fuzz targets read a program from bytes, three to a step, and run it on a weak
// collection and on an ordinary one. What the program drops dies when the program
// says so, by realweak.Kill: no target collects, nor waits for anything, and nothing
// that a program has ever used is freed before it ends. So every answer is known.

const (
	fuzzSteps   = 100 // more are not run
	fuzzKeys    = 5
	fuzzObjects = 6
)

// mortal is what the programs use as values, keys and members.
type mortal struct {
	realweak.Slots
	name byte // keys by value are equal if their names are
	dead bool
}

// cast are a program's objects. One that was dropped is replaced by a new one when
// it is next needed.
type cast struct {
	held   [fuzzObjects]*mortal
	doomed []*mortal // dropped, and alive until the program collects
	dead   []*mortal // kept for the program's duration, so that only Kill kills
}

func (c *cast) get(i byte) *mortal {
	i %= fuzzObjects
	if c.held[i] == nil {
		c.held[i] = &mortal{name: i % 3}
	}
	return c.held[i]
}

func (c *cast) drop(i byte) {
	i %= fuzzObjects
	if p := c.held[i]; p != nil {
		c.doomed = append(c.doomed, p)
		c.held[i] = nil
	}
}

func (c *cast) dropAll() {
	for i := range byte(fuzzObjects) {
		c.drop(i)
	}
}

// collect kills all that was dropped, but for what kept says is held elsewhere.
func (c *cast) collect(kept func(*mortal) bool, kill func(*mortal)) {
	left := c.doomed[:0]
	for _, p := range c.doomed {
		if kept(p) {
			left = append(left, p)
			continue
		}
		kill(p)
		p.dead = true
		c.dead = append(c.dead, p)
	}
	c.doomed = left
}

func byNobody(*mortal) bool { return false }

// corpse returns an object that is dead from the start.
func (c *cast) corpse() *mortal {
	p := &mortal{dead: true}
	realweak.Kill(p)
	c.dead = append(c.dead, p)
	return p
}

// addPrograms gives a target programs to begin with, and go test what it runs. The
// engine takes its time to make a program that it likes shorter, so they are short.
func addPrograms(f *testing.F, kinds int) {
	rng := rand.New(rand.NewPCG(uint64(kinds), 7))
	for i := range 50 * kinds {
		program := make([]byte, 1+3*(fuzzKeys+i%fuzzSteps/2))
		for j := range program {
			program[j] = byte(rng.Uint32())
		}
		program[0] = byte(i)
		f.Add(program)
	}
}

// steps calls step for each three bytes of a program but its first, which says what
// kind of collection it is for.
func steps(program []byte, step func(op, a, b byte)) {
	n := 0
	for chunk := range slices.Chunk(program[1:], 3) {
		if n++; len(chunk) < 3 || n > fuzzSteps {
			return
		}
		step(chunk[0], chunk[1], chunk[2])
	}
}

var errFuzz = errors.New("no value")

// The operations that the targets have in common have the same number in all.
const (
	opDrop = iota
	opCollect
	opBury
	opIterate
	opClear
	opOwn // the first of the target's own
)

// byKey is the model of what finds values by a key.
type byKey struct {
	cast
	t     *testing.T
	model map[byte]*mortal // dead ones too, until they are replaced or deleted
}

// living returns the value that there is for a key, or nil.
func (v *byKey) living(key byte) *mortal {
	if p := v.model[key]; p != nil && !p.dead {
		return p
	}
	return nil
}

func (v *byKey) answer(what string, key byte, got *mortal, ok bool) {
	v.t.Helper()
	if want := v.living(key); got != want || ok != (want != nil) {
		v.t.Fatalf("%s(%d) = %p, %v; want %p", what, key, got, ok, want)
	}
}

// iterate checks what comes up, and returns how much.
func (v *byKey) iterate(all iter.Seq2[byte, *mortal]) int {
	v.t.Helper()
	seen := map[byte]*mortal{}
	for k, p := range all {
		if seen[k] != nil {
			v.t.Fatalf("key %d came up twice", k)
		}
		seen[k] = p
	}
	for k := range byte(fuzzKeys) {
		v.answer("All", k, seen[k], seen[k] != nil)
	}
	return len(seen)
}

// What Kill does is what a collection does, but that the object lives.
func TestKillIsLikeDeath(t *testing.T) {
	p := &mortal{}
	before := realweak.Make(p)
	var ran atomic.Int32
	realweak.Finalize(p, func(int) { ran.Add(1) }, 0)
	if !before.Alive() {
		t.Fatal("dead from the start")
	}
	realweak.Kill(p)
	if after := realweak.Make(p); before.Alive() || after.Alive() || after != before {
		t.Errorf("killed, but %v and %v", before, after)
	}
	weaktest.Collect(t)
	if ran.Load() != 0 {
		t.Error("a finalizer ran for an object that is only killed")
	}
	runtime.KeepAlive(p)
	p = nil
	weaktest.AwaitDone(t, func() bool { return ran.Load() == 1 })
}
