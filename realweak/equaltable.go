package realweak

import (
	"runtime"
	"sync/atomic"
	"weak"

	"github.com/puzpuzpuz/xsync/v4"
)

// equalTable is what a KeyMap by value owns. An entry is found by the hash of its
// key, and belongs to the first of the equal keys that were stored.
//
// All entries of one hash are a chain that is replaced as a whole and never
// changed, so that equal is called on keys of a chain that nobody else can change,
// and without any lock: it may call the map itself.
type equalTable[K, V any] struct {
	sweeping[uint64, chain[V]]
	fast    *xsync.Map[uint64, chain[V]] // the map in entries
	hash    func(*K) uint64
	equal   func(a, b *K) bool
	count   atomic.Int64    // entries, dead ones too
	removed listener[*K, V] // may be nil
	watched *watchedKeys    // nil unless keys tell of their death one by one
}

type chain[V any] struct{ links *[]chainLink[V] }

type chainLink[V any] struct {
	key   weak.Pointer[byte]
	value V
}

func (c chain[V]) same(other chain[V]) bool { return c.links == other.links }

func (c chain[V]) all() []chainLink[V] {
	if c.links == nil {
		return nil
	}
	return *c.links
}

func newEqualTable[K, V any](hash func(*K) uint64, equal func(a, b *K) bool, o KeyMapOptions[K, V]) *equalTable[K, V] {
	t := &equalTable[K, V]{hash: hash, equal: equal, removed: o.OnRemoval}
	entries := newXStore[uint64, chain[V]]()
	t.entries, t.fast = entries, entries.m
	t.dead = chain[V].hasDead
	t.bury = t.buryChain
	if o.perEntry() {
		t.watched = newWatchedKeys()
	} else {
		sweepWhileAlive(t)
	}
	return t
}

func (c chain[V]) hasDead() bool {
	for _, l := range c.all() {
		if cleared(l.key) {
			return true
		}
	}
	return false
}

// find returns the place of key's entry in a chain, or -1.
func (t *equalTable[K, V]) find(c chain[V], key *K) int {
	for i, l := range c.all() {
		if k := referent[K](l.key); k != nil && (k == key || t.equal(k, key)) {
			return i
		}
	}
	return -1
}

// change replaces the chain that was seen by one with entry i set to a new value,
// taken out (to nil), or added (i < 0), and without its dead ones. It reports
// whether the chain was still the one seen.
func (t *equalTable[K, V]) change(hash uint64, seen chain[V], i int, to *chainLink[V]) bool {
	var links []chainLink[V]
	var dead []V
	for j, l := range seen.all() {
		switch {
		case j == i && to != nil:
			links = append(links, *to)
		case j == i:
		case !cleared(l.key):
			links = append(links, l)
		default:
			dead = append(dead, l.value)
		}
	}
	if i < 0 && to != nil {
		links = append(links, *to)
	}
	done := false
	if len(links) > 0 {
		_, done = t.entries.putIf(hash, seen, chain[V]{&links})
	} else {
		done = seen.links == nil || t.entries.deleteIf(hash, seen)
	}
	if !done {
		return false
	}
	t.count.Add(int64(len(links) - len(seen.all())))
	for _, value := range dead {
		t.gone(nil, value, Collected)
	}
	return true
}

func (t *equalTable[K, V]) buryChain(hash uint64, c chain[V]) { t.change(hash, c, -1, nil) }

func (t *equalTable[K, V]) lookup(key *K) (value V, ok bool) {
	c, _ := t.fast.Load(t.hash(key))
	if i := t.find(c, key); i >= 0 {
		return c.all()[i].value, true
	}
	return value, false
}

func (t *equalTable[K, V]) swap(key *K, value V) (old V, had bool) {
	hash := t.hash(key)
	for {
		seen, _ := t.entries.load(hash)
		i := t.find(seen, key)
		if i >= 0 {
			was := seen.all()[i]
			if t.change(hash, seen, i, &chainLink[V]{was.key, value}) {
				t.left(was, Replaced)
				return was.value, true
			}
		} else if t.add(hash, seen, key, value) {
			var none V
			return none, false
		}
	}
}

func (t *equalTable[K, V]) add(hash uint64, seen chain[V], key *K, value V) bool {
	made := weak.Make(key)
	enroll(made)
	ref := untyped(made)
	if t.watched != nil && t.watched.add(ref) {
		Finalize(key, reapEqual[K, V], keyNotice[equalTable[K, V]]{weak.Make(t), hash, ref}).SetAtExit(false)
	}
	done := t.change(hash, seen, -1, &chainLink[V]{ref, value})
	runtime.KeepAlive(key)
	if done && t.watched == nil {
		t.inserted()
	}
	return done
}

func reapEqual[K, V any](n keyNotice[equalTable[K, V]]) {
	t := n.table.Value()
	if t == nil {
		return
	}
	t.watched.remove(n.ref)
	for {
		seen, _ := t.entries.load(n.at)
		if !seen.hasDead() || t.change(n.at, seen, -1, nil) {
			return
		}
	}
}

func (t *equalTable[K, V]) loadOrStore(key *K, value V) (actual V, loaded bool) {
	hash := t.hash(key)
	for {
		seen, _ := t.entries.load(hash)
		if i := t.find(seen, key); i >= 0 {
			return seen.all()[i].value, true
		}
		if t.add(hash, seen, key, value) {
			return value, false
		}
	}
}

func (t *equalTable[K, V]) remove(key *K, accept func(V) bool) (old V, ok bool) {
	hash := t.hash(key)
	for {
		seen, _ := t.entries.load(hash)
		i := t.find(seen, key)
		if i < 0 || !accept(seen.all()[i].value) {
			return old, false
		}
		if t.change(hash, seen, i, nil) {
			was := seen.all()[i]
			t.left(was, Explicit)
			return was.value, true
		}
	}
}

func (t *equalTable[K, V]) compareAndSwap(key *K, old, fresh V) bool {
	hash := t.hash(key)
	for {
		seen, _ := t.entries.load(hash)
		i := t.find(seen, key)
		if i < 0 || any(seen.all()[i].value) != any(old) {
			return false
		}
		was := seen.all()[i]
		if t.change(hash, seen, i, &chainLink[V]{was.key, fresh}) {
			t.left(was, Replaced)
			return true
		}
	}
}

func (t *equalTable[K, V]) each(yield func(weak.Pointer[K], V) bool) {
	scan(t.entries, t.fast, func(_ uint64, c chain[V]) bool {
		for _, l := range c.all() {
			if !yield(typed[K](l.key), l.value) {
				return false
			}
		}
		return true
	})
}

func (t *equalTable[K, V]) size() int { return int(t.count.Load()) }

func (t *equalTable[K, V]) clear() {
	for hash := range t.entries.all() {
		seen, had := t.entries.take(hash)
		if !had {
			continue
		}
		t.count.Add(-int64(len(seen.all())))
		for _, l := range seen.all() {
			if key := referent[K](l.key); key != nil {
				t.gone(key, l.value, Cleared)
			} else {
				t.gone(nil, l.value, Collected)
			}
		}
	}
}

// left tells of an entry with the key that it belonged to, which need not be the
// caller's.
func (t *equalTable[K, V]) left(was chainLink[V], cause Cause) {
	if t.removed != nil {
		t.removed.tell(referent[K](was.key), was.value, cause)
	}
}

func (t *equalTable[K, V]) gone(key *K, value V, cause Cause) {
	if t.removed != nil {
		t.removed.tell(key, value, cause)
	}
}
