//go:build unix

// Package cputime reads the processor time of the process.
package cputime

import (
	"syscall"
	"time"
)

// Now returns the processor time that this process has used, on all threads, the
// collector's included.
func Now() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
