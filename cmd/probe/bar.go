package main

import (
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/referent-go/referent/cmd/probe/internal/screen"
)

// bar is a progress bar over bytes on a terminal. A nil bar shows nothing.
type bar struct {
	pool *mpb.Progress
	bar  *mpb.Bar
}

// newBar draws a bar that goes away when it is done.
func newBar(s *screen.Screen, total int64) *bar {
	// The numbers beside the bar take some 40 columns. A few must stay free, for
	// the terminal writes ^C into the line, and then it may not wrap.
	width := max(min(s.Width, 80)-46, 10)
	// The output must be the terminal's file itself, or mpb draws nothing.
	pool := mpb.New(mpb.WithOutput(s.Writer), mpb.WithWidth(width))
	return &bar{pool, pool.New(total, mpb.BarStyle(),
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name("parsing "), decor.CountersKibiByte("% .1f / % .1f")),
		mpb.AppendDecorators(decor.Percentage(), decor.AverageETA(decor.ET_STYLE_GO, decor.WCSyncSpace)),
	)}
}

func (b *bar) add(n int64) {
	if b != nil {
		b.bar.IncrInt64(n)
	}
}

// done removes the bar, full or not, and ends its goroutines.
func (b *bar) done() {
	if b != nil {
		b.bar.Abort(true)
		b.pool.Wait()
	}
}
