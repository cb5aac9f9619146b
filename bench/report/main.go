// Command report writes docs/benchmarks.md and docs/figures.md from the measurements in
// docs/bench, and with -measure or -figures takes them first. Run it at the top of the
// repository:
//
//	go run ./bench/report            # only write the pages
//	go run ./bench/report -measure   # half an hour on two processors
//	go run ./bench/report -figures   # another half
//	go run ./bench/report -excerpt   # print the README's table instead
//
// Summaries and comparisons are those of golang.org/x/perf, on which benchstat
// stands; the files in docs/bench are in its format.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
)

const page = "docs/benchmarks.md"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, progress io.Writer) error {
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	flags.SetOutput(progress)
	measure := flags.Bool("measure", false, "measure the operations of docs/benchmarks.md first")
	claims := flags.Bool("figures", false, "measure the figures of docs/figures.md first")
	rounds := flags.Int("rounds", 10, "how often each figure is measured")
	section := flags.String("section", "", "measure only the figures of this section; with -figures")
	only := flags.String("only", "", "print the figures whose names begin with this, and write nothing; with -figures")
	excerpt := flags.Bool("excerpt", false, "print the table for the README instead of writing the page")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; see -help", flags.Arg(0))
	}
	if _, err := os.Stat(filepath.Dir(page)); err != nil {
		return fmt.Errorf("%w; run it at the top of the repository", err)
	}
	if *measure {
		if err := takeAll(ctx, progress); err != nil {
			return err
		}
	}
	sections, err := sectionsOf(*section)
	if err != nil {
		return err
	}
	if *claims {
		if *only != "" {
			return showFigures(ctx, *only, *rounds, stdout, progress)
		}
		if err := takeSections(ctx, sections, *rounds, progress); err != nil {
			return err
		}
	}
	m := newMeasurements()
	for _, p := range plans {
		if err := m.readFile(p.file); err != nil {
			return err
		}
	}
	if *excerpt {
		return m.writeExcerpt(stdout)
	}
	var text bytes.Buffer
	if err := m.write(&text); err != nil {
		return err
	}
	if err := os.WriteFile(page, text.Bytes(), 0o644); err != nil {
		return err
	}
	text.Reset()
	if err := writeFigures(&text); err != nil {
		return err
	}
	return os.WriteFile(figuresPage, text.Bytes(), 0o644)
}
