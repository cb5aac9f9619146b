package sim

import "math"

// hash returns hash(o). It raises TypeError for what is unhashable.
func (in *Interpreter) hash(o *Object) uint64 {
	switch b := o.body.(type) {
	case *strObject:
		if o.typ == &strType {
			if !b.hashed {
				b.hash, b.hashed = hashString(b.s), true
			}
			return b.hash
		}
	case *intObject:
		if o.typ.class == nil {
			return mix(uint64(b.n))
		}
	}
	if f := o.typ.spec.Hash; f != nil {
		return f(o)
	}
	if o.typ.flags&unhashable != 0 {
		raise("TypeError", "unhashable type: '%s'", o.typ.name)
	}
	switch b := o.body.(type) {
	case *strObject:
		return hashString(b.s)
	case *bytesObject:
		if !b.hashed {
			b.hash, b.hashed = hashString(b.s), true
		}
		return b.hash
	case *intObject:
		return mix(uint64(b.n))
	case *floatObject:
		if b.f == math.Trunc(b.f) && math.Abs(b.f) < 1<<63 {
			return mix(uint64(int64(b.f))) // 1.0 == 1
		}
		return mix(math.Float64bits(b.f))
	case *tuple:
		h := uint64(len(b.items))
		for _, item := range b.items {
			h = mix(h ^ in.hash(item))
		}
		return h
	case *set:
		h := uint64(b.data.used)
		for i := range b.data.entries {
			if e := &b.data.entries[i]; e.key != nil {
				h ^= mix(e.hash)
			}
		}
		return h
	case *ref:
		return in.hashRef(b)
	case *method:
		return mix(b.fn.id ^ mix(b.self.id))
	}
	return mix(o.id)
}

// mix spreads a number over all bits (Fibonacci hashing, then folded).
func mix(n uint64) uint64 {
	n *= 0x9e3779b97f4a7c15
	return n ^ n>>32
}

// hashString is 64-bit FNV-1a, mixed: the same in each run, unlike CPython's.
func hashString(s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return mix(h)
}

// Hash returns hash(o). It raises TypeError for what is unhashable.
func (in *Interpreter) Hash(o *Object) uint64 {
	o.check()
	h := in.hash(o)
	in.Release(o)
	return h
}
