// Package table lines up text in columns that never wrap: what does not fit the
// screen is shortened in its middle.
package table

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/referent-go/referent/cmd/probe/internal/screen"
)

// Column is a column of a table.
type Column struct {
	Title  string
	Right  bool // right-aligned, for numbers
	Shrink bool // may be shortened where the table is too wide
	Width  int  // at least; for tables whose later rows are not known yet
}

// Cell is the text of a cell and its paint, which is nil for none.
type Cell struct {
	Text  string
	Paint func(string) string
}

// Text returns an unpainted cell.
func Text(text string) Cell { return Cell{Text: text} }

// Table is a table under construction.
type Table struct {
	columns []Column
	rows    [][]Cell
	widths  []int // nil until something has been written
}

// New returns a table with no rows.
func New(columns ...Column) *Table { return &Table{columns: columns} }

// Row adds a row. Cells that are left out are empty.
func (t *Table) Row(cells ...Cell) { t.rows = append(t.rows, cells) }

const gap = "  "

// Write writes the rows that were added since the last Write, the first time
// below the head unless no column has a title. What is written first decides how
// wide the columns are.
func (t *Table) Write(s *screen.Screen) error {
	var b strings.Builder
	if t.widths == nil {
		t.widths = t.fit(s.Width)
		t.head(&b, s.Style)
	}
	for _, row := range t.rows {
		t.line(&b, s.Style, t.widths, row)
	}
	t.rows = nil
	_, err := io.WriteString(s, b.String())
	return err
}

func (t *Table) head(b *strings.Builder, style screen.Style) {
	head := make([]Cell, len(t.columns))
	titled := false
	for i, c := range t.columns {
		head[i] = Cell{c.Title, style.Dim}
		titled = titled || c.Title != ""
	}
	if titled {
		t.line(b, style, t.widths, head)
	}
}

func (t *Table) line(b *strings.Builder, style screen.Style, widths []int, row []Cell) {
	pending := 0 // spaces that only a later cell makes necessary
	for i, width := range widths {
		var cell Cell
		if i < len(row) {
			cell = row[i]
		}
		text := cell.Text
		if t.columns[i].Shrink {
			text = style.Shorten(text, width)
		}
		space := max(width-utf8.RuneCountInString(text), 0)
		if cell.Paint != nil {
			text = cell.Paint(text)
		}
		if i > 0 {
			pending += len(gap)
		}
		if text == "" {
			pending += space
			continue
		}
		if t.columns[i].Right {
			pending, space = pending+space, 0
		}
		b.WriteString(strings.Repeat(" ", pending))
		b.WriteString(text)
		pending = space
	}
	b.WriteByte('\n')
}

// fit returns the columns' widths, those that may shrink narrowed one step at a
// time, widest first, until the table fits.
func (t *Table) fit(width int) []int {
	widths := make([]int, len(t.columns))
	for i, c := range t.columns {
		widths[i] = max(c.Width, utf8.RuneCountInString(c.Title))
		for _, row := range t.rows {
			if i < len(row) {
				widths[i] = max(widths[i], utf8.RuneCountInString(row[i].Text))
			}
		}
	}
	if width <= 0 {
		return widths
	}
	total := len(gap) * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for ; total > width; total-- {
		widest := -1
		for i, c := range t.columns {
			if c.Shrink && widths[i] > minimum && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	return widths
}

// minimum is the width below which a shortened text says nothing any more.
const minimum = 8
