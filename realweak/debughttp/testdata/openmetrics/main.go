// Openmetrics reads metrics as Prometheus does, with its own parser. The first
// argument is the content type; the metrics are read from the standard input. It
// prints the samples one a line, and fails on what Prometheus would refuse.
//
// It is a module of its own so that nobody who uses the library has Prometheus among
// its dependencies.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

func main() {
	if err := run(os.Args[1], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "openmetrics:", err)
		os.Exit(1)
	}
}

func run(contentType string, in io.Reader, out io.Writer) error {
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	p, err := textparse.New(text, contentType, labels.NewSymbolTable(), textparse.ParserOptions{})
	if err != nil {
		return err
	}
	for {
		entry, err := p.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		switch entry {
		case textparse.EntryType:
			name, typ := p.Type()
			fmt.Fprintf(out, "type %s %s\n", name, typ)
		case textparse.EntryUnit:
			name, unit := p.Unit()
			fmt.Fprintf(out, "unit %s %s\n", name, unit)
		case textparse.EntrySeries:
			var l labels.Labels
			p.Labels(&l)
			_, _, value := p.Series()
			fmt.Fprintf(out, "%s %v\n", l, value)
		}
	}
}
