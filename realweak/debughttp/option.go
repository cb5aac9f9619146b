package debughttp

import (
	"fmt"
	"time"

	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

// Option is a choice to pass to [Handler]. Of two that contradict, the last counts.
type Option func(*config)

type config struct {
	instance string
	allowGC  bool
	events   int
	ping     time.Duration
	linger   time.Duration
	sources
}

// sources are where the handler has its state from.
type sources struct {
	hub      *event.Hub
	groups   func() []event.GroupStats
	retained func() []track.Retained
	live     func() []track.Sample
	deaths   func() []track.Sample
	now      func() time.Time
}

// The defaults.
const (
	defaultEvents = 8192
	defaultPing   = 15 * time.Second
	// A browser comes back a few seconds after it has lost its connection.
	defaultLinger = 15 * time.Second
)

// Instance sets the name of this process among those of the same program, which
// viewers show. The default is host:pid.
func Instance(name string) Option { return func(c *config) { c.instance = name } }

// AllowGC says whether POST gc, and GET live?gc=1, may make the program collect.
// The default is false: a collection takes processor time from the program, and
// whoever can send a request could ask for one after the other.
func AllowGC(allow bool) Option { return func(c *config) { c.allowGC = allow } }

// Events sets how many of the newest events are kept while somebody watches, for
// viewers that are slow or come back. The default is 8192; an event takes about
// half a kilobyte. It panics if n is less than 1.
func Events(n int) Option {
	if n < 1 {
		panic(fmt.Sprintf("debughttp: Events(%d): at least 1 event must be kept to be shown", n))
	}
	return func(c *config) { c.events = n }
}
