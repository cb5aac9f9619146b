package interning

import "fmt"

// Option adjusts a [Table] when it is made.
type Option func(*config)

type config struct {
	name     string
	life     lifetime
	capacity int
	forget   uint64 // bits of every hash to clear; tests make bad hashes of it
}

// Named gives a table a name, which its events carry as their label and their group,
// and [Table.Name] returns; and shows the table as a group of that name in
// [event.Groups]. Names need not be unique; tables of one name are shown as one. The
// default is none: the table is not shown. One that is shown is still collected when
// dropped.
func Named(name string) Option {
	return func(c *config) { c.name = name }
}

// Mortal has a value die when nobody holds a handle to it any more. It is the
// default.
//
// The table itself holds a value from when it is asked for until the next
// collection: that is what makes a lookup fast. Hence a value is found dead by the
// second collection after its last use, where [Strict] and the unique package need
// one.
func Mortal() Option {
	return func(c *config) { c.life, c.capacity = mortal, 0 }
}

// Strict is as [Mortal], but the table never holds a value by itself, not even until
// the next collection. Lookups take up to twice as long.
func Strict() Option {
	return func(c *config) { c.life, c.capacity = strict, 0 }
}

// Immortal has the table hold all its values for as long as it exists, or until
// [Table.Clear]. Lookups are as fast as they get, and cost the collector nothing
// afterwards. What comes from outside without a limit does not belong in such a
// table: see [Table.Lookup].
func Immortal() Option {
	return func(c *config) { c.life, c.capacity = immortal, 0 }
}

// Capacity has the table hold up to n values although nobody else does, for values
// that are needed again and again by users who come and go. Those above n are
// [Mortal]. It panics if n is negative.
//
// The policy: values are held as they are asked for. After a collection, if more
// than n are held, the table lets go of those that are too many, going round all it
// has, so that each gets its turn. One of these that is asked for before the next
// collection is held again, so what is in use stays. Nothing is ever taken out of
// the table that somebody holds: n limits what the table keeps alive, not how many
// values there are.
//
// # Not guaranteed
//
// Between two collections the table may hold any number of values. It does not know
// which of those that it holds were used last.
func Capacity(n int) Option {
	if n < 0 {
		panic(fmt.Sprintf("interning: a Capacity of %d; it is the number of values to hold, from 0", n))
	}
	return func(c *config) { c.life, c.capacity = mortal, n }
}
