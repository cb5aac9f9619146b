//go:build linux || darwin || freebsd || netbsd || openbsd

package limits

import (
	"syscall"
	"unsafe"
)

// mapped returns memory that the Go runtime knows nothing of.
var mapped = func() *point {
	b, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic("no memory could be mapped: " + err.Error())
	}
	return (*point)(unsafe.Pointer(&b[0]))
}
