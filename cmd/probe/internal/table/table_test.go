package table_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/referent-go/referent/cmd/probe/internal/screen"
	"github.com/referent-go/referent/cmd/probe/internal/table"
)

func render(t *testing.T, width int, style screen.Style) string {
	t.Helper()
	tab := table.New(
		table.Column{Title: "NAME", Shrink: true},
		table.Column{Title: "FILES", Right: true},
		table.Column{Title: "NOTE"},
	)
	tab.Row(table.Text("internal/runtime/atomic"), table.Cell{Text: "7", Paint: style.Bad}, table.Text("kept"))
	tab.Row(table.Text("cmd"), table.Text("2,650"))
	var b bytes.Buffer
	if err := tab.Write(&screen.Screen{Writer: &b, Width: width, Style: style}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWrite(t *testing.T) {
	want := `NAME                     FILES  NOTE
internal/runtime/atomic      7  kept
cmd                      2,650
`
	if got := render(t, 0, screen.Style{}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestWriteNarrow(t *testing.T) {
	got := render(t, 30, screen.Style{})
	for line := range strings.Lines(got) {
		if n := utf8.RuneCountInString(line) - 1; n > 30 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	if !strings.Contains(got, "…") {
		t.Errorf("nothing was shortened:\n%s", got)
	}
}

func TestPaintTakesNoRoom(t *testing.T) {
	painted := render(t, 0, screen.Style{Color: true})
	for _, code := range []string{"\x1b[0m", "\x1b[2m", "\x1b[31m"} {
		painted = strings.ReplaceAll(painted, code, "")
	}
	if plain := render(t, 0, screen.Style{}); painted != plain {
		t.Errorf("without its colours\n%sis not\n%s", painted, plain)
	}
}

func TestWriteInParts(t *testing.T) {
	var b bytes.Buffer
	s := &screen.Screen{Writer: &b}
	tab := table.New(table.Column{Title: "A", Width: 5, Shrink: true}, table.Column{Title: "N", Right: true, Width: 3})
	for _, row := range [][2]string{{"one", "1"}, {"thirteen", "13"}, {"four", "4444"}} {
		tab.Row(table.Text(row[0]), table.Text(row[1]))
		if err := tab.Write(s); err != nil {
			t.Fatal(err)
		}
	}
	want := `A        N
one      1
t…een   13
four   4444
`
	if got := b.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
