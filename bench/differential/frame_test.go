package differential

import (
	"iter"
	"runtime"
	"slices"
)

// frames is a scope whose variables are local variables of real Go functions, one
// each, which wait somewhere in their bodies while the program goes on.
type frames struct {
	running map[string]*frame
	all     []*frame
	// body is the function. The collector knows which of its variables will be
	// used again.
	body func(f *frame, yield func(*object) bool)
}

type frame struct {
	param *object // taken over by the function at once
	done  bool    // with the last use
	next  func() (*object, bool)
	stop  func()
}

// useAndReturn uses its variable until the program is done with it. The variable
// is in scope until the function returns, which is when the scope is left.
func useAndReturn(f *frame, yield func(*object) bool) {
	v := f.param
	f.param = nil
	for !f.done && yield(v) {
		continue
	}
	yield(nil)
}

// keepToTheEnd makes the end of the scope the last use.
func keepToTheEnd(f *frame, yield func(*object) bool) {
	v := f.param
	useAndReturn(f, yield)
	runtime.KeepAlive(v)
}

func newFrames(body func(*frame, func(*object) bool)) *frames {
	return &frames{running: map[string]*frame{}, body: body}
}

func (s *frames) get(name string) (o *object, defined bool) {
	f := s.running[name]
	if f == nil {
		return nil, false
	}
	return f.next()
}

// set starts a variable. The assignment ends what was there.
func (s *frames) set(name string, o *object) {
	s.lastUse(name)
	f := &frame{param: o}
	body := s.body
	f.next, f.stop = iter.Pull(func(yield func(*object) bool) { body(f, yield) })
	f.next() // to the first use
	s.running[name] = f
	s.all = append(s.all, f)
}

func (s *frames) lastUse(name string) {
	f := s.running[name]
	if f == nil {
		return
	}
	delete(s.running, name)
	f.done = true
	f.next()
}

func (s *frames) remove(name string) { s.lastUse(name) }

func (s *frames) leave() {
	for _, f := range slices.Backward(s.all) {
		f.stop()
	}
	s.all = nil
	clear(s.running)
}
