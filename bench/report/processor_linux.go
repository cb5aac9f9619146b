package main

import (
	"hash/maphash"
	"math"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// choosesProcessor reports whether onQuickest can do what it says: not if there are more
// processors than a CPUSet has room for, or if it is forbidden.
func choosesProcessor() bool {
	var all unix.CPUSet
	return unix.SchedGetaffinity(0, &all) == nil && unix.SchedSetaffinity(0, &all) == nil
}

// onQuickest calls f in a thread that keeps to one processor, that which is the quickest
// at this moment, and so do the processes that f starts. On a machine that is shared, one
// processor may take twice as long as the next, for minutes.
func onQuickest(f func() error) error {
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return err
	}
	runtime.LockOSThread()
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
	if err := keepTo(quickest); err != nil {
		return err
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
