package top

import (
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
	"github.com/charmbracelet/x/ansi"
)

// column is a column of one of the tables.
type column[T any] struct {
	title string
	left  bool // aligned so; numbers are not
	min   int  // columns that it has at least, so that a table does not sway
	worth int  // where there is no room for all, those with the least worth go first
	flex  bool // takes the room that others leave; exactly one in a table
	text  func(T) string
	style func(T) lipgloss.Style // nil for none
}

// narrowest is the least width of a flexible column before another has to go.
const narrowest = 12

// gap is the room between two columns.
const gap = 2

// tabulate writes rows in columns below their titles, each line at most width
// cells. The row with the number chosen is marked; a negative one marks none.
func tabulate[T any](t *theme, columns []column[T], rows []T, chosen, width int) []string {
	cells := make([][]string, len(rows))
	for i, row := range rows {
		cells[i] = make([]string, len(columns))
		for j, c := range columns {
			cells[i][j] = c.text(row)
		}
	}
	shown, widths := fitColumns(columns, cells, width-1)

	titles := make([]string, len(shown))
	for k, j := range shown {
		titles[k] = t.cut(columns[j].title, widths[k])
	}
	data := make([][]string, len(rows))
	for i := range rows {
		data[i] = make([]string, len(shown))
		for k, j := range shown {
			data[i][k] = t.squeeze(cells[i][j], widths[k])
		}
	}
	total := 0
	for k := range widths {
		if k > 0 {
			widths[k] += gap
		}
		total += widths[k]
	}
	style := func(i, k int) lipgloss.Style {
		c := columns[shown[k]]
		s := lipgloss.NewStyle()
		switch {
		case i == table.HeaderRow:
			s = t.dim
		case c.style != nil:
			s = c.style(rows[i])
		}
		if i == chosen && i >= 0 {
			s = s.Inherit(t.chosen)
		}
		if k > 0 && c.left {
			s = s.PaddingLeft(gap)
		}
		if !c.left {
			s = s.Align(lipgloss.Right)
		}
		return s.Width(widths[k])
	}
	text := table.New().
		Border(lipgloss.Border{}).BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).
		BorderHeader(false).BorderColumn(false).
		Wrap(false).Width(total).StyleFunc(style).
		Headers(titles...).Rows(data...).String()
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		mark := " "
		if i-1 == chosen && chosen >= 0 {
			mark = t.accent.Render(t.cursor)
		}
		lines[i] = mark + line
	}
	return lines
}

// fitColumns returns which columns fit into the width, in their order, and how
// wide each is.
func fitColumns[T any](columns []column[T], cells [][]string, width int) (shown, widths []int) {
	natural := make([]int, len(columns))
	for j, c := range columns {
		natural[j] = max(c.min, ansi.StringWidth(c.title))
		for i := range cells {
			natural[j] = max(natural[j], ansi.StringWidth(cells[i][j]))
		}
		shown = append(shown, j)
	}
	for {
		total, flex, least := -gap, 0, -1
		for k, j := range shown {
			if columns[j].flex {
				flex = k
				total += gap
				continue
			}
			total += natural[j] + gap
			if least < 0 || columns[j].worth < columns[shown[least]].worth {
				least = k
			}
		}
		room := width - total
		if room >= min(natural[shown[flex]], narrowest) || least < 0 {
			for _, j := range shown {
				w := natural[j]
				if columns[j].flex {
					w = max(min(w, room), 1)
				}
				widths = append(widths, w)
			}
			return shown, widths
		}
		shown = append(shown[:least:least], shown[least+1:]...)
	}
}
