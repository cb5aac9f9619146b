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

// Level returns the level of the process.
func Level() LeakLevel {
	scrutiny.Lock()
	defer scrutiny.Unlock()
	return scrutiny.level
}

// Tracked reports whether the leak detector tracks h's object.
func Tracked[T any](h *Strong[T]) bool {
	f := h.block.front()
	return f != nil && f.held != nil
}

// OnTrial reports whether the leak detector has let go of h's object, which it tracks.
func OnTrial[T any](h *Strong[T]) bool {
	t := h.block.front().held.object
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.core == nil && !t.over
}

// ForgetLeaks has the leaks that were found reported anew when they recur.
func ForgetLeaks() {
	leaks.mu.Lock()
	defer leaks.mu.Unlock()
	leaks.known, leaks.kinds = nil, nil
}
