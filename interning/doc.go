// Package interning keeps one copy of equal things: strings, small integers,
// values of any comparable type, tuples and frozen sets. The copy, called the
// canonical one, dies when nobody uses it any more.
//
//   - [String] and [Bytes] return the canonical string; [Int] the canonical *int.
//   - [Table] is a private table for values of one type; its [Handle] is one word,
//     and two handles are equal if and only if their values are.
//   - [Tuple] is an immutable sequence and [FrozenSet] an immutable set, both
//     looked up by their elements without being built first, both one word, and
//     compared in one step.
//
// Looking up what is already there allocates nothing.
//
// # How it works
//
// A table leads from a hash to a chain of links, and a link refers to its node,
// the canonical copy, only weakly. Whoever holds a handle or the string holds the
// node:
//
//	shard ── buckets ── link ── link ── …        caller
//	                      ╎       ╎                │
//	                     weak    weak           Handle
//	                      ╎       └····> node <────┘
//	                      └····> dead
//
// Since a table holds no key strongly, a chain of handles within handles dies in
// one collection. Chains are immutable: a lookup walks one without any lock, and
// asks the links for their nodes only there, because that may have to wait for
// the collector. To add a node, a caller takes the shard's lock and replaces the
// chain that it walked, provided that it still stands; otherwise somebody was
// faster, and it walks again. Hence two canonical copies of equal values never
// live at the same time.
//
// Dead links leave in three ways: an addition to a chain drops those that it
// meets, a shard that is full is cleared of them before it grows, and a sweep
// after each collection (see realweak.OnCollection) looks for tables, shards and
// chains that have many. A table is known to the sweep only weakly: dropping the
// table is all there is to do to be rid of it.
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
// # Not guaranteed
//
// A canonical copy that nobody holds lives until a collection finds that out, and
// its entry in the table somewhat longer.
//
// The standard library's unique package does the same for handles of single
// values. It needs no further module and shares its table with the whole program;
// this package adds strings that need no handle, lookup by bytes and by elements,
// private tables, and counts of what they do.
package interning
