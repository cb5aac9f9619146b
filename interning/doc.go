// Package interning keeps one copy of equal things: strings, small integers,
// values of any comparable type, tuples, frozen sets and frozen maps. The copy,
// called the canonical one, dies when nobody uses it any more.
//
//   - [String], [Bytes] and [Parts] return the canonical string; [Int] the canonical
//     *int.
//   - [Table] is a private table for values of one type; its [Handle] is one word,
//     and two handles are equal if and only if their values are.
//   - [Tuple], [Pair] and [Triple] are immutable sequences, [FrozenSet] is an
//     immutable set and [Map] an immutable map. All are looked up by their parts
//     without being built first, are one word, and compared in one step.
//   - [Scope] keeps what is interned through it, for the length of a request.
//
// Looking up what is already there allocates nothing.
//
// # How it works
//
// A table leads from a hash to a bucket, which is one cache line, with a few bits of
// the hashes and a pointer to the node, the canonical copy, for each of seven
// entries. In the back of the bucket are weak pointers to the same nodes:
//
//	shard ── bucket ── back           caller
//	           │        ╎               │
//	         strong    weak          Handle
//	           ▼        ▼               ▼
//	          node     node <───────────┘
//
// The pointer in the bucket is strong, but only until the next collection is over.
// Then the weak pointer takes its place, which is made at this time if there is
// none: what has been replaced or forgotten by then never needs one. The first
// lookup that finds the node by its weak pointer puts the strong one back. So most
// lookups find their node as they would in a plain map, and without any lock.
//
// To add a node, a caller takes the shard's lock, provided that nobody has added
// another one since it looked; otherwise it looks again. Hence two canonical copies
// of equal values never live at the same time. Weak pointers are never followed
// under a lock, because that may have to wait for the collector.
//
// Dead nodes leave in two ways: a shard that is full is cleared of them before it
// grows, and a sweep after each collection (see realweak.OnCollection) looks for
// tables and shards that have many. Since a table soon holds no node any more,
// handles within handles die together, however deep. A table is known to the sweep
// only weakly: dropping the table is all there is to do to be rid of it.
//
// # Values
//
// Values are equal if == says so. Therefore 0.0 and -0.0 share a canonical value,
// with the sign of whichever came first. A value that differs from itself because
// a NaN is in it is equal to no other: it never enters a table, and each call
// returns a new copy. A value with an interface that holds a slice, a map or a
// function panics, as it does as a key of a map.
//
// Strings are copied when they first enter a table, also those inside structs,
// arrays and interfaces, so that a short piece of a large text does not keep the
// text. What pointers lead to is not copied; pointers are compared as such.
//
// Hashes depend on random numbers of the process, so nobody outside can choose
// values that collide. Values with any pattern share a bucket with no more than 31
// others in a table of 50,000; tests hold that for sequences, multiples, strings
// that differ in one place, tuples of few elements in all orders, all sets of a few
// members, and others. Values that do have one hash are all looked
// at by a lookup of one of them.
//
// # Not guaranteed
//
// A canonical copy that nobody holds is found dead by the second collection after
// its last use, not the first (see [Strict]), and its entry in the table is removed
// some time after that.
//
// The standard library's unique package does the same for handles of single values.
// It needs no further module, shares its table with the whole program, and lets go
// at the first collection; this package adds strings that need no handle, lookup by
// bytes and by parts, private tables, other lifetimes, and counts of what they do.
package interning
