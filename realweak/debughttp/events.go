package debughttp

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/referent-go/referent/realweak/debughttp/wire"
)

const (
	// lastWords is how long a stream that is to end may take to write what it is
	// about to write.
	lastWords = time.Second

	// pace is the least time between two writes to a viewer that is up to date. It
	// bounds what many fast viewers cost.
	pace = 20 * time.Millisecond

	// retry is after how long a browser that lost its connection comes back.
	retry = "retry: 1000\n\n"
)

// never is always ready.
var never = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	q := newQuery(r)
	wants, every, resume := q.kinds("kinds"), q.interval("snapshot"), q.lastID(r)
	if q.bad(w) {
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("X-Accel-Buffering", "no") // or nginx collects them
	if r.Method == http.MethodHead {
		return
	}
	v, err := s.recorder.view(wants, resume)
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	defer v.close()

	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()

	rc := http.NewResponseController(w)
	// The server's timeout is for answers that end. Where it cannot be lifted there is
	// none, or the stream ends early and the client resumes.
	_ = rc.SetWriteDeadline(time.Time{})
	if r.ProtoMajor == 1 {
		// The connection would keep the deadline that ends this stream.
		header.Set("Connection", "close")
	}
	if err := rc.Flush(); errors.Is(err, http.ErrNotSupported) {
		refuse(w, http.StatusInternalServerError, "a stream needs a ResponseWriter that can flush; "+
			"a middleware before this handler wraps it and has no Unwrap method")
		return
	}
	// A write to a client that does not read blocks until it has a deadline.
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		_ = rc.SetWriteDeadline(time.Now().Add(lastWords))
	})
	defer func() {
		if !stop() {
			<-ended // w is not ours after the return
		}
	}()
	_ = s.stream(ctx, v, &flushed{w: w, rc: rc}, every) // an error is the client's, who has gone
}

// stream writes messages until ctx is done or a write fails.
func (s *Server) stream(ctx context.Context, v *viewer, out *flushed, every time.Duration) error {
	ping := time.NewTicker(s.ping)
	defer ping.Stop()
	out.WriteString(retry)
	var snapshot <-chan time.Time
	if every > 0 {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		snapshot = ticker.C
		// It is younger than the viewer's place among the events, so none is missing
		// between the two.
		if err := s.writeSnapshot(out, 0); err != nil {
			return err
		}
	}
	items := make([]item, 0, batchSize)
	var written time.Time
	for {
		var more <-chan struct{}
		items, more = v.read(items[:0])
		if len(items) > 0 {
			if err := v.write(out, items); err != nil {
				return err
			}
			clear(items)
			written, more = time.Now(), never
		}
		if err := out.flush(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ping.C:
			out.WriteString(": ping\n\n")
		case <-snapshot:
			if err := s.writeSnapshot(out, every/4); err != nil {
				return err
			}
		case <-more:
			if wait := pace - time.Since(written); len(items) < cap(items) && wait > 0 {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(wait):
				}
			}
		}
	}
}

func (s *Server) writeSnapshot(out *flushed, maxAge time.Duration) error {
	text, err := s.message(maxAge)
	out.Write(text)
	return err
}

// write encodes the items, unless another viewer has, and hands them to out.
func (v *viewer) write(out *flushed, items []item) error {
	encoded := false
	for i := range items {
		it := &items[i]
		if it.lost > 0 || it.gap {
			if err := wire.WriteMessage(out, wire.Message{Lost: &wire.Lost{Count: it.lost}}); err != nil {
				return err
			}
		}
		if it.event.Kind == 0 {
			continue
		}
		if it.text == nil {
			var text bytes.Buffer
			if err := wire.WriteMessage(&text, wire.Message{Event: &it.event}); err != nil {
				return err
			}
			it.text, encoded = text.Bytes(), true
		}
		out.Write(it.text)
	}
	if encoded {
		v.recorder.remember(items)
	}
	return nil
}

// flushed collects what is to be written and then sends it on at once.
type flushed struct {
	bytes.Buffer
	w  http.ResponseWriter
	rc *http.ResponseController
}

func (f *flushed) flush() error {
	if f.Len() == 0 {
		return nil
	}
	defer f.Reset()
	if _, err := f.w.Write(f.Bytes()); err != nil {
		return err
	}
	return f.rc.Flush()
}
