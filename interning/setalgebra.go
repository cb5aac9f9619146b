package interning

// Union returns the set of what is in s, in o, or in both.
func (s FrozenSet[E]) Union(o FrozenSet[E]) FrozenSet[E] {
	if s == o || o.n == nil {
		return s
	}
	if s.n == nil {
		return o
	}
	return s.with(o.n.members)
}

// With returns the set of what is in s, and elems.
func (s FrozenSet[E]) With(elems ...E) FrozenSet[E] { return s.with(elems) }

func (s FrozenSet[E]) with(elems []E) FrozenSet[E] {
	all := make([]E, 0, s.Len()+len(elems))
	for e := range s.All() {
		all = append(all, e)
	}
	return FrozenSetOf(append(all, elems...)...)
}

// Without returns the set of what is in s, but not among elems.
func (s FrozenSet[E]) Without(elems ...E) FrozenSet[E] { return s.Difference(FrozenSetOf(elems...)) }

// Intersect returns the set of what is in both s and o.
func (s FrozenSet[E]) Intersect(o FrozenSet[E]) FrozenSet[E] {
	if s == o {
		return s
	}
	if o.Len() < s.Len() {
		s, o = o, s
	}
	return s.where(func(e E) bool { return o.Contains(e) })
}

// Difference returns the set of what is in s, but not in o.
func (s FrozenSet[E]) Difference(o FrozenSet[E]) FrozenSet[E] {
	if o.n == nil {
		return s
	}
	return s.where(func(e E) bool { return !o.Contains(e) })
}

// SymmetricDifference returns the set of what is either in s or in o, but not in
// both.
func (s FrozenSet[E]) SymmetricDifference(o FrozenSet[E]) FrozenSet[E] {
	return s.Difference(o).Union(o.Difference(s))
}

// where returns the set of the members that ok accepts.
func (s FrozenSet[E]) where(ok func(E) bool) FrozenSet[E] {
	some := make([]E, 0, s.Len())
	for e := range s.All() {
		if ok(e) {
			some = append(some, e)
		}
	}
	if len(some) == s.Len() {
		return s
	}
	return FrozenSetOf(some...)
}

// IsSubset reports whether all that is in s is in o.
func (s FrozenSet[E]) IsSubset(o FrozenSet[E]) bool {
	if s.Len() > o.Len() {
		return false
	}
	for e := range s.All() {
		if !o.Contains(e) {
			return false
		}
	}
	return true
}

// IsSuperset reports whether all that is in o is in s.
func (s FrozenSet[E]) IsSuperset(o FrozenSet[E]) bool { return o.IsSubset(s) }

// IsDisjoint reports whether s and o have no member in common.
func (s FrozenSet[E]) IsDisjoint(o FrozenSet[E]) bool {
	if o.Len() < s.Len() {
		s, o = o, s
	}
	for e := range s.All() {
		if o.Contains(e) {
			return false
		}
	}
	return true
}
