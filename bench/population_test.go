package bench

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/referent-go/referent/bench/sim"
	"github.com/referent-go/referent/refcount"
)

// population is how many objects or keys the operations on living ones go round.
const (
	population = 1024
	mask       = population - 1
)

// object is 64 bytes with a pointer, an ordinary object: neither tiny nor large.
type object struct {
	id    int
	other *object
	_     [6]int
}

// sink makes objects escape. It is set to nil before what it refers to shall die.
var sink *object

// newObjects returns living objects in shuffled order, so that a loop over them
// does not run along the addresses.
func newObjects() []*object {
	all := make([]*object, population)
	for i := range all {
		all[i] = &object{id: i}
	}
	shuffle(all)
	return all
}

func shuffle[E any](all []E) {
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
}

// newCounted returns handles to living objects. drop may be nil.
func newCounted(drop func(*object)) []refcount.Strong[object] {
	all := make([]refcount.Strong[object], population)
	for i := range all {
		all[i] = refcount.New(object{id: i}, drop)
	}
	return all
}

func release(all []refcount.Strong[object]) {
	for i := range all {
		all[i].Release()
	}
}

// newKeys returns strings of 16 bytes, in shuffled order.
func newKeys(prefix string) []string {
	all := make([]string, population)
	for i := range all {
		all[i] = fmt.Sprintf("%s-%0*d", prefix, 15-len(prefix), i)
	}
	shuffle(all)
	return all
}

// python is a simulated process with a class that has no attributes.
type python struct {
	*sim.Interpreter
	class *sim.Object
}

func newPython() *python {
	py := sim.New(sim.Options{})
	return &python{py, py.NewClass("Thing", sim.Class{})}
}

// thing executes Thing().
func (py *python) thing() *sim.Object { return py.Call(py.Retain(py.class)) }

// things returns living objects, each with one reference.
func (py *python) things() []*sim.Object {
	all := make([]*sim.Object, population)
	for i := range all {
		all[i] = py.thing()
	}
	shuffle(all)
	return all
}

func (py *python) strs(keys []string) []*sim.Object {
	all := make([]*sim.Object, len(keys))
	for i, k := range keys {
		all[i] = py.Str(k)
	}
	return all
}

// expectThings checks how many instances of the class are alive.
func (py *python) expectThings(b *testing.B, want int) {
	b.Helper()
	expect(b, "living Things", py.LiveOf("Thing"), want)
}
