// Package bubble tells which testing/synctest bubble a goroutine is in.
//
// A goroutine that waits at a channel of its own bubble lets the bubble's clock
// go on; one that waits at a mutex stops it. But a channel of one bubble that is
// used from outside of it ends the process. So who wakes and who waits must know
// whether they are in the same one.
package bubble

import (
	"bytes"
	"runtime"
	"strconv"
	"time"
)

// ID names a bubble. Zero is no bubble, or one that could not be told.
type ID uint64

// start is later than the time in a new bubble, which is the first of the year
// 2000.
var start = time.Now()

// Current returns the bubble of the calling goroutine. It costs a look at the
// clock outside of a bubble and some microseconds inside.
//
// The runtime tells a bubble's number nowhere but in the first line of a stack:
// "goroutine 8 [running, synctest bubble 1]:". Should that line change one day,
// the answer is zero, which is always safe.
func Current() ID {
	// A bubble's clock that has gone on for decades says no, which is safe too.
	if !time.Now().Before(start) {
		return 0
	}
	var line [128]byte
	return parse(line[:runtime.Stack(line[:], false)])
}

func parse(stack []byte) ID {
	line, _, _ := bytes.Cut(stack, []byte("]:"))
	_, number, found := bytes.Cut(line, []byte(", synctest bubble "))
	if !found {
		return 0
	}
	id, err := strconv.ParseUint(string(number), 10, 64)
	if err != nil {
		return 0
	}
	return ID(id)
}
