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
		Name: "realweak", File: "figures.txt", Title: "Weak maps and finalizers", Figures: All,
		Text: `Lookups and finalizers are compared with what one writes with xsync or the standard library; the maps also with
the design that they avoid, a cleanup for each entry.`,
	},
	interningSection,
}

func init() {
	All = append(All[:len(All):len(All)], interningSection.Figures...)
	maps.Copy(Reasons, interningReasons)
}
