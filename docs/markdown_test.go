package docs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// fence is a fenced code block.
type fence struct {
	line int    // number of the first line inside
	lang string // first word after the opening marks
	text string
}

// parse splits Markdown into its fenced blocks and the rest. The rest keeps an
// empty line for each line of a block, so line numbers stay true.
func parse(markdown string) (fences []fence, rest []string) {
	var open string // the marks that opened the block we are in
	for i, line := range strings.Split(markdown, "\n") {
		trimmed := strings.TrimSpace(line)
		marks := trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, "`"))]
		if marks == "" {
			marks = trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, "~"))]
		}
		switch {
		case open == "" && len(marks) >= 3:
			open = marks
			lang, _, _ := strings.Cut(strings.TrimSpace(trimmed[len(marks):]), " ")
			fences = append(fences, fence{line: i + 2, lang: lang})
			line = ""
		case open != "" && strings.HasPrefix(marks, open) && marks == trimmed:
			open = ""
			line = ""
		case open != "":
			fences[len(fences)-1].text += line + "\n"
			line = ""
		}
		rest = append(rest, line)
	}
	return fences, rest
}

// tableRow is a row of a Markdown table; cells are found by their heading.
type tableRow struct {
	line  int
	cells map[string]string
}

// tables returns the rows of every table that has all the given headings.
func tables(markdown string, headings ...string) []tableRow {
	var (
		rows   []tableRow
		header []string // of the table we are in
		_, all = parse(markdown)
	)
	for i, line := range all {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			header = nil
			continue
		}
		cells := splitRow(line)
		if header == nil {
			header = cells
			continue
		}
		if strings.Trim(line, "|-: ") == "" {
			continue
		}
		if slices.ContainsFunc(headings, func(h string) bool { return !slices.Contains(header, h) }) {
			continue
		}
		row := tableRow{line: i + 1, cells: map[string]string{}}
		for j, h := range header {
			if j < len(cells) {
				row.cells[h] = cells[j]
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// splitRow splits at every | that no backslash precedes.
func splitRow(line string) []string {
	const bar = "\x00"
	line = strings.ReplaceAll(line, `\|`, bar)
	line = strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|")
	cells := strings.Split(line, "|")
	for i, c := range cells {
		cells[i] = strings.TrimSpace(strings.ReplaceAll(c, bar, "|"))
	}
	return cells
}

var codeSpan = regexp.MustCompile("`([^`]+)`")

// spans returns what stands in code spans in s, and s without them.
func spans(s string) (code []string, rest string) {
	for _, m := range codeSpan.FindAllStringSubmatch(s, -1) {
		code = append(code, m[1])
	}
	return code, codeSpan.ReplaceAllString(s, "")
}

// pages returns the Markdown files for readers: those at the top of the
// checkout and those in docs.
func pages(t *testing.T, root string) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestParse(t *testing.T) {
	markdown := "a\n```go\nx := 1\n```\nb\n  ~~~\n```\n  ~~~\n````sh -e\n```\n````\nc"
	fences, rest := parse(markdown)
	want := []fence{{3, "go", "x := 1\n"}, {7, "", "```\n"}, {10, "sh", "```\n"}}
	if !slices.Equal(fences, want) {
		t.Errorf("fences = %+v, want %+v", fences, want)
	}
	if got, want := strings.Join(rest, "\n"), "a\n\n\n\nb\n\n\n\n\n\n\nc"; got != want {
		t.Errorf("rest = %q, want %q", got, want)
	}
}

func TestTables(t *testing.T) {
	markdown := "| a | b |\n|---|:-:|\n| 1 | `x\\|y` |\n\n| a | c |\n|---|---|\n| 3 | 4 |\n"
	rows := tables(markdown, "a", "b")
	if got, want := fmt.Sprint(rows), "[{3 map[a:1 b:`x|y`]}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if rows := tables(markdown, "a"); len(rows) != 2 {
		t.Errorf("got %v, want the rows of both tables", rows)
	}
}
