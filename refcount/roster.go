package refcount

// roster is an unordered list whose members know their places on it, so that one
// can be removed at once.
type roster[T interface{ place() *int }] []T

func (r *roster[T]) add(member T) {
	*member.place() = len(*r)
	*r = append(*r, member)
}

// remove takes member, which must be on the list, off it.
func (r *roster[T]) remove(member T) {
	all := *r
	last := len(all) - 1
	at := *member.place()
	all[at] = all[last]
	*all[at].place() = at
	var none T
	all[last] = none
	*r = all[:last]
}
