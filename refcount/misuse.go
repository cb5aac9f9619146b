package refcount

import (
	"fmt"
	"sync/atomic"
)

// refuse panics because op cannot be done with a handle to b, whose word was
// state.
//
//go:noinline
func refuse[T any](op, handle string, b *block, state int64) {
	panic("refcount: " + misuse(op, handle, fmt.Sprintf("%s[%s]", handle, typeName[T]()), b, state))
}

// undo takes back an addition to b's word that must not have been made, and
// panics. It is not inlined, for the sake of the path that does not come here.
//
//go:noinline
func undo[T any](op string, b *block, added int64) {
	var n int64
	if b != nil {
		n = atomic.AddInt64(&b.state, -added) + added
	}
	refuse[T](op, "Strong", b, n)
}

func misuse(op, handle, typ string, b *block, state int64) string {
	switch {
	case b == nil:
		return fmt.Sprintf("%s of a zero %s: get a handle from New, Wrap, Clone, Downgrade or Upgrade first", op, typ)
	case b == &gone:
		return fmt.Sprintf("%s of a %s that was released or moved away before: release a handle once, and Clone it for each further owner", op, typ)
	case strong(state) > maxStrong || weak(state) > maxWeak:
		return fmt.Sprintf("%s of a %s that has more than %d handles: something clones without releasing", op, typ, maxStrong)
	case handle == "Weak":
		return fmt.Sprintf("%s of a copied %s: as many were released as were made; Downgrade for each further owner (go vet finds the copy)", op, typ)
	default:
		return fmt.Sprintf("%s of a %s whose object is destroyed: a copy of this handle was released in its place; Clone it for each further owner (go vet finds the copy)", op, typ)
	}
}
