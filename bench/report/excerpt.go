package main

import (
	"io"

	"github.com/referent-go/referent/bench"
)

// shown are the operations in the README: four where this module should gain, and
// four where it does not.
var shown = []string{
	"valuemap-hit", "keymap-get", "finalizer-detach", "string-hit",
	"deref-alive", "reference-first", "valuemap-new", "finalizer-runs",
}

// writeExcerpt writes a table for the README.
func (m *measurements) writeExcerpt(w io.Writer) error {
	var ops []bench.Op
	for _, name := range shown {
		op, _ := bench.Lookup(name)
		ops = append(ops, op)
	}
	p := &writer{m: m, columns: m.columns()}
	p.table(ops, p.cpu)
	_, err := io.WriteString(w, p.text.String())
	return err
}
