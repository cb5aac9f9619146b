package main

import (
	"hash/maphash"
	"math"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// chooses says that onQuickest does what it says.
const chooses = true

// onQuickest calls f in a thread that keeps to one processor, that which is the quickest
// at this moment, and so do the processes that f starts. On a machine that is shared, one
// processor may take twice as long as the next, for minutes.
func onQuickest(f func() error) error {
	runtime.LockOSThread()
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		runtime.UnlockOSThread()
		return f()
	}
	defer func() {
		// A thread that cannot be freed ends with its goroutine, which stays locked to it.
		if unix.SchedSetaffinity(0, &all) == nil {
			runtime.UnlockOSThread()
		}
	}()
	quickest, least := -1, time.Duration(math.MaxInt64)
	for cpu := range 8 * int(unsafe.Sizeof(all)) {
		if all.IsSet(cpu) && keepTo(cpu) == nil {
			if took := calibrate(); took < least {
				quickest, least = cpu, took
			}
		}
	}
	if quickest >= 0 {
		if err := keepTo(quickest); err != nil {
			return err
		}
	}
	return f()
}

func keepTo(cpu int) error {
	var one unix.CPUSet
	one.Set(cpu)
	return unix.SchedSetaffinity(0, &one)
}

// calibrate returns the least time of a few that this processor takes for some work
// without waiting for memory.
func calibrate() time.Duration {
	const tries, work, size = 5, 2000, 1 << 10
	seed, data := maphash.MakeSeed(), make([]byte, size)
	least := time.Duration(math.MaxInt64)
	for range tries {
		from := time.Now()
		for i := range work {
			data[i&(size-1)] = byte(maphash.Bytes(seed, data))
		}
		least = min(least, time.Since(from))
	}
	return least
}
