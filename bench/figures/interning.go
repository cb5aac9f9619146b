package figures

// interningSection has the figures of package interning. A hit is a lookup of a string of 16
// bytes that is there, in a copy of its own.
var interningSection = Section{
	Name: "interning", File: "figures-interning.txt", Title: "Interning",
	Text: `Hits are measured as programs with many lookups between two collections have them: of strings that have been asked
for since the last one. "Once" is the opposite, and "strict" is never so. The plain map has no lock, keeps everything,
and is asked by one goroutine. Two libraries are measured as well: go4.org/intern, and josharian/intern, whose copies
of equal strings need not be the same.`,
	Figures: []Figure{
		{"intern-hit-1", "String, 1 string", "unique.Make", CPU, 0.5, brief},
		{"intern-hit-1k-uniform", "String, 1,000 strings, uniform", "unique.Make", CPU, 0.5, brief},
		{"intern-hit-1k-zipf", "String, 1,000 strings, Zipf", "unique.Make", CPU, 0.5, brief},
		{"intern-hit-10k-uniform", "String, 10,000 strings, uniform", "unique.Make", CPU, 0.5, brief},
		{"intern-hit-10k-zipf", "String, 10,000 strings, Zipf", "unique.Make", CPU, 0.5, brief},
		{"intern-hit-100k-uniform", "String, 100,000 strings, uniform", "unique.Make", CPU, 0.5, brief},
		{"intern-hit-100k-zipf", "String, 100,000 strings, Zipf", "unique.Make", CPU, 0.5, brief},
		{"intern-hit-1m-uniform", "String, 1 M strings, uniform", "unique.Make", CPU, 0.5, brief},
		{"intern-hit-1m-zipf", "String, 1 M strings, Zipf", "unique.Make", CPU, 0.5, brief},

		{"intern-map-1", "String, 1 string", "plain map", CPU, 1.3, brief},
		{"intern-map-1k-uniform", "String, 1,000 strings, uniform", "plain map", CPU, 1.3, brief},
		{"intern-map-10k-uniform", "String, 10,000 strings, uniform", "plain map", CPU, 1.3, brief},
		{"intern-map-100k-zipf", "String, 100,000 strings, Zipf", "plain map", CPU, 1.3, brief},
		{"intern-map-1m-uniform", "String, 1 M strings, uniform", "plain map", CPU, 1.3, brief},

		{"intern-bytes-1", "Bytes, 1 string", "unique.Make(string(b))", CPU, 0.5, brief},
		{"intern-bytes-1k-zipf", "Bytes, 1,000 strings, Zipf", "unique.Make(string(b))", CPU, 0.5, brief},
		{"intern-bytes-100k-uniform", "Bytes, 100,000 strings, uniform", "unique.Make(string(b))", CPU, 0.5, brief},

		{"intern-strict-1", "strict Table, 1 string", "unique.Make", CPU, 0.85, brief},
		{"intern-strict-1k-zipf", "strict Table, 1,000 strings, Zipf", "unique.Make", CPU, 0.85, brief},
		{"intern-strict-100k-uniform", "strict Table, 100,000 strings, uniform", "unique.Make", CPU, 0.85, brief},

		{"intern-struct-integers", "Table of a struct of two integers", "unique.Make", CPU, 0.6, brief},
		{"intern-struct-strings", "Table of a struct of two strings and an integer", "unique.Make", CPU, 0.6, brief},
		{"intern-int", "Int, 1,000 integers", "unique.Make", CPU, 0.6, brief},

		{"intern-tuple", "TupleOf, four short strings", "String of the same bytes", CPU, 2, brief},
		{"intern-set", "FrozenSetOf, four short strings", "String of the same bytes", CPU, 2, brief},
		{"intern-set-shuffled", "FrozenSetOf, four short strings in another order", "String of the same bytes", CPU, 2, brief},
		{"intern-tuple-integers", "TupleOf, four integers", "String of as many bytes", CPU, 2, brief},
		{"intern-set-integers", "FrozenSetOf, four integers", "String of as many bytes", CPU, 2, brief},

		{"intern-miss", "Bytes of a new string, and its death", "unique.Make(string(b))", CPU, 0.55, steady},
		{"intern-miss-allocs", "allocations of a new string", "", Allocs, 2, 0},
		{"intern-churn", "nine hits of 10,000 strings, and a new one, and its death", "unique.Make(string(b))", CPU, 0.4, steady},
		{"intern-once", "100,000 strings asked for once, and the collection", "unique.Make", CPU, 1, 0},
		{"intern-memory", "a string of 16 bytes, of 1 M", "unique.Make", Memory, 0.55, 0},
		{"intern-collect-1m", "collection and sweep with 1 M strings", "unique.Make", CPU, 0.4, 0},

		{"intern-go4-1k-zipf", "String, 1,000 strings, Zipf", "go4.org/intern", CPU, 1, brief},
		{"intern-go4-miss", "Bytes of a new string, and its death", "go4.org/intern", CPU, 1, steady},
		{"intern-josharian-1", "String, 1 string", "josharian/intern", CPU, 1, brief},
		{"intern-josharian-1k-zipf", "String, 1,000 strings, Zipf", "josharian/intern", CPU, 1, brief},
		{"intern-josharian-100k-uniform", "String, 100,000 strings, uniform", "josharian/intern", CPU, 1, brief},
		{"intern-josharian-1m-uniform", "String, 1 M strings, uniform", "josharian/intern", CPU, 1, brief},
	},
}
