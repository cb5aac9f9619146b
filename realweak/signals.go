package realweak

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// ShutdownOnSignal runs [Shutdown] when one of the signals arrives, by default
// SIGINT and SIGTERM, and then lets the signal have its usual effect, which for
// those is the end of the program. A Shutdown that has not ended after grace is
// given up and logged, and a second signal ends the program at once.
//
// It is for programs that have no orderly end of their own. One that handles
// signals, by [signal.NotifyContext] for example, calls Shutdown at its end
// instead. stop ends the handling and returns once nothing of it is left, unless a
// signal has arrived already.
func ShutdownOnSignal(grace time.Duration, signals ...os.Signal) (stop func()) {
	if len(signals) == 0 {
		signals = []os.Signal{os.Interrupt, syscall.SIGTERM}
	}
	arrived := make(chan os.Signal, 1)
	ending, ended := make(chan struct{}), make(chan struct{})
	signal.Notify(arrived, signals...)
	go func() {
		defer close(ended)
		select {
		case s := <-arrived:
			signal.Reset(signals...)
			ctx, cancel := context.WithTimeout(context.Background(), grace)
			defer cancel()
			if err := Shutdown(ctx); err != nil {
				slog.Error("realweak: at "+s.String(), "error", err)
			}
			raise(s)
		case <-ending:
			signal.Stop(arrived)
		}
	}()
	return sync.OnceFunc(func() {
		close(ending)
		<-ended
	})
}

// raise sends the process a signal that nobody handles any more.
func raise(s os.Signal) {
	if self, err := os.FindProcess(os.Getpid()); err == nil && self.Signal(s) == nil {
		return
	}
	os.Exit(2) // where a process cannot signal itself; the code of an interrupt there
}
