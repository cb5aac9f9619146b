package eventlog

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/legible"
	"github.com/referent-go/referent/cmd/probe/internal/records"
	"github.com/referent-go/referent/cmd/probe/internal/screen"
	"github.com/referent-go/referent/realweak/event"
)

// Options are a printer's options. The zero Options make plain lines of any length.
type Options struct {
	JSON   bool // one record "event" a line; all below is then ignored
	Style  screen.Style
	Width  int            // columns; type names and labels are shortened to fit; 0 is no limit
	Indent string         // before each line
	Start  time.Time      // times are told since then; by default since the first event
	Clock  *time.Location // if not nil, times are those of the day, there
}

// Printer writes events as lines. It is safe for concurrent use; each line is
// one Write.
type Printer struct {
	w io.Writer
	o Options

	mu  sync.Mutex
	err error
}

// NewPrinter returns a printer that writes to w.
func NewPrinter(w io.Writer, o Options) *Printer {
	return &Printer{w: w, o: o}
}

// Print writes a line. After a failed write it does nothing; see [Printer.Err].
func (p *Printer) Print(e event.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.o.JSON {
		p.record("event", e)
		return
	}
	if p.o.Start.IsZero() {
		p.o.Start = e.Time
	}
	p.write([]byte(p.o.line(legible.Event(e)) + "\n"))
}

// Lost writes how many events are missing from the lines so far, and nothing if
// none is.
func (p *Printer) Lost(n uint64) {
	if n == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.o.JSON {
		p.record("lost", struct {
			Events uint64 `json:"events"`
		}{n})
		return
	}
	p.write([]byte(p.o.Indent + p.o.Style.Bad(human.Plural(n, "event")+" lost: they came faster than they could be shown") + "\n"))
}

// Gap writes that events are missing here, and that nobody knows how many.
func (p *Printer) Gap() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.o.JSON {
		p.record("lost", struct {
			Events uint64 `json:"events"`
		}{0})
		return
	}
	p.write([]byte(p.o.Indent + p.o.Style.Bad("events are missing here: the program no longer has them") + "\n"))
}

// Err returns the first error of a write.
func (p *Printer) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

func (p *Printer) record(name string, v any) {
	line, err := records.Line(name, v)
	if err != nil {
		p.err = err
		return
	}
	p.write(line)
}

func (p *Printer) write(line []byte) {
	if p.err == nil {
		_, p.err = p.w.Write(line)
	}
}

// line returns an event as in
//
//	+1.234s  cleared   cheeses #3 main.Cheese "Brie"  age 1.2s, 1 collection, by collector
func (o Options) line(e event.Event) string {
	at := fmt.Sprintf("%9s", fmt.Sprintf("+%.3fs", e.Time.Sub(o.Start).Seconds()))
	if o.Clock != nil {
		at = e.Time.In(o.Clock).Format("15:04:05.000")
	}
	kind := fmt.Sprintf("%-*s", kindWidth, e.Kind)
	what, facts := subject(e, e.Type, quoted(e.Label)), strings.Join(facts(e), ", ")
	if o.Width > 0 {
		room := o.Width - utf8.RuneCountInString(o.Indent+at+kind) - 2*len(gap)
		what, facts = o.fit(e, what, facts, room)
	}
	parts := []string{o.Style.Dim(at), o.paint(e.Kind)(kind)}
	if what != "" {
		parts = append(parts, what)
	}
	if facts != "" {
		parts = append(parts, o.Style.Dim(facts))
	}
	line := o.Indent + strings.TrimRight(strings.Join(parts, gap), " ")
	if o.Style.ASCII {
		line = strings.ReplaceAll(line, "µs", "us")
	}
	return line
}

const gap = "  "

// fit brings what happened to whom, and the facts of it, to room columns: first
// the facts lose their words, then the names their middles.
func (o Options) fit(e event.Event, what, facts string, room int) (string, string) {
	fits := func() bool { return utf8.RuneCountInString(what+gap+facts) <= room }
	if fits() {
		return what, facts
	}
	facts = strings.Join(terse(e), ", ")
	if fits() {
		return what, facts
	}
	room -= utf8.RuneCountInString(subject(e, "", "")+gap+facts) + 2
	typ, label := o.squeeze(e.Type, quoted(e.Label), max(room, 8))
	return subject(e, typ, label), facts
}

func subject(e event.Event, typ, label string) string {
	var what []string
	if e.Group != "" {
		what = append(what, e.Group)
	}
	if e.Object != 0 {
		what = append(what, fmt.Sprintf("#%d", e.Object))
	}
	if typ != "" {
		what = append(what, typ)
	}
	if label != "" {
		what = append(what, label)
	}
	return strings.Join(what, " ")
}

// squeeze shortens a type name and a label to room columns together, the longer first.
func (o Options) squeeze(typ, label string, room int) (string, string) {
	t, l := utf8.RuneCountInString(typ), utf8.RuneCountInString(label)
	if t+l <= room {
		return typ, label
	}
	half := room / 2
	switch {
	case t <= half:
		return typ, o.Style.Shorten(label, room-t)
	case l <= half:
		return o.Style.Shorten(typ, room-l), label
	}
	return o.Style.Shorten(typ, half), o.Style.Shorten(label, room-half)
}

func facts(e event.Event) []string {
	if e.Kind == event.GC && e.GC != nil {
		return []string{
			fmt.Sprintf("#%d", e.GC.Number),
			human.Duration(e.GC.Pause) + " pause",
			human.Plural(e.GC.Queue(), "cleanup") + " waiting",
		}
	}
	var facts []string
	if e.Age > 0 {
		facts = append(facts, "age "+human.Duration(e.Age))
	}
	if e.Collections > 0 {
		facts = append(facts, human.Plural(e.Collections, "collection"))
	}
	if e.Actor != event.Unknown {
		facts = append(facts, "by "+e.Actor.String())
	}
	return facts
}

func terse(e event.Event) []string {
	if e.Kind == event.GC {
		return facts(e)
	}
	var terse []string
	if e.Age > 0 {
		terse = append(terse, human.Duration(e.Age))
	}
	if e.Collections > 0 {
		terse = append(terse, human.Count(e.Collections)+" gc")
	}
	if e.Actor != event.Unknown {
		terse = append(terse, e.Actor.String())
	}
	return terse
}

func quoted(label string) string {
	if label == "" {
		return ""
	}
	return fmt.Sprintf("%q", label)
}

// paint gives deaths the accent and what should not happen the alarm.
func (o Options) paint(k event.Kind) func(string) string {
	switch k {
	case event.Cleared, event.CallbackRun, event.Released:
		return o.Style.Accent
	case event.CallbackPanicked, event.Leaked, event.Retained:
		return o.Style.Bad
	case event.GC, event.CallbackQueued:
		return o.Style.Dim
	}
	return func(s string) string { return s }
}

var kindWidth = func() int {
	width := 0
	for _, k := range event.Kinds() {
		width = max(width, len(k.String()))
	}
	return width
}()
