// Package settle waits in benchmarks for what collections bring about.
package settle

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak"
)

// Collect collects, and waits for what follows.
func Collect(b *testing.B) {
	b.Helper()
	runtime.GC()
	Drain(b)
}

// Drain waits for cleanups, sweeps and callbacks.
func Drain(b *testing.B) {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := realweak.Drain(ctx); err != nil {
		b.Fatalf("cleanups, sweeps or callbacks do not end: %v", err)
	}
}
