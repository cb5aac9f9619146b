package figures

import "maps"

// Section is a part of the page of figures, which can be measured by itself.
type Section struct {
	Name    string
	File    string // of measurements, in docs/bench
	Title   string
	Text    string // what its figures are compared with
	Figures []Figure
}

// Sections are all sections, in the order of the page.
var Sections = []Section{
	{
		Name: "realweak", File: "figures.txt", Title: "Weak maps and finalizers", Figures: weakFigures,
		Text: `Lookups and finalizers are compared with what one writes with xsync or the standard library; the maps also with
the design that they avoid, a cleanup for each entry.`,
	},
	{
		Name: "refcount", File: "figures-refcount.txt", Title: "Counted objects", Figures: countedFigures,
		Text: `Times with Rust's Arc and C++'s shared_ptr beside them are the least of many short runs, for half a second, which
disturbances of the machine do not reach, and those programs measure themselves in the same way; the others are
processor times. A collection's are those of all its threads while Go's collector rests; with CPython's gc.collect beside
it, it is of the same graph, of objects with slots, while all that lives is out of that collector's sight (gc.freeze). A
row without a ratio is compared with nothing.`,
	},
	interningSection,
}

// All are the figures of all sections.
var All = func() (all []Figure) {
	for _, s := range Sections {
		all = append(all, s.Figures...)
	}
	return all
}()

func init() { maps.Copy(Reasons, interningReasons) }
