package debughttp

import (
	"context"
	"net/http"
	"time"

	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

// Server is the [http.Handler] that [Handler] returns. Its methods are safe for
// concurrent use.
type Server struct {
	config
	process   wire.Process
	recorder  *recorder
	snapshots snapshotCache
	collector chan struct{}   // holds a token while a collection that was asked for runs
	ctx       context.Context // done once the server is closed
	cancel    context.CancelFunc
}

// Handler returns a handler that serves the state of this process. It may be mounted
// below any path that ends in a slash; the last element of a request's path says what
// is asked for, so that it makes no difference whether the prefix was stripped.
//
// No goroutine starts before the first viewer of events comes, and none is left some
// seconds after the last one went, or after [Server.Close].
func Handler(options ...Option) *Server {
	c := config{
		events: defaultEvents,
		ping:   defaultPing,
		linger: defaultLinger,
		sources: sources{
			hub:      event.Default,
			groups:   event.Groups.Stats,
			retained: track.AllRetained,
			live:     track.Samples,
			deaths:   track.Deaths,
			now:      time.Now,
		},
	}
	for _, option := range options {
		option(&c)
	}
	s := &Server{config: c, collector: make(chan struct{}, 1)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.process = newProcess(c.instance, c.now())
	s.recorder = newRecorder(c.hub, c.events, c.linger)
	return s
}

// Close ends all streams of events, and requests that wait for a time to pass. It
// returns nil once no stream and no goroutine of the handler is left; a viewer that
// takes nothing more is cut off after a second. Other requests are served as before.
// It may be called more than once, but not from within a request to this handler.
//
// [http.Server.Shutdown] waits for open streams, so let it close them:
//
//	server.RegisterOnShutdown(func() { debug.Close() })
func (s *Server) Close() error {
	s.cancel()
	s.recorder.close()
	return nil
}

// Snapshot returns the state of this process now, as GET snapshot does.
func (s *Server) Snapshot() *wire.Snapshot {
	groups, retained := s.groups(), s.retained()
	// An absent list is an empty one, not null.
	if groups == nil {
		groups = []event.GroupStats{}
	}
	if retained == nil {
		retained = []track.Retained{}
	}
	stream := s.recorder.stats()
	stream.CollectsOK = s.allowGC
	return &wire.Snapshot{
		Schema:   wire.Schema,
		Time:     s.now(),
		Process:  s.process,
		Runtime:  readRuntime(),
		Groups:   groups,
		Retained: retained,
		Stream:   stream,
	}
}

var _ http.Handler = (*Server)(nil)

// ServeHTTP answers a request for one of the endpoints.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store") // the state of a moment
	serve(s, w, r)
}
