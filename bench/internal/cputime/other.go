//go:build !unix

// Package cputime reads the processor time of the process.
package cputime

import "time"

// Now returns 0: package syscall has no Getrusage here, and what is measured by it
// is left out.
func Now() time.Duration { return 0 }
