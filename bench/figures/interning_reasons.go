package figures

// interningReasons says why figures of package interning have been above their limits.
var interningReasons = map[string]string{
	"intern-hit-1m-uniform":         "A million nodes lie all over the memory. What differs from run to run is what else fills the processor's caches: other runs had 0.28 to 0.36.",
	"intern-hit-1":                  "As intern-bytes-1.",
	"intern-josharian-1m-uniform":   "A million strings lie all over the memory, and what else fills the processor's caches differs from run to run.",
	"intern-map-1":                  "A Go map of up to eight strings compares them without a hash, which is most of what is left of a lookup here.",
	"intern-map-10k-uniform":        "Both read two lines of memory that others drive out of the cache: an earlier run had 0.80.",
	"intern-bytes-1":                "With one string in the cache, hashing it and reading the question are most of the time, on either side.",
	"intern-struct-strings":         "A struct with strings is hashed part by part and compared by the code that the compiler made for ==, as in unique; what is saved is unique's way to its table. The least of many runs was 36 ns beside 77.",
	"intern-josharian-100k-uniform": "As for a million strings.",
	"intern-strict-1":               "Both sides follow a weak pointer, and with one string in the cache that is most of the work. What is saved is unique's way to its table.",
	"intern-strict-100k-uniform":    "Both sides follow a weak pointer, to memory that is in no cache.",
	"intern-tuple":                  "The sides are processes of their own, and a few nanoseconds of the string's more or less decide.",
	"intern-set":                    "The order must not count, so each element is hashed by itself, and what all hashes have together is hashed once more.",
	"intern-miss":                   "Of our time a fifth goes into weak pointers, a fifth into marking and sweeping, both by the runtime, and a third into waiting for the memory of a table as large as what has not died yet. In turns in one process, with more alive, it was 0.33.",
	"intern-churn":                  "As intern-miss: one question in ten is a miss, and takes most of the time.",
	"intern-set-shuffled":           "A set knows the order in which it was made, and one more. In any other, each string has to be found by its place before it can be compared, so that nothing is read in advance.",
	"intern-set-integers":           "A string of 32 bytes is hashed in two steps, four integers in eight, since their order must not count.",
	"intern-go4-miss":               "go4.org/intern has one lock and one finalizer for each string; as long as one goroutine uses it, that is as little work as a weak pointer and a sweep.",
}
