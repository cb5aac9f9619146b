package refcount

import "sync"

// graves are the places where handles with fronts of their own were released. A
// handle that was released needs its generation no more and has the number of a
// place instead, negative, so that what is done with it later can say who was
// first. At other levels the field keeps what it was.
var graves struct {
	sync.Mutex
	numbers map[*stack]int64
	places  []*stack
}

// mostGraves bounds what is never forgotten.
const mostGraves = 1 << 14

// grave returns what becomes of the generation in a handle that held f and was
// released. It does not ask the front, which may be a collection's by now.
func (f *front) grave(gen int64) int64 {
	at := f.spentAt()
	if at == nil {
		return gen
	}
	graves.Lock()
	defer graves.Unlock()
	if number, ok := graves.numbers[at]; ok {
		return -number
	}
	if len(graves.places) == mostGraves {
		return gen
	}
	if graves.numbers == nil {
		graves.numbers = make(map[*stack]int64)
	}
	graves.places = append(graves.places, at)
	graves.numbers[at] = int64(len(graves.places))
	return -graves.numbers[at]
}

// releasedFirst returns where a handle with block b and generation gen, or the one
// that it is a copy of, was released, if that is known.
func releasedFirst(b *block, gen int64) *stack {
	if f := b.front(); f != nil {
		return f.spentAt()
	}
	if b != &gone || gen >= 0 {
		return nil
	}
	graves.Lock()
	defer graves.Unlock()
	return graves.places[-gen-1]
}
