package target

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
)

// WatchOptions say what to watch. The zero WatchOptions ask for all events and no
// snapshots.
type WatchOptions struct {
	Kinds    []event.Kind  // of events; all if there are none
	Snapshot time.Duration // a snapshot at once and then at this interval; 0 is none
	Speed    float64       // of recordings: 1 as it was, 10 ten times as fast; 0 at once
	Patient  bool          // keep on trying targets that were never reached
	After    *uint64       // begin after the event with this id, as far as it is kept; nil is from now on
}

// Update is what a watcher is told of a target: a message, or an error.
type Update struct {
	Target *Target
	Source string    // the target's name, or who it was in a recording of several
	Time   time.Time // when it was received; of a recording, when that was

	wire.Message // exactly one of its fields is set if Err is nil

	Err   error         // the target was not reached, or the connection was lost
	Retry time.Duration // after Err: how long until it is tried again; 0 is never
}

// The waits before a target is tried again.
const (
	firstRetry = 500 * time.Millisecond
	lastRetry  = 10 * time.Second
)

// silence is how long a stream may be silent before it counts as broken; services
// send a sign of life every 15 seconds.
const silence = 45 * time.Second

// Watch passes what the targets say to each, one update at a time, until ctx is done
// or all targets have come to an end, as files do. A service that was reached once and
// is lost is tried again until it answers in a way that more trying does not help.
// Resuming asks for the events in between; those that it no longer has are told as a
// Lost message.
func (c *Client) Watch(ctx context.Context, targets []*Target, o WatchOptions, each func(Update)) {
	var (
		wg sync.WaitGroup
		mu sync.Mutex
	)
	for _, t := range targets {
		wg.Go(func() {
			tell := func(u Update) {
				mu.Lock()
				defer mu.Unlock()
				if ctx.Err() == nil {
					u.Target = t
					if u.Source == "" {
						u.Source = t.Name
					}
					each(u)
				}
			}
			if t.Service() {
				c.watchService(ctx, t, o, tell)
			} else {
				c.watchFile(ctx, t, o, tell)
			}
		})
	}
	wg.Wait()
}

func (c *Client) watchService(ctx context.Context, t *Target, o WatchOptions, tell func(Update)) {
	reached, retry, lastID := false, firstRetry, ""
	if o.After != nil {
		lastID = strconv.FormatUint(*o.After, 10)
	}
	for {
		end := c.stream(ctx, t, o, lastID, func(m wire.Message) { tell(Update{Time: c.now(), Message: m}) })
		if ctx.Err() != nil {
			return
		}
		if end.connected {
			reached, retry, lastID = true, firstRetry, end.lastID
		}
		wait := retry
		if end.final || !reached && !o.Patient {
			wait = 0
		}
		tell(Update{Time: c.now(), Err: end.err, Retry: wait})
		if wait == 0 || c.sleep(ctx, wait) != nil {
			return
		}
		retry = min(retry*2, lastRetry)
	}
}

// streamEnd is how a connection came to its end.
type streamEnd struct {
	connected bool   // there was a stream
	lastID    string // to resume from
	final     bool   // another try would end the same
	err       error  // of type *problem.Error
}

// stream reads the messages of one connection until it ends.
func (c *Client) stream(ctx context.Context, t *Target, o WatchOptions, lastID string, tell func(wire.Message)) streamEnd {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	alarm := time.AfterFunc(c.options.Timeout, func() { cancel(errSilent) })
	defer alarm.Stop()

	r := o.request(t, lastID)
	answer, err := c.do(ctx, r)
	if err != nil {
		return streamEnd{err: err, final: errors.Is(err, errWrongAnswer)}
	}
	defer answer.Body.Close()
	alarm.Reset(silence)
	s := wire.NewStreamReader(alive{answer.Body, alarm})
	defer func() { c.skipped.Add(s.Skipped()) }()
	for {
		m, err := s.Next()
		if err == nil {
			tell(m)
			continue
		}
		end := streamEnd{connected: true, lastID: cmp.Or(s.LastID(), lastID)}
		why := ""
		switch {
		case errors.Is(err, io.EOF):
			why = "the service ended the stream"
		case errors.Is(context.Cause(ctx), errSilent):
			why = "nothing was heard for " + silence.String()
		default:
			end.final = errors.Is(err, wire.ErrFormat) || errors.Is(err, wire.ErrSchema) || errors.Is(err, wire.ErrTooLarge)
			end.err = c.problem(ctx, r, err)
			return end
		}
		end.err = &problem.Error{Code: problem.Unreachable, What: r.String(), Why: errors.New(why)}
		return end
	}
}

// request returns the request for a stream that goes on after lastID.
func (o WatchOptions) request(t *Target, lastID string) request {
	r := request{target: t, endpoint: "events", query: url.Values{}, header: http.Header{}, accept: streamContent}
	if len(o.Kinds) > 0 {
		var names []string
		for _, k := range o.Kinds {
			names = append(names, k.String())
		}
		r.query.Set("kinds", strings.Join(names, ","))
	}
	if o.Snapshot > 0 {
		r.query.Set("snapshot", o.Snapshot.String())
	}
	if lastID != "" {
		r.header.Set("Last-Event-ID", lastID)
	}
	return r
}

// alive puts off an alarm whenever something is read.
type alive struct {
	io.Reader
	alarm *time.Timer
}

func (a alive) Read(p []byte) (int, error) {
	n, err := a.Reader.Read(p)
	if n > 0 {
		a.alarm.Reset(silence)
	}
	return n, err
}

func (c *Client) watchFile(ctx context.Context, t *Target, o WatchOptions, tell func(Update)) {
	var last time.Time
	fail := func(err error) { tell(Update{Time: last, Err: fileProblem(t, err)}) }
	f, err := c.open(t)
	if err != nil {
		fail(err)
		return
	}
	defer f.Close()
	switch f.content {
	case profileFile:
		fail(wrong(t, f.content, "a service or a recording"))
		return
	case snapshotFile:
		s, err := wire.DecodeSnapshot(f)
		if err != nil {
			fail(err)
			return
		}
		tell(Update{Time: s.Time, Message: wire.Message{Snapshot: s}})
		return
	}
	for m, err := range c.messages(f) {
		if err != nil {
			fail(err)
			return
		}
		if pause := m.Time.Sub(last); o.Speed > 0 && !last.IsZero() && pause > 0 {
			if c.sleep(ctx, time.Duration(float64(pause)/o.Speed)) != nil {
				return
			}
		}
		if ctx.Err() != nil {
			return
		}
		last = m.Time
		tell(Update{Source: m.Source, Time: m.Time, Message: m.Message})
	}
}

// messages yields the messages of a recording, or of a stream that somebody saved;
// their times are then those of the events in it.
func (c *Client) messages(f *file) iter.Seq2[wire.Recorded, error] {
	return func(yield func(wire.Recorded, error) bool) {
		player := wire.NewPlayer(f)
		next, skipped := player.Next, player.Skipped
		if f.content == streamFile {
			stream := wire.NewStreamReader(f)
			next, skipped = asRecorded(stream, c.now), stream.Skipped
		}
		defer func() { c.skipped.Add(skipped()) }()
		for {
			m, err := next()
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

func asRecorded(s *wire.StreamReader, now func() time.Time) func() (wire.Recorded, error) {
	var at time.Time
	return func() (wire.Recorded, error) {
		m, err := s.Next()
		switch {
		case m.Event != nil:
			at = m.Event.Time
		case m.Snapshot != nil:
			at = m.Snapshot.Time
		case at.IsZero():
			at = now()
		}
		return wire.Recorded{Time: at, Message: m}, err
	}
}
