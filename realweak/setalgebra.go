package realweak

// The operations of sets with sets look at one member after the other. While one of
// the sets is changed elsewhere, or loses members to the collector, the result is
// right for each object at some moment of the call, not for all at the same one.

// Union returns a new set of the objects that are members of s or of other.
func (s *Set[T]) Union(other *Set[T]) *Set[T] {
	u := s.Clone()
	u.Merge(other.All())
	return u
}

// Intersect returns a new set of the objects that are members of both.
func (s *Set[T]) Intersect(other *Set[T]) *Set[T] { return s.those(other.Contains) }

// Difference returns a new set of the members of s that are not members of other.
func (s *Set[T]) Difference(other *Set[T]) *Set[T] {
	return s.those(func(p *T) bool { return !other.Contains(p) })
}

// SymmetricDifference returns a new set of the objects that are members of one of
// the two only.
func (s *Set[T]) SymmetricDifference(other *Set[T]) *Set[T] {
	d := s.Difference(other)
	d.Merge(other.Difference(s).All())
	return d
}

// IsSubset reports whether every member of s is a member of other.
func (s *Set[T]) IsSubset(other *Set[T]) bool {
	for p := range s.All() {
		if !other.Contains(p) {
			return false
		}
	}
	return true
}

// IsSuperset reports whether every member of other is a member of s.
func (s *Set[T]) IsSuperset(other *Set[T]) bool { return other.IsSubset(s) }

// IsDisjoint reports whether no object is a member of both.
func (s *Set[T]) IsDisjoint(other *Set[T]) bool {
	for p := range s.All() {
		if other.Contains(p) {
			return false
		}
	}
	return true
}

// Equal reports whether both have the same members.
func (s *Set[T]) Equal(other *Set[T]) bool { return s.IsSubset(other) && other.IsSubset(s) }

// those returns a new set of the members that keep accepts.
func (s *Set[T]) those(keep func(*T) bool) *Set[T] {
	kept := new(Set[T])
	for p := range s.All() {
		if keep(p) {
			kept.Add(p)
		}
	}
	return kept
}
