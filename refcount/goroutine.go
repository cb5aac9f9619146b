//go:build gc && !purego && (amd64 || arm64)

package refcount

// goroutine returns the address of the runtime's record of this goroutine. No
// other goroutine has the same one until this one has ended, which is all that
// is asked of it; nothing is read through it.
func goroutine() uintptr
