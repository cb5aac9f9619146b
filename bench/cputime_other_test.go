//go:build !unix

package bench

import "time"

// cpuTime returns 0: the metric is left out where package syscall has no
// Getrusage.
func cpuTime() time.Duration { return 0 }
