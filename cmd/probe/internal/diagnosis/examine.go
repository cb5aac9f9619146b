package diagnosis

import (
	"fmt"
	"go/version"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/realweak/event"
)

// Examine makes all checks, in a fixed order.
func Examine(c Case) []Finding {
	var all []Finding
	for _, check := range []func(Case) []Finding{
		goVersion, collector, finalizerCheck, queue, neverDies, tiny, retained, panicked, leaked, stream, clock,
	} {
		all = append(all, check(c)...)
	}
	return all
}

func ok(check, format string, args ...any) []Finding {
	return []Finding{{Level: OK, Check: check, What: fmt.Sprintf(format, args...)}}
}

func hint(check, next, format string, args ...any) []Finding {
	return []Finding{{Level: Hint, Check: check, What: fmt.Sprintf(format, args...), Next: next}}
}

func bad(check, next, format string, args ...any) []Finding {
	return []Finding{{Level: Bad, Check: check, What: fmt.Sprintf(format, args...), Next: next}}
}

// oldest is the oldest Go that this module is built with.
const oldest = "go1.26"

func goVersion(c Case) []Finding {
	const check = "Go version"
	v := c.last().Process.Go
	word, _, _ := strings.Cut(v, " ") // experiments may follow
	switch {
	case !version.IsValid(word):
		return ok(check, "%s", v)
	case version.Compare(word, oldest) < 0:
		return bad(check, "build it with "+oldest+" or newer", "%s is older than %s", v, oldest)
	case version.Compare(version.Lang(word), version.Lang(runtime.Version())) > 0:
		return hint(check, "use a probe of the same Go if something looks odd", "%s is newer than the %s of this probe", v, runtime.Version())
	}
	return ok(check, "%s", v)
}

// longWithout is how long after a collection it is worth saying that there was none.
const longWithout = 5 * time.Minute

func collector(c Case) []Finding {
	const check = "collector"
	s := c.last()
	r := s.Runtime
	limited := r.MemoryLimit > 0 && r.MemoryLimit < math.MaxInt64
	switch {
	case r.GOGC < 0 && !limited:
		return bad(check, "remove GOGC=off, or set GOMEMLIMIT too", "GOGC is off and there is no memory limit: nothing is ever collected, so nothing dies")
	case r.GOGC < 0:
		return hint(check, "expect deaths to be noticed late", "GOGC is off: it collects only near the memory limit of %s", human.Bytes(r.MemoryLimit))
	case r.Collections == 0:
		return hint(check, "wait, or have it collect: `probe live --gc`", "it has not collected yet, so nothing can have died")
	}
	if last := r.LastCollection; last != nil && s.Time.Sub(last.End) > longWithout {
		return hint(check, "expect deaths to be noticed late: an idle program hardly collects", "the last collection was %s ago", human.Age(s.Time.Sub(last.End)))
	}
	return ok(check, "%s, GOGC %d", human.Plural(r.Collections, "collection"), r.GOGC)
}

const finalizerDebug = "checkfinalizers"

func finalizerCheck(c Case) []Finding {
	const check = "GODEBUG"
	debug := c.last().Runtime.Debug
	for setting := range strings.SplitSeq(debug, ",") {
		if name, value, _ := strings.Cut(setting, "="); name == finalizerDebug && value != "0" {
			return hint(check, "keep it out of production", "%s is set: each collection takes much longer, and the runtime ends the program if a cleanup keeps its own object alive", setting)
		}
	}
	if debug == "" {
		debug = "not set"
	}
	return ok(check, "%s", debug)
}

// longQueue is how many waiting cleanups are worth a word though they are being run.
const longQueue = 10_000

func queue(c Case) []Finding {
	const check = "cleanup queue"
	first, last := c.First.Runtime, c.last().Runtime
	waiting := last.CleanupQueue()
	if c.Second == nil {
		if waiting > longQueue {
			return hint(check, "look again in a while", "%s wait", human.Plural(waiting, "cleanup"))
		}
		return ok(check, "%s wait", human.Plural(waiting, "cleanup"))
	}
	const blocked = "look for a cleanup that blocks: runtime.runCleanups and what it calls, in /debug/pprof/goroutine?debug=2"
	before, executed := first.CleanupQueue(), last.CleanupsExecuted-min(first.CleanupsExecuted, last.CleanupsExecuted)
	switch {
	case executed == 0 && waiting > before:
		return bad(check, blocked, "it grows, from %s to %s waiting within %s, and none has run: one of them blocks the others",
			human.Count(before), human.Count(waiting), human.Age(c.between()))
	case executed == 0 && waiting > 0 && waiting == before:
		// The counters move in steps, so a few may have run and not be counted.
		return hint(check, "if it says so again after a collection, "+blocked, "%s wait, and none has run within %s",
			human.Plural(waiting, "cleanup"), human.Age(c.between()))
	case waiting > before && waiting > longQueue:
		return bad(check, "find the slow cleanup, or make fewer: they run on GOMAXPROCS/4 goroutines", "it grows, from %s to %s waiting within %s",
			human.Count(before), human.Count(waiting), human.Age(c.between()))
	}
	return ok(check, "%s wait, %s have run", human.Plural(waiting, "cleanup"), human.Count(last.CleanupsExecuted))
}

// enough is how many collections it takes to wonder that nothing died.
const enough = 20

// neverDies finds groups of which nothing has ever died: a cleanup or finalizer whose
// argument refers to its own object looks like this from outside.
func neverDies(c Case) []Finding {
	const check = "deaths"
	s := c.last()
	if len(s.Groups) == 0 {
		return hint(check, "in the program: track.NewGroup[T](\"name\"), or give collections a name", "there is no group, so nothing to watch")
	}
	var all []Finding
	for _, g := range s.Groups {
		if g.Created < enough || g.Cleaned > 0 || s.Runtime.Collections < enough {
			continue
		}
		all = append(all, hint(check, "if they should: find who holds them; a cleanup that keeps its own object alive shows in tests with GODEBUG="+finalizerDebug+"=1",
			"%s: of %s none died in %s", g.Name, human.Plural(g.Created, "object"), human.Plural(s.Runtime.Collections, "collection"))...)
	}
	if all == nil {
		return ok(check, "%s, none of which only grows", human.Plural(len(s.Groups), "group"))
	}
	return all
}

// block is the size below which objects without pointers share a block of memory.
const block = 16

func tiny(c Case) []Finding {
	const check = "object sizes"
	var all []Finding
	for _, g := range c.last().Groups {
		switch {
		case g.Type == "struct {}" || strings.HasPrefix(g.Type, "[0]"):
			all = append(all, bad(check, "give the type a field, or make the objects with realweak.New",
				"%s: objects of type %s have no size, so they are all the same one and never die", g.Name, g.Type)...)
		case g.Live > 0 && g.Bytes > 0 && g.Bytes/uint64(g.Live) < block && g.Kind == "tracked":
			all = append(all, hint(check, "make them with realweak.New, unless they have a pointer in them",
				"%s: objects of %s may share a block with others, and die only with all of those", g.Name, human.Bytes(g.Bytes/uint64(g.Live)))...)
		}
	}
	if all == nil {
		return ok(check, "no group of objects too small to die alone")
	}
	return all
}

func retained(c Case) []Finding {
	const check = "retained"
	var names []string
	n := 0
	for _, g := range c.last().Groups {
		if g.Retained > 0 {
			n += g.Retained
			names = append(names, fmt.Sprintf("%s %s", g.Name, human.Count(g.Retained)))
		}
	}
	if n == 0 {
		return ok(check, "nothing outlived its grace")
	}
	return bad(check, "see where they come from with `probe leaks`", "%s should be dead: %s", human.Plural(n, "object"), strings.Join(names, ", "))
}

// named returns some of what the events are about.
func named(events []event.Event) string {
	var names []string
	for _, e := range events {
		name := e.Label
		if name == "" {
			name = e.Type
		}
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	const most = 3
	if len(names) > most {
		names = append(names[:most], fmt.Sprintf("and %d more", len(names)-most))
	}
	if names == nil {
		return ""
	}
	return ": " + strings.Join(names, ", ")
}

func panicked(c Case) []Finding {
	const check = "callbacks"
	if n := len(c.Panicked); n > 0 {
		return bad(check, "the stack is in the program's log, unless it has its own realweak.OnPanic",
			"%s panicked%s", human.Plural(n, "callback"), named(c.Panicked))
	}
	return ok(check, "none panicked, as far back as events are kept")
}

func leaked(c Case) []Finding {
	const check = "handles"
	if n := len(c.Leaked); n > 0 {
		return bad(check, "find the missing Release: refcount.SetLeakLevel(refcount.Advanced) shows the stacks",
			"%s collected without a Release%s", human.Plural(n, "counted handle"), named(c.Leaked))
	}
	return ok(check, "none was lost without a Release, as far back as events are kept")
}

func stream(c Case) []Finding {
	const check = "events"
	first, last := c.First.Stream, c.last().Stream
	switch {
	case c.Second != nil && last.Lost > first.Lost:
		return bad(check, "make its ring larger, or ask for fewer kinds", "the handler loses events: %s within %s", human.Count(last.Lost-first.Lost), human.Age(c.between()))
	case last.Lost > 0:
		return hint(check, "make its ring larger if that matters", "the handler has lost %s since it began", human.Plural(last.Lost, "event"))
	case last.Dropped > 0:
		return hint(check, "watch fewer kinds, or from nearer", "viewers were too slow for %s", human.Plural(last.Dropped, "event"))
	}
	return ok(check, "%s, none lost", human.Plural(last.Emitted, "event"))
}

// skewed is how far two clocks may differ.
const skewed = time.Second

func clock(c Case) []Finding {
	const check = "clock"
	if c.Tolerance == 0 {
		return nil
	}
	off, where := c.Skew, "ahead of"
	if off < 0 {
		off, where = -off, "behind"
	}
	if off <= skewed+c.Tolerance {
		return ok(check, "within %s of this one", human.Age(max(off, c.Tolerance)))
	}
	return bad(check, "set the clocks of both machines by NTP; times of several programs cannot be compared until then",
		"the program's is %s %s this one, give or take %s", human.Age(off), where, human.Age(c.Tolerance))
}
