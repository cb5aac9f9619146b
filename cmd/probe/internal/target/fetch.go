package target

import (
	"context"
	"net/url"
	"sync"

	"github.com/google/pprof/profile"

	"github.com/referent-go/referent/realweak/debughttp/wire"
)

// Result is what came of one target.
type Result[T any] struct {
	Target *Target
	Value  T
	Err    error // of type *problem.Error
}

// parallel bounds how many targets are asked at the same time.
const parallel = 32

// Fetch calls get for all targets, many at the same time, and returns what came of
// them in the order of the targets.
func Fetch[T any](ctx context.Context, targets []*Target, get func(context.Context, *Target) (T, error)) []Result[T] {
	results := make([]Result[T], len(targets))
	free := make(chan struct{}, parallel)
	var wg sync.WaitGroup
	for i, t := range targets {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			v, err := get(ctx, t)
			results[i] = Result[T]{t, v, err}
		})
	}
	wg.Wait()
	return results
}

// Snapshot returns the state of a service, or the one in a file: the last of a
// recording.
func (c *Client) Snapshot(ctx context.Context, t *Target) (*wire.Snapshot, error) {
	if !t.Service() {
		return c.fileSnapshot(t)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.options.Timeout, errSilent)
	defer cancel()
	r := request{target: t, endpoint: "snapshot", accept: jsonContent}
	answer, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	s, err := wire.DecodeSnapshot(answer.Body)
	if err != nil {
		return nil, c.problem(ctx, r, err)
	}
	return s, nil
}

// Profile returns the profile of what is alive in a service, or the one in a file.
// With collect the service collects first, if it allows that.
func (c *Client) Profile(ctx context.Context, t *Target, collect bool) (*profile.Profile, error) {
	if !t.Service() {
		return c.fileProfile(t)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.options.Timeout, errSilent)
	defer cancel()
	r := request{target: t, endpoint: "live", accept: binaryContent}
	if collect {
		r.query = url.Values{"gc": {"1"}}
	}
	answer, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	p, err := readProfile(answer.Body)
	if err != nil {
		return nil, c.problem(ctx, r, err)
	}
	return p, nil
}
