package top

import (
	"context"
	"io"
	"time"

	"github.com/referent-go/referent/cmd/probe/internal/records"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

// targetRecord is a target in one interval.
type targetRecord struct {
	Time         time.Time     `json:"time"`
	Target       string        `json:"target"`
	Reachable    bool          `json:"reachable"`
	Error        string        `json:"error,omitempty"`
	Process      *wire.Process `json:"process,omitempty"`
	Runtime      *wire.Runtime `json:"runtime,omitempty"`
	CleanupQueue uint64        `json:"cleanup_queue"`
}

// groupRecord is a row of the table of groups. Rates are null as long as they are
// not known.
type groupRecord struct {
	Time             time.Time       `json:"time"`
	Group            string          `json:"group"`
	Kind             string          `json:"kind"`
	Type             string          `json:"type,omitempty"`
	Targets          int             `json:"targets"`
	Live             int             `json:"live"`
	LivePerSecond    *float64        `json:"live_per_second"`
	Created          uint64          `json:"created"`
	CreatedPerSecond *float64        `json:"created_per_second"`
	Cleaned          uint64          `json:"cleaned"`
	CleanedPerSecond *float64        `json:"cleaned_per_second"`
	Expected         int             `json:"expected"`
	Retained         int             `json:"retained"`
	Bytes            uint64          `json:"live_bytes"`
	P50              time.Duration   `json:"age_p50_ns"`
	P99              time.Duration   `json:"age_p99_ns"`
	Counters         []event.Counter `json:"counters,omitempty"`
}

// originRecord is a row of the table of what is retained.
type originRecord struct {
	Time time.Time `json:"time"`
	track.Retained
	Targets []string `json:"targets"`
}

// lostRecord tells how many events have been lost so far.
type lostRecord struct {
	Time   time.Time `json:"time"`
	Events uint64    `json:"events"`
}

// Records writes what the source tells as JSON, one record a line: for each
// interval the targets ("target"), the groups ("group"), what is retained by
// origin ("retained") and, if there are any, lost events ("lost"). It ends as
// [Watch] does.
func Records(ctx context.Context, w io.Writer, source Source, options Options) (Failures, error) {
	s := newScene(source, options)
	err := rounds(ctx, source, s.fleet, func() (bool, error) {
		return true, s.records(w)
	})
	return s.fleet.failures(), err
}

// RecordsOnce writes the records of one interval; see [Once].
func RecordsOnce(ctx context.Context, w io.Writer, source Source, options Options) (Failures, error) {
	s := newScene(source, options)
	if err := final(ctx, source, s.fleet); err != nil {
		return nil, err
	}
	return s.fleet.failures(), s.records(w)
}

func (s *scene) records(w io.Writer) error {
	s.refresh()
	at := s.fleet.seen()
	for _, t := range s.fleet.targets {
		r := targetRecord{Time: at, Target: t.name, Reachable: t.counts()}
		switch {
		case t.err != nil:
			r.Error = t.err.Error()
		case t.last != nil:
			r.Process, r.Runtime, r.CleanupQueue = &t.last.Process, &t.last.Runtime, t.last.Runtime.CleanupQueue()
		}
		if err := records.Write(w, "target", r); err != nil {
			return err
		}
	}
	for _, row := range s.rows {
		g := row.GroupStats
		if err := records.Write(w, "group", groupRecord{
			Time: at, Group: g.Name, Kind: g.Kind, Type: g.Type, Targets: len(row.On),
			Live: g.Live, LivePerSecond: row.Growth.json(),
			Created: g.Created, CreatedPerSecond: row.Births.json(),
			Cleaned: g.Cleaned, CleanedPerSecond: row.Deaths.json(),
			Expected: g.Expected, Retained: g.Retained, Bytes: g.Bytes,
			P50: g.Ages.Quantile(0.5), P99: g.Ages.Quantile(0.99), Counters: g.Counters,
		}); err != nil {
			return err
		}
	}
	for _, o := range s.origins {
		r := originRecord{Time: at, Retained: o.Retained}
		for _, sh := range o.On {
			r.Targets = append(r.Targets, sh.Target)
		}
		if err := records.Write(w, "retained", r); err != nil {
			return err
		}
	}
	if s.fleet.lost > 0 {
		return records.Write(w, "lost", lostRecord{at, s.fleet.lost})
	}
	return nil
}

func (r Rate) json() *float64 {
	if !r.Known {
		return nil
	}
	return &r.PerSecond
}
