package refcount

// Watched has h's object observed by somebody who does nothing, with a front for
// each handle or one for all, and returns h: so the suites can run over observed
// objects too.
func Watched[T any](h *Strong[T], each bool) Strong[T] {
	if !h.observe(idle{}, each) {
		panic("refcount: the object has other handles")
	}
	return h.Move()
}

// MadeAt has h's object observed by somebody who knows where it was made, and
// returns h.
func MadeAt[T any](h *Strong[T], stack []uintptr) Strong[T] {
	if !h.observe(maker{stack: stack}, false) {
		panic("refcount: the object has other handles")
	}
	return h.Move()
}

type maker struct {
	idle
	stack []uintptr
}

func (m maker) origin(*block) []uintptr { return m.stack }

type idle struct{}

func (idle) fronted(*front)            {}
func (idle) before(*block, *front, op) {}
func (idle) after(*block, *front, op)  {}
func (idle) ended(*block)              {}
