package eventlog_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/referent-go/referent/cmd/probe/internal/eventlog"
	"github.com/referent-go/referent/cmd/probe/internal/golden"
	"github.com/referent-go/referent/cmd/probe/internal/screen"
	"github.com/referent-go/referent/realweak/event"
)

// life is what happens to one object, with the collections around it.
func life() []event.Event {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var seq uint64
	next := func(e event.Event) event.Event {
		seq++
		at = at.Add(617 * time.Millisecond)
		e.Seq, e.Time = seq, at
		return e
	}
	return []event.Event{
		next(event.Event{Kind: event.Created, Object: 3, Type: "main.Cheese", Label: "Brie", Actor: event.Caller}),
		next(event.Event{Kind: event.GC, Actor: event.Collector, GC: &event.Collection{Number: 9, Pause: 123456, Queued: 12, Executed: 11}}),
		next(event.Event{Kind: event.Cleared, Object: 3, Type: "main.Cheese", Label: "Brie", Age: 1234567890, Collections: 1, Actor: event.Collector}),
		next(event.Event{Kind: event.CallbackQueued, Object: 3, Type: "main.Cheese", Label: "Brie", Age: 1234567890, Collections: 1}),
		next(event.Event{Kind: event.CallbackRun, Object: 3, Type: "main.Cheese", Label: "Brie", Age: 1250000000, Collections: 1, Actor: event.Dispatcher}),
		next(event.Event{Kind: event.CallbackPanicked, Object: 3, Label: "finalizer of *main.Cheese panicked: no more cheese today"}),
		next(event.Event{Kind: event.Released, Object: 12345, Type: "github.com/example/project/internal/storage.Page", Label: "pages/2026/01/02/000123.page", Age: 42 * time.Second, Collections: 1234, Actor: event.Caller}),
		next(event.Event{Kind: event.Leaked, Type: "os.File"}),
	}
}

func print(o eventlog.Options) string {
	var b bytes.Buffer
	p := eventlog.NewPrinter(&b, o)
	for _, e := range life() {
		p.Print(e)
	}
	p.Lost(0)
	p.Lost(1200)
	return b.String()
}

func TestPrinter(t *testing.T) {
	golden.Check(t, "plain", print(eventlog.Options{Style: screen.Style{ASCII: true}}))
	golden.Check(t, "color", print(eventlog.Options{Style: screen.Style{Color: true}, Indent: "  "}))
	golden.Check(t, "json", print(eventlog.Options{JSON: true}))
}

func TestPrinterFits(t *testing.T) {
	got := print(eventlog.Options{Width: 80, Indent: "  "})
	for line := range strings.Lines(got) {
		if n := utf8.RuneCountInString(line) - 1; n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	golden.Check(t, "width80", got)
}

func TestPrinterByTheClock(t *testing.T) {
	var b bytes.Buffer
	p := eventlog.NewPrinter(&b, eventlog.Options{Clock: time.FixedZone("", 3600), Indent: "a:6060  ", Width: 60})
	e := life()[2]
	e.Group = "cheeses"
	p.Print(e)
	p.Gap()
	const want = `a:6060  04:04:06.851  cleared            cheeses #3 m…se "…e"  1.23s, 1 gc, collector
a:6060  events are missing here: the program no longer has them
`
	if got := b.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

type brokenPipe struct{ writes int }

func (b *brokenPipe) Write([]byte) (int, error) {
	b.writes++
	return 0, errors.New("broken pipe")
}

func TestPrinterStopsAfterAnError(t *testing.T) {
	var w brokenPipe
	p := eventlog.NewPrinter(&w, eventlog.Options{})
	for _, e := range life() {
		p.Print(e)
	}
	if w.writes != 1 || p.Err() == nil {
		t.Errorf("%d writes, error %v", w.writes, p.Err())
	}
}
