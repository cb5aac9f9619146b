package top

import (
	"context"
	"time"

	"github.com/referent-go/referent/realweak/debughttp/wire"
)

// Update is one message of a target, or the news that it cannot be reached.
type Update struct {
	Target  string       // its name, as the person gave it
	Time    time.Time    // when the message came; of a recording, when it was recorded
	Message wire.Message // of which nothing is set if Err is
	Err     error        // why the target cannot be reached; it holds until its next message
	Final   bool         // it is not tried again
}

// Source is where updates come from, and what can be asked of it.
type Source struct {
	Targets []string      // those to wait for, whether they answer or not; others may turn up
	Updates <-chan Update // closed when no target has more to say
	Ends    bool          // it ends by itself, as a recording does

	// Collect forces a collection in these targets and waits for its end. It is nil
	// where that cannot be asked for, as in a recording.
	Collect func(ctx context.Context, targets []string) error

	// SaveProfile writes a profile of what is alive in these targets to a file, and
	// returns its name. It is nil where there is none to be had.
	SaveProfile func(ctx context.Context, targets []string) (file string, err error)
}
