package target

import (
	"context"
	"time"
)

// SetClock gives a client another clock.
func (c *Client) SetClock(now func() time.Time, sleep func(context.Context, time.Duration) error) {
	c.now, c.sleep = now, sleep
}
