package debughttp

import (
	"fmt"
	"net/http"
	"time"

	"github.com/google/pprof/profile"

	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

// serveCleanups answers with a profile of the tracked objects that were found dead,
// since the start or within the seconds that are asked for.
func (s *Server) serveCleanups(w http.ResponseWriter, r *http.Request) {
	q := newQuery(r)
	span, text := q.seconds("seconds"), q.level("debug") > 0
	if q.bad(w) {
		return
	}
	var earlier []track.Sample
	if span > 0 {
		// The answer may come later than the server's timeout allows for.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
		earlier = s.deaths()
		select {
		case <-time.After(span):
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			refuse(w, http.StatusServiceUnavailable, errClosed.Error())
			return
		}
	}
	samples := since(s.deaths(), earlier)
	if text {
		serveText(w, "found dead", samples, func(s track.Sample) string {
			return fmt.Sprintf("%v on average", rounded(s.Age/time.Duration(max(s.Count, 1))))
		})
		return
	}
	serveProfile(w, "cleanups", s.cleanupsProfile(samples, span))
}

// since returns what the cumulative samples now have more than earlier.
func since(now, earlier []track.Sample) []track.Sample {
	type origin struct {
		fingerprint event.Fingerprint
		group, typ  string
	}
	of := func(s track.Sample) origin { return origin{s.Fingerprint, s.Group, s.Type} }
	before := make(map[origin]track.Sample, len(earlier))
	for _, s := range earlier {
		b := before[of(s)]
		b.Count, b.Bytes, b.Age = b.Count+s.Count, b.Bytes+s.Bytes, b.Age+s.Age
		before[of(s)] = b
	}
	var more []track.Sample
	for _, s := range now {
		b := before[of(s)]
		s.Count, s.Bytes, s.Age = s.Count-b.Count, s.Bytes-b.Bytes, s.Age-b.Age
		if s.Count > 0 {
			more = append(more, s)
		}
	}
	return more
}

func (s *Server) cleanupsProfile(samples []track.Sample, span time.Duration) *profile.Profile {
	b := newProfileBuilder(s.now(),
		&profile.ValueType{Type: "cleanups", Unit: "count"},
		&profile.ValueType{Type: "space", Unit: "bytes"},
		&profile.ValueType{Type: "age", Unit: "nanoseconds"})
	b.profile.DurationNanos = int64(span)
	for _, sample := range samples {
		b.add(sample, nil, sample.Count, sample.Bytes, int64(sample.Age))
	}
	return b.profile
}
