package sim

import (
	"slices"
	"strings"
	"testing"
)

// newPy returns an interpreter whose heap is checked when the test ends: every
// count right, nothing held by the test, nothing unraisable that the test has not
// taken note of.
func newPy(t testing.TB) *Interpreter {
	t.Helper()
	py := New(Options{})
	t.Cleanup(func() {
		t.Helper()
		if !t.Failed() {
			checkClean(t, py)
		}
	})
	return py
}

func checkClean(t testing.TB, py *Interpreter) {
	t.Helper()
	if err := py.CheckHeap(); err != nil {
		t.Error(err)
	}
	for _, o := range py.Held() {
		t.Errorf("%v is held %d times by the test", o, o.temps)
	}
	for _, u := range py.unraisable {
		t.Errorf("unraisable in %s: %v", u.Source, u.Err)
	}
	if py.depth != 0 || py.nesting != 0 || len(py.trash) != 0 || py.tries != 0 || len(py.args) != 0 ||
		len(py.detached) != 0 || len(py.callbacks) != 0 || len(py.registry.running) != 0 || py.reprDepth != 0 {
		t.Error("the interpreter has not come to rest")
	}
}

// takeUnraisable returns what was recorded and forgets it.
func takeUnraisable(py *Interpreter) []string {
	var got []string
	for _, u := range py.unraisable {
		got = append(got, u.Err.Error())
	}
	py.unraisable = nil
	return got
}

// recorder is a Python list of strings that functions append to.
type recorder struct {
	py  *Interpreter
	got []string
}

// note returns a function that records a name when called, whatever with.
func (r *recorder) note(name string) *Object {
	return r.py.Function(name, func([]*Object) *Object {
		r.got = append(r.got, name)
		return nil
	})
}

// class returns a class whose instances record "del NAME" from __del__; NAME is
// their first argument.
func (r *recorder) class() *Object {
	py := r.py
	return py.NewClass("D", Class{
		Init: func(self *Object, args []*Object) {
			py.SetAttr(py.Retain(self), "name", py.Retain(args[0]))
		},
		Del: func(self *Object) {
			name := py.Attr(py.Retain(self), "name")
			r.got = append(r.got, "del "+name.AsStr())
			py.Release(name)
		},
	})
}

func (r *recorder) want(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(r.got, want) {
		t.Errorf("got %q, want %q", r.got, want)
	}
	r.got = nil
}

// wantRaise fails unless f raises exactly that.
func wantRaise(t *testing.T, py *Interpreter, want string, f func()) {
	t.Helper()
	switch err := py.Try(f); {
	case err == nil:
		t.Errorf("nothing was raised, want %s", want)
	case err.Error() != want:
		t.Errorf("raised %v, want %s", err, want)
	}
}

// wantMisuse fails unless f panics with a message that contains want.
func wantMisuse(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		m, ok := recover().(misuse)
		if !ok || !strings.HasPrefix(string(m), "sim: ") || !strings.Contains(string(m), want) {
			t.Errorf("panicked with %q, want a misuse with %q", m, want)
		}
	}()
	f()
}

// node defines class Node: pass.
func node(py *Interpreter) *Object { return py.NewClass("Node", Class{}) }

// refs returns sys.getrefcount of a name, without the one that Load adds.
func refs(py *Interpreter, name string) int {
	o := py.Load(name)
	defer py.Release(o)
	return o.RefCount() - 1
}

// dead reports whether the weak reference of that name is dead.
func dead(py *Interpreter, name string) bool {
	o := py.Deref(py.Load(name))
	defer py.Release(o)
	return o.IsNone()
}
