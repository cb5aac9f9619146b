package debughttp

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/referent-go/referent/realweak/debughttp/wire"
)

func (s *Server) serveSnapshot(w http.ResponseWriter, r *http.Request) {
	serveJSON(w, s.Snapshot())
}

func serveJSON(w http.ResponseWriter, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(text, '\n')) // an error is the client's, who has gone
}

// snapshotCache shares snapshots between the viewers of a stream.
type snapshotCache struct {
	mu   sync.Mutex
	at   time.Time
	text []byte
}

// message returns the snapshot as a message of a stream, no older than maxAge. Many
// viewers that want one every second cost little more than one.
func (s *Server) message(maxAge time.Duration) ([]byte, error) {
	c := &s.snapshots
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.text != nil && time.Since(c.at) < maxAge {
		return c.text, nil
	}
	at := time.Now()
	var text bytes.Buffer
	if err := wire.WriteMessage(&text, wire.Message{Snapshot: s.Snapshot()}); err != nil {
		return nil, err
	}
	c.at, c.text = at, text.Bytes()
	return c.text, nil
}
