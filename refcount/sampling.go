package refcount

import (
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// sampling is of how many objects one is tracked at the sampling levels.
const sampling = 128

// salt makes addresses random numbers until the next collection, after which
// wantSalt is set; see hitBy.
var salt atomic.Uint64

// hitBy reports whether the object of generation gen in b is one of those to be tracked.
//
// A random number for each object would cost as much as a tenth of a New. Its
// address costs next to nothing: between two collections no other object gets the
// same one, unless its block is used again and has another generation. After a
// collection addresses come again, so they get a new salt then. Which objects
// that hits cannot be foreseen, and of many it is one in [sampling].
//
// It mixes well: objects come in regular steps, and a block that is hit is not
// used again, which would favour those that are about to be.
func (b *block) hitBy(gen int64, salt uint64) bool {
	x := uint64(uintptr(unsafe.Pointer(b))) + uint64(gen)>>32 ^ salt
	x = (x ^ x>>32) * 0x9e3779b97f4a7c15
	x = (x ^ x>>29) * 0xd6e8feb86659fd93
	return x>>(64-7) == 0
}

var _ = [1]struct{}{}[sampling-1<<7] // hence the seven bits

// freshHitBy is hitBy for a block that is not used again. One multiplication spreads
// addresses evenly.
func (b *block) freshHitBy(salt uint64) bool {
	return (uint64(uintptr(unsafe.Pointer(b)))^salt)*0x9e3779b97f4a7c15>>(64-7) == 0
}

// newSalt chooses a salt, and sees to it that another one is wanted after the next
// collection, as long as objects are sampled. Nothing is left to do then until
// another object is made.
func newSalt() {
	salt.Store(rand.Uint64())
	if before := wanted.And(^wantSalt); before&wantSalt != 0 && before&wantSample != 0 {
		runtime.AddCleanup(&struct{ _ *int }{}, func(bit uint32) { wanted.Or(bit) }, wantSalt)
	}
}
