package notebook

import (
	"fmt"
	"strings"
	"sync"
)

// output is what a cell prints. Callbacks print to it from other goroutines.
type output struct {
	mu    sync.Mutex
	lines []string
}

// print prints values in one line, as Python's print does.
func (o *output) print(values ...any) {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = repr(v)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lines = append(o.lines, strings.Join(words, " "))
}

// say prints a text; it has the form of a callback.
func (o *output) say(text string) { o.print(text) }

// take returns the lines so far and forgets them.
func (o *output) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	lines := o.lines
	o.lines = nil
	return lines
}

// repr writes a value as Python does.
func repr(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		if v {
			return "True"
		}
		return "False"
	case []string:
		quoted := make([]string, len(v))
		for i, s := range v {
			quoted[i] = "'" + s + "'"
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	}
	return fmt.Sprint(v)
}

// yes answers a question in a table.
func yes(ok bool) string {
	if ok {
		return "yes"
	}
	return "no"
}

// Cheese is the notebook's class.
type Cheese struct {
	Kind string
}

// Set stands for the notebook's {1, 2, 3}.
type Set struct {
	members map[int]bool
}

// NewSet returns a set.
func NewSet(members ...int) Set {
	s := Set{make(map[int]bool)}
	for _, m := range members {
		s.members[m] = true
	}
	return s
}

// Knot is an object that can be part of a reference cycle.
type Knot struct {
	other *Knot
}
