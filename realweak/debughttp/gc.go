package debughttp

import (
	"context"
	"net/http"
	"runtime"
	"time"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/debughttp/wire"
)

// Collected is the answer to POST gc, in JSON.
type Collected struct {
	Schema  int           `json:"schema"`  // the constant wire.Schema
	Took    time.Duration `json:"took_ns"` // with what followed
	Drained bool          `json:"drained"` // whether all that followed from it has run: cleanups, sweeps, callbacks
	Runtime wire.Runtime  `json:"runtime"` // after it
}

// drainTime is how long a collection that was asked for may wait for what follows.
const drainTime = 5 * time.Second

// serveGC collects.
func (s *Server) serveGC(w http.ResponseWriter, r *http.Request) {
	if !s.mayCollect(w, r) {
		return
	}
	start := time.Now()
	drained, ok := s.collect(r)
	if !ok {
		return
	}
	serveJSON(w, Collected{wire.Schema, time.Since(start), drained, readRuntime()})
}

var crossOrigin http.CrossOriginProtection

// mayCollect answers the request if it may not have a collection. A page of another
// origin may not either, not even by GET, which browsers send for a mere image.
func (s *Server) mayCollect(w http.ResponseWriter, r *http.Request) bool {
	if !s.allowGC {
		refuse(w, http.StatusForbidden, "collections are not allowed here; the program allows them by debughttp.Handler(debughttp.AllowGC(true))")
		return false
	}
	unsafe := r.Clone(r.Context())
	unsafe.Method = http.MethodPost
	if err := crossOrigin.Check(unsafe); err != nil {
		refuse(w, http.StatusForbidden, "a page of another origin may not ask for a collection: "+err.Error())
		return false
	}
	return true
}

// collect collects and waits for what follows, one request at a time. ok is false if
// the client did not wait for its turn.
func (s *Server) collect(r *http.Request) (drained, ok bool) {
	select {
	case s.collector <- struct{}{}:
		defer func() { <-s.collector }()
	case <-r.Context().Done():
		return false, false
	}
	runtime.GC()
	ctx, cancel := context.WithTimeout(r.Context(), drainTime)
	defer cancel()
	return realweak.Drain(ctx) == nil, true
}
