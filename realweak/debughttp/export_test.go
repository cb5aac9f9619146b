package debughttp

import (
	"runtime/metrics"
	"time"

	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

// Sources are what tests serve in place of the state of the process. Fields that are
// nil leave things as they are.
type Sources struct {
	Hub      *event.Hub
	Groups   func() []event.GroupStats
	Retained func() []track.Retained
	Live     func() []track.Sample
	Deaths   func() []track.Sample
	Now      func() time.Time
}

func From(from Sources) Option {
	return func(c *config) {
		if from.Hub != nil {
			c.hub = from.Hub
		}
		if from.Groups != nil {
			c.groups = from.Groups
		}
		if from.Retained != nil {
			c.retained = from.Retained
		}
		if from.Live != nil {
			c.live = from.Live
		}
		if from.Deaths != nil {
			c.deaths = from.Deaths
		}
		if from.Now != nil {
			c.now = from.Now
		}
	}
}

func Ping(d time.Duration) Option   { return func(c *config) { c.ping = d } }
func Linger(d time.Duration) Option { return func(c *config) { c.linger = d } }

// Recording tells whether the server listens to events.
func (s *Server) Recording() bool {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	return s.recorder.sub != nil
}

func RuntimeOf(samples []metrics.Sample) wire.Runtime { return runtimeOf(samples) }

func RuntimeMetrics() []string {
	var names []string
	for _, f := range runtimeFields {
		names = append(names, f.metric)
	}
	return names
}

func Negotiate(accept string) string { return negotiate(accept) }

// Endpoints are the names of all endpoints, the page's empty one first.
func Endpoints() []string { return append([]string{""}, endpointNames()...) }
