package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/referent-go/referent/bench/figures"
)

// sectionsOf returns the section with that name, or all if the name is empty.
func sectionsOf(name string) ([]figures.Section, error) {
	if name == "" {
		return figures.Sections, nil
	}
	var names []string
	for _, s := range figures.Sections {
		if s.Name == name {
			return []figures.Section{s}, nil
		}
		names = append(names, s.Name)
	}
	return nil, fmt.Errorf("there is no section %q of figures; there are %s", name, strings.Join(names, ", "))
}

// sectionFile is where the measurements of a section are kept.
func sectionFile(s figures.Section) string { return "docs/bench/" + s.File }

// takeSections measures sections, each into its file.
func takeSections(ctx context.Context, sections []figures.Section, rounds int, progress io.Writer) error {
	for _, s := range sections {
		text, err := takeFigures(ctx, s.Figures, rounds, progress)
		if err != nil {
			return err
		}
		if err := os.WriteFile(sectionFile(s), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// showFigures measures the figures whose names begin with prefix, and prints them.
func showFigures(ctx context.Context, prefix string, rounds int, stdout, progress io.Writer) error {
	some := slices.DeleteFunc(slices.Clone(figures.All), func(f figures.Figure) bool { return !strings.HasPrefix(f.Name, prefix) })
	if len(some) == 0 {
		return fmt.Errorf("no figure's name begins with %q", prefix)
	}
	text, err := takeFigures(ctx, some, rounds, progress)
	if err != nil {
		return err
	}
	v, err := readFigures("the measurement", text)
	if err != nil {
		return err
	}
	return v.write(stdout, some)
}

// writeFigures writes the page from the files of all sections.
func writeFigures(w io.Writer) error {
	var page bytes.Buffer
	page.WriteString("<!-- Written by go run ./bench/report. Do not edit. -->\n\n" + figuresIntroduction + "\n")
	for _, s := range figures.Sections {
		text, err := os.ReadFile(sectionFile(s))
		if err != nil {
			return fmt.Errorf("%w; -figures -section %s makes it", err, s.Name)
		}
		v, err := readFigures(sectionFile(s), text)
		if err != nil {
			return err
		}
		fmt.Fprintf(&page, "\n## %s\n\n%s\n\n", s.Title, s.Text)
		if err := v.write(&page, s.Figures); err != nil {
			return err
		}
	}
	_, err := w.Write(page.Bytes())
	return err
}
