package realweak

import (
	"fmt"
	"iter"
	"reflect"
)

// Set is a concurrent set of objects that does not keep its members alive: one
// that nothing else refers to is gone from the set. Members are objects, not
// values: two pointers are the same member if they are equal. It is CPython's
// WeakSet (Lib/_weakrefset.py) but for that. The zero Set is empty and ready to
// use; it must not be copied after first use. All methods are safe for concurrent
// use, also while the set is iterated.
//
// A Set is how a type knows its instances without keeping them.
type Set[T any] struct {
	members KeyMap[T, struct{}]
}

// NewSet returns a set of the given objects. It panics as [Set.Add] does.
func NewSet[T any](members ...*T) *Set[T] {
	s := new(Set[T])
	for _, p := range members {
		s.Add(p)
	}
	return s
}

// NewNamedSet returns a set as [NewSet] does that is shown as a group of that name in
// [event.Groups]; see [ValueMapOptions]. It panics if name is empty.
func NewNamedSet[T any](name string, members ...*T) *Set[T] {
	if name == "" {
		panic("realweak: NewNamedSet without a name; NewSet makes a set that is not shown")
	}
	s := NewSet(members...)
	s.join(name)
	return s
}

// Add makes the object that p points to a member and reports whether it was none
// before. It panics if p is nil, and if T is so small that its objects may share
// a block ([CheckReferent]).
func (s *Set[T]) Add(p *T) bool {
	mustRefer("Set.Add", p)
	_, loaded := s.members.LoadOrStore(p, struct{}{})
	return !loaded
}

// Merge adds all objects of a sequence, such as the [Set.All] of another set.
func (s *Set[T]) Merge(objects iter.Seq[*T]) {
	for p := range objects {
		s.Add(p)
	}
}

// Remove ends p's membership and reports whether it was a member.
func (s *Set[T]) Remove(p *T) bool {
	_, loaded := s.members.LoadAndDelete(p)
	return loaded
}

// Contains reports whether p is a member.
func (s *Set[T]) Contains(p *T) bool {
	_, ok := s.members.Load(p)
	return ok
}

// Pop removes a member and returns it and true, or nil and false if none is alive.
// Of several goroutines that pop, no two get the same member.
func (s *Set[T]) Pop() (*T, bool) {
	for p := range s.All() {
		if s.Remove(p) {
			return p, true
		}
	}
	return nil, false
}

// Clear removes all members.
func (s *Set[T]) Clear() { s.members.Clear() }

// Len returns how many members are alive, as [KeyMap.Len] does.
func (s *Set[T]) Len() int { return s.members.Len() }

// LenApprox returns how many members the set stores, among them dead ones that no
// sweep has reached. It takes constant time.
func (s *Set[T]) LenApprox() int { return s.members.LenApprox() }

// String returns the type and the number of stored members, such as
// "Set[main.Page](3 members)". It looks at none of them.
func (s *Set[T]) String() string {
	return fmt.Sprintf("Set[%v](%d members)", reflect.TypeFor[T](), s.LenApprox())
}

// All iterates over the living members in no particular order, as [KeyMap.All]
// does.
func (s *Set[T]) All() iter.Seq[*T] { return s.members.Keys() }

// Refs iterates over the members as weak references, as [Set.All] does, but keeps
// none alive. A reference may be dead when it comes up, or soon after.
func (s *Set[T]) Refs() iter.Seq[Ref[T]] { return first(s.members.Refs()) }

// Clone returns a set of its own with the living members.
func (s *Set[T]) Clone() *Set[T] {
	clone := new(Set[T])
	clone.Merge(s.All())
	return clone
}
