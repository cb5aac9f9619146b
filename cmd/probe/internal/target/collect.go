package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/referent-go/referent/cmd/probe/internal/problem"
)

// collectTime is how much longer than other answers a collection may take.
const collectTime = 10 * time.Second

// Collect has a service run a collection, if its handler allows that, and waits for
// its end.
func (c *Client) Collect(ctx context.Context, t *Target) error {
	if !t.Service() {
		return &problem.Error{
			Code: problem.Usage,
			What: "collect in " + t.Name,
			Why:  errors.New("it is a file"),
			Next: "name a service",
		}
	}
	limit := c.options.Timeout + collectTime
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w: no end within %s", errSilent, limit))
	defer cancel()
	answer, err := c.do(ctx, request{target: t, method: http.MethodPost, endpoint: "gc", accept: jsonContent})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20)) // so that the connection ends well
	return err
}
