package main

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/referent-go/referent/realweak"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // events are shown by the clock
	testscript.Main(leakChecked{m}, map[string]func(){"probe": main})
}

// leakChecked fails a run of tests that leaves goroutines behind. It is
// weaktest.Main in a form that testscript can run.
type leakChecked struct{ m *testing.M }

func (l leakChecked) Run() int {
	code := l.m.Run()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := realweak.Drain(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "callbacks still run:", err)
		code = max(code, 1)
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}
