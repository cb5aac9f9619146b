package weaktest

import (
	"context"
	"fmt"
	"os"
	"time"

	"go.uber.org/goleak"

	"github.com/referent-go/referent/realweak"
)

// drainTime is how long Main waits for callbacks after the last test.
const drainTime = 10 * time.Second

// Main runs a package's tests, waits for the callbacks that they left, and fails
// the run if goroutines remain ([goleak.VerifyTestMain], which ends the process).
// Without the wait a callback still running would pass for a leak. Use it as
//
//	func TestMain(m *testing.M) { weaktest.Main(m) }
func Main(m goleak.TestingM, options ...goleak.Option) {
	goleak.VerifyTestMain(drained{m}, options...)
}

type drained struct{ goleak.TestingM }

func (d drained) Run() int {
	code := d.TestingM.Run()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if err := realweak.Drain(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "weaktest: cleanups or callbacks still run %v after the last test: %v\n", drainTime, err)
		return max(code, 1)
	}
	return code
}
