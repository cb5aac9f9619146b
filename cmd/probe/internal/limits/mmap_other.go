//go:build !(linux || darwin || freebsd || netbsd || openbsd)

package limits

// mapped is nil where this program does not know how to map memory.
var mapped func() *point
