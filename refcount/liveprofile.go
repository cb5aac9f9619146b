package refcount

import (
	"runtime/pprof"
	"sync"
	"sync/atomic"
)

// profileName is how the profile is called under /debug/pprof.
const profileName = "refcount.live"

// profiled feeds the profile of live objects, if anybody asked for it.
var profiled profileFeed

type profileFeed struct {
	once    sync.Once
	profile atomic.Pointer[pprof.Profile]
}

// LiveProfile returns a profile, named refcount.live, of the objects that are
// tracked from the first call on and live: their number by the place of creation.
// net/http/pprof serves it, and go tool pprof reads it. From the first call on a
// tracked object costs about a microsecond more.
func LiveProfile() *pprof.Profile {
	profiled.once.Do(func() { profiled.profile.Store(pprof.NewProfile(profileName)) })
	return profiled.profile.Load()
}

// add is called in the goroutine that makes the object. The profile is given a
// number instead of the object, which it would keep.
func (p *profileFeed) add(t *tracked) {
	if profile := p.profile.Load(); profile != nil {
		t.profiled = true
		profile.Add(t.id, 4) // begins in New
	}
}

func (p *profileFeed) remove(t *tracked) {
	if t.profiled {
		p.profile.Load().Remove(t.id)
	}
}
