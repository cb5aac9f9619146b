package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/referent-go/referent/cmd/probe/internal/eventlog"
	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/legible"
	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/cmd/probe/internal/records"
	"github.com/referent-go/referent/cmd/probe/internal/screen"
	"github.com/referent-go/referent/cmd/probe/internal/target"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
)

// watchView shows what targets say, a line an event, and sums it up at the end.
type watchView struct {
	a        *app
	out      *screen.Screen
	kinds    []event.Kind // that are shown; none is all
	groups   []string     // the same
	printers map[string]*eventlog.Printer
	name     int // columns for the names of several sources; 0 if there is only one
	links    links
	err      error // of a write

	first, last time.Time // of updates
	sum         watchSummary
}

// watchSummary is what was seen in all.
type watchSummary struct {
	Events      uint64          `json:"events"` // shown
	Cleared     uint64          `json:"cleared"`
	Collections uint64          `json:"collections"`
	Lost        uint64          `json:"lost"`
	Gaps        uint64          `json:"gaps"` // with an unknown number of lost events
	Took        time.Duration   `json:"took_ns"`
	Ages        event.Histogram `json:"ages"` // at death, of objects whose birth was seen
}

func newWatchView(a *app, targets []*target.Target, kinds []event.Kind, groups []string) *watchView {
	v := &watchView{
		a: a, out: a.out(), kinds: kinds, groups: groups,
		printers: make(map[string]*eventlog.Printer),
		links:    newLinks(a, targets),
	}
	if len(targets) > 1 {
		for _, t := range targets {
			v.name = max(v.name, min(utf8.RuneCountInString(t.Name), longestName))
		}
	}
	return v
}

// longestName is how many columns of a line the name of a target gets at most.
const longestName = 24

// eventRecord is an event in machine-readable output.
type eventRecord struct {
	Target string `json:"target"`
	event.Event
}

// lostRecord says that events are missing at this point.
type lostRecord struct {
	Target string `json:"target"`
	Events uint64 `json:"events"` // 0 if nobody knows how many
}

// update takes in what one target said.
func (v *watchView) update(u target.Update) {
	if v.first.IsZero() {
		v.first = u.Time
	}
	if u.Time.After(v.last) {
		v.last = u.Time
	}
	v.links.update(u)
	switch {
	case u.Event != nil:
		v.event(u.Source, *u.Event)
	case u.Lost != nil:
		if u.Lost.Count == 0 {
			v.sum.Gaps++
		}
		v.sum.Lost += u.Lost.Count
		p := v.printer(u.Source)
		switch {
		case v.a.json:
			v.record("lost", lostRecord{u.Source, u.Lost.Count})
		case u.Lost.Count > 0:
			p.Lost(u.Lost.Count)
		default: // it resumed, and nobody knows how much there was in between
			p.Gap()
		}
	}
}

func (v *watchView) event(source string, e event.Event) {
	if !v.wants(e.Kind) {
		return
	}
	if len(v.groups) > 0 && !slices.Contains(v.groups, e.Group) && e.Kind != event.GC {
		return
	}
	v.sum.Events++
	switch e.Kind {
	case event.GC:
		v.sum.Collections++
	case event.Cleared:
		v.sum.Cleared++
		if e.Age > 0 {
			v.sum.Ages.Observe(e.Age)
		}
	}
	if v.a.json {
		v.record("event", eventRecord{source, e})
		return
	}
	p := v.printer(source)
	p.Print(e)
	v.failed(p.Err())
}

func (v *watchView) wants(k event.Kind) bool { return len(v.kinds) == 0 || slices.Contains(v.kinds, k) }

// printer returns the printer of a source's events.
func (v *watchView) printer(source string) *eventlog.Printer {
	if p := v.printers[source]; p != nil {
		return p
	}
	o := eventlog.Options{Style: v.out.Style, Width: v.out.Width, Clock: time.Local}
	if v.name == 0 && len(v.printers) == 1 {
		v.name = min(utf8.RuneCountInString(source), longestName) // a recording of several
	}
	if v.name > 0 {
		o.Indent = fmt.Sprintf("%-*s  ", v.name, v.out.Style.Shorten(legible.Text(source), v.name))
	}
	p := eventlog.NewPrinter(v.out, o)
	v.printers[source] = p
	return p
}

func (v *watchView) record(name string, r any) { v.failed(records.Write(v.a.stdout, name, r)) }

func (v *watchView) failed(err error) {
	if v.err == nil {
		v.err = err
	}
}

// end writes the summary and returns what went wrong. now is when watching ended, if
// that was not at the last message.
func (v *watchView) end(now time.Time) error {
	if now.After(v.last) {
		v.last = now
	}
	v.sum.Took = v.last.Sub(v.first)
	if v.links.told {
		if v.a.json {
			v.record("summary", v.sum)
		} else {
			v.summary()
		}
	}
	if v.err != nil {
		return fmt.Errorf("write the output: %w", v.err)
	}
	return v.links.problem()
}

func (v *watchView) summary() {
	s := v.sum
	if v.sum.Events > 0 {
		fmt.Fprintln(v.out)
	}
	writeHistogram(v.out, "age at death", s.Ages)
	parts := []string{human.Plural(s.Events, "event") + " in " + human.Duration(s.Took)}
	if v.wants(event.Cleared) {
		parts = append(parts, human.Count(s.Cleared)+" cleared")
	}
	if s.Ages.Count > 0 {
		parts = append(parts, "oldest "+short(v.out, s.Ages.Max))
	}
	if v.wants(event.GC) {
		parts = append(parts, human.Plural(s.Collections, "collection"))
	}
	lost := human.Count(s.Lost) + " lost"
	switch {
	case s.Gaps > 0 && s.Lost > 0:
		lost = "more than " + lost
	case s.Gaps > 0:
		lost = "some lost, nobody knows how many"
	}
	if s.Lost+s.Gaps > 0 {
		lost = v.out.Style.Bad(lost)
	}
	parts = append(parts, lost)
	_, err := fmt.Fprintf(v.out, " %s\n", strings.Join(parts, " "+v.out.Style.Dash()+" "))
	v.failed(err)
}

// links follows which targets can be heard, and tells the person about changes.
type links struct {
	a    *app
	n    int
	down map[*target.Target]bool
	gone map[*target.Target]error        // for good
	met  map[*target.Target]wire.Process // who they are
	told bool                            // something was heard
}

func newLinks(a *app, targets []*target.Target) links {
	return links{
		a: a, n: len(targets),
		down: make(map[*target.Target]bool), gone: make(map[*target.Target]error), met: make(map[*target.Target]wire.Process),
	}
}

// downRecord says that a target is not heard any more.
type downRecord struct {
	Target string        `json:"target"`
	Error  string        `json:"error"`
	Retry  time.Duration `json:"retry_ns"` // 0 is never
}

func (l *links) update(u target.Update) {
	if u.Err == nil {
		l.told = true
		if u.Snapshot != nil && u.Target.Service() {
			l.greet(u)
		}
		return
	}
	if u.Retry == 0 {
		l.gone[u.Target] = u.Err
	}
	if l.down[u.Target] && u.Retry > 0 {
		return // it was said
	}
	l.down[u.Target] = true
	if l.a.json {
		// A failed write shows at the next record.
		_ = records.Write(l.a.stdout, "down", downRecord{u.Source, u.Err.Error(), u.Retry})
	}
	switch {
	case u.Retry > 0:
		fmt.Fprintf(l.a.stderr, "probe: %v; trying again\n", u.Err)
	case l.n > 1:
		fmt.Fprintf(l.a.stderr, "probe: %v\n", u.Err)
	}
}

// greet says who was found, or found again.
func (l *links) greet(u target.Update) {
	now := u.Snapshot.Process
	before, known := l.met[u.Target]
	l.met[u.Target] = now
	same := before.Instance == now.Instance && before.Start.Equal(now.Start)
	source, who := legible.Text(u.Source), legible.Text(now.Name)
	if now.Instance != "" {
		who += " (" + legible.Text(now.Instance) + ")"
	}
	switch {
	case l.down[u.Target] && known && same:
		fmt.Fprintf(l.a.stderr, "probe: %s is back\n", source)
	case l.down[u.Target] && known:
		fmt.Fprintf(l.a.stderr, "probe: %s is back, as another process: %s\n", source, who)
	case !known && !l.a.json:
		groups := human.Plural(len(u.Snapshot.Groups), "group")
		if len(u.Snapshot.Groups) == 0 {
			groups = "no group yet; in the program: track.NewGroup"
		}
		fmt.Fprintf(l.a.stderr, "probe: %s is %s, %s, %s\n", source, who, legible.Text(now.Go), groups)
	}
	l.down[u.Target] = false
}

// problem returns the error about targets that are gone for good.
func (l *links) problem() error {
	if len(l.gone) == 0 {
		return nil
	}
	code := problem.OK
	for _, err := range l.gone {
		if l.n == 1 {
			return err
		}
		code = max(code, problem.CodeOf(err))
	}
	return missingTargets(code, len(l.gone), l.n)
}
