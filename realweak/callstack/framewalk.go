//go:build gc && !purego && (amd64 || arm64)

package callstack

// walk writes the return addresses of the calling function's callers to pcs, at
// most limit of them, by following the frame pointers, which the compiler keeps on these
// machines. whole is false if it lost the way before the outermost frame: then
// they are worth nothing.
//
// It cannot fault. A frame pointer is followed only if it lies on this goroutine's
// own stack, whose bounds are the first two words of the runtime's record of the
// goroutine, and above the last one. Assembly that uses the register for something else, and
// a callback from C, only make it lose its way. Nor can the stack move meanwhile: the
// runtime interrupts no assembly. A runtime whose record begins otherwise fails the
// test that the bounds enclose the stack pointer.
//
//go:noescape
func walk(pcs *uintptr, limit int) (n int, whole bool)
