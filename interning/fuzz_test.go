package interning

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// split cuts text into parts, so that the fuzzer easily finds different parts of
// one text.
func split(text string) []string { return strings.Split(text, ",") }

func FuzzTuple(f *testing.F) {
	f.Add("ab,c", "a,bc")
	f.Add("", ",")
	f.Add("a,b", "b,a")
	f.Add("a,a", "a")
	f.Add("x,y,z", "x,y,z")
	good, bad := newTuples[string](config{}), newTuples[string](config{forget: ^uint64(0)})
	f.Fuzz(func(t *testing.T, x, y string) {
		a, b := split(x), split(y)
		for _, in := range []*tuples[string]{good, bad} {
			ta, tb := newTuple(in, a...), newTuple(in, b...)
			if (ta == tb) != slices.Equal(a, b) {
				t.Errorf("tuples of %q and %q are one: %v", a, b, ta == tb)
			}
			if !slices.Equal(ta.Slice(), a) || newTuple(in, ta.Slice()...) != ta {
				t.Errorf("the tuple of %q has %q", a, ta.Slice())
			}
		}
		// The same elements, nested in two ways.
		cut := len(a) / 2
		whole := TupleOf(TupleOf(a...), TupleOf(b...))
		parts := TupleOf(TupleOf(a[:cut]...), TupleOf(append(slices.Clone(a[cut:]), b...)...))
		if (whole == parts) != (cut == len(a)) {
			t.Errorf("%v and %v are one: %v", whole, parts, whole == parts)
		}
	})
}

func FuzzFrozenSet(f *testing.F) {
	f.Add("ab,c", "c,ab")
	f.Add("a,b,a", "b,a,b")
	f.Add("", ",")
	f.Add("a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r", "r,q,p,o,n,m,l,k,j,i,h,g,f,e,d,c,b,a")
	good, bad := newSets[string](config{}), newSets[string](config{forget: ^uint64(0)})
	f.Fuzz(func(t *testing.T, x, y string) {
		a, b := split(x), split(y)
		ma, mb := make(map[string]bool), make(map[string]bool)
		for _, e := range a {
			ma[e] = true
		}
		for _, e := range b {
			mb[e] = true
		}
		for _, in := range []*sets[string]{good, bad} {
			sa, sb := newSet(in, a...), newSet(in, b...)
			if (sa == sb) != maps.Equal(ma, mb) {
				t.Errorf("sets of %q and %q are one: %v", a, b, sa == sb)
			}
			if !slices.Equal(slices.Sorted(sa.All()), slices.Sorted(maps.Keys(ma))) || newSet(in, sa.Slice()...) != sa {
				t.Errorf("the set of %q has %q", a, sa.Slice())
			}
			for _, e := range b {
				if sa.Contains(e) != ma[e] {
					t.Errorf("the set of %q contains %q: %v", a, e, sa.Contains(e))
				}
			}
		}
	})
}

func FuzzMap(f *testing.F) {
	f.Add("a=b,c=d", "c=d,a=b")
	f.Add("a=b,a=c", "a=c")
	f.Add("ab=c", "a=bc")
	f.Add("=,", "=")
	parse := func(text string) (entries []label, plain map[string]string) {
		plain = make(map[string]string)
		for _, part := range split(text) {
			k, v, _ := strings.Cut(part, "=")
			entries = append(entries, label{k, v})
			plain[k] = v
		}
		return entries, plain
	}
	good, bad := newMappings[string, string](config{}), newMappings[string, string](config{forget: ^uint64(0)})
	f.Fuzz(func(t *testing.T, x, y string) {
		a, pa := parse(x)
		b, pb := parse(y)
		for _, in := range []*mappings[string, string]{good, bad} {
			ma, mb := newMap(in, a...), newMap(in, b...)
			if (ma == mb) != maps.Equal(pa, pb) {
				t.Errorf("maps of %q and %q are one: %v", a, b, ma == mb)
			}
			if !maps.Equal(maps.Collect(ma.All()), pa) || newMap(in, ma.Entries()...) != ma {
				t.Errorf("the map of %q has %v", a, ma)
			}
			for k, v := range pb {
				if got, ok := ma.Get(k); ok != (pa[k] == got && hasKey(pa, k)) || hasKey(pa, k) && pa[k] == v && got != v {
					t.Errorf("the map of %q has %q for %q: %v", a, got, k, ok)
				}
			}
		}
	})
}

func hasKey(m map[string]string, k string) bool {
	_, ok := m[k]
	return ok
}
