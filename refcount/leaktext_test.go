package refcount_test

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/referent-go/referent/realweak/weaktest"
	"github.com/referent-go/referent/refcount"
)

var update = flag.Bool("update", false, "write testdata/leaks.golden anew")

// The shop leaks in each of the ways there are.

type Conn struct {
	peer   refcount.Strong[Conn]
	broken bool
}

type pool struct{ broken bool }

func (p *pool) dial(name string) refcount.Strong[Conn] {
	c := refcount.New(Conn{broken: p.broken}, nil)
	c.SetLabel(name)
	return c.Move()
}

func (p *pool) get() refcount.Strong[Conn] { return p.dial("db-7") }

// serve forgets to release a connection that is broken.
//
//go:noinline
func serve(p *pool, request string) {
	c := p.get()
	c.Touch(request)
	if c.Value().broken {
		return
	}
	c.Release()
}

//go:noinline
func rush() {
	for range 3000 {
		serve(&pool{broken: true}, "GET /cart")
	}
}

// audit forgets its clone.
//
//go:noinline
func audit(c *refcount.Strong[Conn]) {
	copied := c.Clone()
	copied.Touch("audit")
}

var audited refcount.Strong[Conn]

//go:noinline
func inspect() {
	audited = new(pool).get()
	audit(&audited)
}

// marry makes a cycle of two.
//
//go:noinline
func marry() {
	var p pool
	a, b := p.dial("a"), p.dial("b")
	a.Value().peer = b.Clone()
	b.Value().peer = a.Move()
	b.Release()
}

// handle calls f on a goroutine of its own, and waits for it.
func handle(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

// plain makes the text of a report one that does not depend on when and where it
// was made.
func plain(text string) string {
	for _, r := range []struct{ pattern, by string }{
		{`\(#\d+\)`, "(#12)"},
		{`[0-9.]+(ns|µs|ms|s)( and \d+ collections?)?( after|\n)`, "1.2s and 3 collections$3"},
		{`object was made(, with \d+ more like it)?\.`, "object was made."},
		{`object was made(, with \d+ more like it)? \(`, "object was made, with 4 more like it ("},
		{`refcount_test\.`, "shop."},
		{`\S+/leaktext_test.go`, "/shop/conn.go"},
	} {
		text = regexp.MustCompile(r.pattern).ReplaceAllString(text, r.by)
	}
	return text
}

func TestLeakTexts(t *testing.T) {
	var golden strings.Builder
	add := func(name, text string) { golden.WriteString("== " + name + "\n" + plain(text)) }

	for _, level := range []refcount.LeakLevel{refcount.Simple, refcount.Advanced} {
		reports := atLevel[Conn](t, level)
		handle(rush)
		add(level.String(), one(t, reports).String())
	}
	reports := atLevel[Conn](t, refcount.Paranoid)
	handle(inspect)
	add("clone", one(t, reports).String())
	weaktest.Drain(t)

	for _, info := range refcount.Live() {
		if strings.Contains(info.String(), "refcount_test.inspect") {
			add("live", info.String())
		}
	}
	audited.Release()

	seen := len(reports())
	handle(marry)
	weaktest.AwaitDone(t, func() bool { return len(reports()) == seen+2 })
	for _, l := range reports()[seen:] {
		if l.Label == "a" {
			add("cycle", l.String())
		}
	}

	const file = "testdata/leaks.golden"
	if *update {
		if err := os.WriteFile(file, []byte(golden.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := golden.String(); got != string(want) {
		t.Errorf("got\n%s\nwant\n%s\n(-update writes it)", got, want)
	}
}
