package interning

// Option adjusts a [Table] when it is made.
type Option func(*config)

type config struct {
	name     string
	life     lifetime
	capacity int
	forget   uint64 // bits of every hash to clear; tests make bad hashes of it
}

// Named gives a table a name, which its events carry as their label and
// [Table.Name] returns. Names need not be unique. The default is none.
func Named(name string) Option {
	return func(c *config) { c.name = name }
}
