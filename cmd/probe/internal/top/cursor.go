package top

// cursor stays on one item of a list that changes under it.
type cursor[K comparable] struct {
	key   K // of the item
	index int
	first int // item at the top of the window
}

// follow finds the item again in the list of keys; if it is gone, the cursor stays
// where it was.
func (c *cursor[K]) follow(keys []K) {
	for i, k := range keys {
		if k == c.key {
			c.index = i
			return
		}
	}
	c.move(0, keys)
}

// move goes by n items, and not beyond the ends.
func (c *cursor[K]) move(n int, keys []K) {
	c.index = max(min(c.index+n, len(keys)-1), 0)
	if c.index < len(keys) {
		c.key = keys[c.index]
	}
}

// window returns which n of all items to show: those around the cursor, without
// more movement than it takes.
func (c *cursor[K]) window(n, all int) (first, end int) {
	n = max(n, 1)
	c.first = min(c.first, max(all-n, 0))
	c.first = min(c.first, c.index)
	c.first = max(c.first, c.index-n+1)
	return c.first, min(c.first+n, all)
}
