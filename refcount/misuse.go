package refcount

import (
	"fmt"
	"strings"
)

// refuse panics because op cannot be done with a handle to an object of
// generation gen, whose word was state.
//
//go:noinline
func refuse[T any](op, handle string, b *block, gen, state int64) {
	panic("refcount: " + misuse(op, handle, fmt.Sprintf("%s[%s]", handle, typeName[T]()), b, gen, state))
}

func misuse(op, handle, typ string, b *block, gen, state int64) (text string) {
	if first := releasedFirst(b, gen); first != nil {
		defer func() {
			text += "\nThe handle was released first at\n" + strings.TrimSuffix(Stack(first.PCs).indented("\t"), "\n")
		}()
	}
	switch f := b.front(); {
	case b == nil:
		return fmt.Sprintf("%s of a zero %s: get a handle from New, Wrap, Clone, Downgrade or Upgrade first", op, typ)
	case b == &gone:
		return fmt.Sprintf("%s of a %s that was released or moved away before: release a handle once, and Clone it for each further owner", op, typ)
	case current(state, gen) && strongs(state, gen) > maxStrong || weaks(state) > maxWeak:
		return fmt.Sprintf("%s of a %s that has more than %d handles: something clones without releasing", op, typ, maxStrong)
	case handle == "Weak":
		return fmt.Sprintf("%s of a copied %s: as many were released as were made; Downgrade for each further owner (go vet finds the copy)", op, typ)
	case f != nil && f.spentAt() != nil:
		return fmt.Sprintf("%s of a copied %s whose count was given back already: Clone a handle for each further owner (go vet finds the copy)", op, typ)
	default:
		return fmt.Sprintf("%s of a %s whose object is destroyed: a copy of this handle was released in its place; Clone it for each further owner (go vet finds the copy)", op, typ)
	}
}
