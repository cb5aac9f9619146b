package debughttp

import (
	"fmt"
	"net/http"

	"github.com/google/pprof/profile"

	"github.com/referent-go/referent/realweak/track"
)

// serveLive answers with a profile of the tracked objects that are alive.
func (s *Server) serveLive(w http.ResponseWriter, r *http.Request) {
	q := newQuery(r)
	collect, text := q.flag("gc"), q.level("debug") > 0
	if q.bad(w) {
		return
	}
	if q.values.Has("seconds") {
		refuse(w, http.StatusBadRequest, "live is what is alive at one moment, so it takes no seconds=; "+
			"leave it out (a profiler's configuration has delta: false for that), or ask cleanups?seconds=30 for what died in that time")
		return
	}
	if collect {
		if !s.mayCollect(w, r) {
			return
		}
		if _, ok := s.collect(r); !ok {
			return
		}
	}
	samples := s.live()
	if text {
		serveText(w, "alive", samples, func(s track.Sample) string { return fmt.Sprintf("< %v", rounded(s.Age)) })
		return
	}
	serveProfile(w, "live", s.liveProfile(samples))
}

func (s *Server) liveProfile(samples []track.Sample) *profile.Profile {
	b := newProfileBuilder(s.now(),
		&profile.ValueType{Type: "live_objects", Unit: "count"},
		&profile.ValueType{Type: "live_space", Unit: "bytes"})
	for _, sample := range samples {
		b.add(sample, map[string]int64{"age": int64(sample.Age)}, sample.Count, sample.Bytes)
	}
	return b.profile
}
