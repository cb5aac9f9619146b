//go:build !gc || purego || !(amd64 || arm64)

package refcount

import (
	"bytes"
	"runtime"
	"strconv"
	"sync"
)

// A trace's buffer escapes, and a Release must not allocate.
var traces = sync.Pool{New: func() any { return new([64]byte) }}

// goroutine returns this goroutine's number from the first line of its stack
// trace, as net/http does for its own checks. It costs some microseconds.
func goroutine() uintptr {
	buf := traces.Get().(*[64]byte)
	defer traces.Put(buf)
	line := bytes.TrimPrefix(buf[:runtime.Stack(buf[:], false)], []byte("goroutine "))
	number, _, _ := bytes.Cut(line, []byte(" "))
	id, err := strconv.ParseUint(string(number), 10, 64)
	if err != nil {
		panic("refcount: no goroutine number in " + strconv.Quote(string(line)))
	}
	return uintptr(id)
}
