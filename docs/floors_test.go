package docs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// topLibraryFloor is the highest floor whose packages other people import.
const topLibraryFloor = 3

// unwanted are import paths that no library package may bring into a build,
// directly or through another package, and no consumer may find in its binary.
var unwanted = []struct{ prefix, what string }{
	{modulePath + "/bench", "the benchmarks"},
	{modulePath + "/cmd", "a command"},
	{"charm.land/", "a terminal interface"},
	{"github.com/charmbracelet/", "a terminal interface"},
	{"github.com/gdamore/tcell", "a terminal interface"},
	{"github.com/rivo/tview", "a terminal interface"},
	{"github.com/mattn/", "a terminal helper"},
	{"github.com/muesli/", "a terminal helper"},
	{"github.com/alecthomas/", "a command line parser"},
	{"github.com/spf13/", "a command line parser"},
	{"github.com/urfave/", "a command line parser"},
	{"github.com/google/pprof", "a pprof package"},
	{"net/http/pprof", "a pprof package, which registers itself with the default mux"},
	{"github.com/rogpeppe/go-internal", "a test tool"},
	{"pgregory.net/rapid", "a test tool"},
	{"golang.org/x/", "a golang.org/x module"},
}

// mayProfile makes the one exception: debughttp serves profiles, so it may read
// and write their format. A service that does not import it does not get the
// package.
func mayProfile(pkg, imported string) bool {
	return pkg == "realweak/debughttp" && imported == "github.com/google/pprof/profile"
}

func whyUnwanted(path string) (what string, found bool) {
	for _, u := range unwanted {
		if strings.HasPrefix(path, u.prefix) {
			return u.what, true
		}
	}
	return "", false
}

// floorRow is a row of the floors table in design.md. Paths are relative to the
// module, patterns may end in "/...".
type floorRow struct {
	line     int
	floor    int
	patterns []string
	planned  bool     // its packages do not exist yet
	words    []string // allowed: "std", "anything"
	allowed  []string // allowed: patterns in this module and import paths of others
}

func (r floorRow) allows(path string) bool {
	if slices.Contains(r.words, "anything") {
		return true
	}
	if slices.Contains(r.words, "std") && isStd(path) {
		return true
	}
	return slices.ContainsFunc(r.allowed, func(pattern string) bool { return matches(pattern, inModule(path)) })
}

func (r floorRow) String() string {
	all := append(slices.Clone(r.words), r.allowed...)
	if len(all) == 0 {
		return "nothing"
	}
	return strings.Join(all, ", ")
}

// isStd follows the go command: the first element of a path outside the
// standard library has a dot. Package C stands for cgo, which no library
// package here may use.
func isStd(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") && path != "C"
}

// inModule returns path relative to the module, or as it is if it lies outside.
func inModule(path string) string {
	if path == modulePath {
		return "."
	}
	return strings.TrimPrefix(path, modulePath+"/")
}

func matches(pattern, path string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == prefix || strings.HasPrefix(path, prefix+"/")
	}
	return pattern == path
}

// parseFloors reads the floors table.
func parseFloors(markdown string) ([]floorRow, error) {
	var (
		rows []floorRow
		seen = map[string]int{}
		errs []error
	)
	for _, r := range tables(markdown, "floor", "package", "what lives there", "may import") {
		fail := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("line %d of the floors table: %s", r.line, fmt.Sprintf(format, args...)))
		}
		row := floorRow{line: r.line}
		var err error
		if row.floor, err = strconv.Atoi(r.cells["floor"]); err != nil {
			fail("floor %q is not a number", r.cells["floor"])
		}
		var rest string
		row.patterns, rest = spans(r.cells["package"])
		if len(row.patterns) == 0 {
			fail("no package in a code span")
		}
		for _, word := range words(rest) {
			if word != "planned" {
				fail("the package column says %q; it may hold packages in code spans and the word planned", word)
			}
			row.planned = true
		}
		for _, p := range row.patterns {
			if before := seen[p]; before != 0 {
				fail("%s has a row already, on line %d", p, before)
			}
			seen[p] = r.line
		}
		row.allowed, rest = spans(r.cells["may import"])
		for _, word := range words(rest) {
			switch word {
			case "std", "anything":
				row.words = append(row.words, word)
			case "nothing":
			default:
				fail("the import column says %q; it may hold packages in code spans and the words std, anything and nothing", word)
			}
		}
		if row.floor <= topLibraryFloor && slices.Contains(row.words, "anything") {
			fail("a library package may not import anything it likes")
		}
		if row.floor <= topLibraryFloor {
			for _, p := range row.allowed {
				exempt := len(row.patterns) == 1 && mayProfile(row.patterns[0], p)
				if what, bad := whyUnwanted(p); bad && !exempt {
					fail("a library package may not import %s: it is %s", p, what)
				}
			}
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		errs = append(errs, errors.New("no table with the columns floor, package, what lives there, may import"))
	}
	return rows, errors.Join(errs...)
}

func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ,();", r) })
}

// rowOf returns the row with the most specific pattern for the package.
func rowOf(rows []floorRow, pkg string) (floorRow, bool) {
	var (
		best   floorRow
		length = -1
	)
	for _, r := range rows {
		for _, p := range r.patterns {
			l := len(strings.TrimSuffix(p, "/..."))
			if p == pkg {
				l = len(p) + 1
			}
			if matches(p, pkg) && l > length {
				best, length = r, l
			}
		}
	}
	return best, length >= 0
}

// graph holds the imports of packages outside tests, by import path. It has the
// packages of this module and all that they need, as far as they are known.
type graph map[string][]string

// checkFloors returns what in the graph the table does not allow.
func checkFloors(rows []floorRow, g graph) []string {
	var (
		found   []string
		covered = map[string]bool{} // rows' patterns that fit a package
	)
	add := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	for _, path := range sorted(g) {
		pkg := inModule(path)
		if pkg == path {
			continue // of another module
		}
		row, ok := rowOf(rows, pkg)
		if !ok {
			add("package %s: no row of the floors table covers it; every package has a floor", pkg)
			continue
		}
		for _, p := range row.patterns {
			covered[p] = covered[p] || matches(p, pkg)
		}
		for _, imported := range g[path] {
			if other, ok := rowOf(rows, inModule(imported)); ok && imported != inModule(imported) && other.floor > row.floor {
				add("%s (floor %d) imports %s (floor %d): a package never imports from a higher floor", pkg, row.floor, inModule(imported), other.floor)
				continue
			}
			if !row.allows(imported) {
				add("%s imports %s: its row (line %d of design.md) allows %s", pkg, inModule(imported), row.line, row)
			}
		}
		if row.floor > topLibraryFloor {
			continue
		}
		for _, chain := range chains(g, path) {
			last := chain[len(chain)-1]
			if what, bad := whyUnwanted(last); bad && !mayProfile(pkg, last) {
				add("library package %s imports %s, which is %s", pkg, strings.Join(chain[1:], ", which imports "), what)
			}
		}
	}
	for _, r := range rows {
		for _, p := range r.patterns {
			if r.planned && covered[p] {
				add("line %d of the floors table calls %s planned, but it exists", r.line, p)
			}
			if !r.planned && !covered[p] {
				add("line %d of the floors table has %s, which does not exist; a row for later says planned", r.line, p)
			}
		}
	}
	return found
}

func sorted(g graph) []string {
	paths := make([]string, 0, len(g))
	for p := range g {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

// chains returns, for every package that path needs, a shortest chain of
// imports that leads there. It does not go on from unwanted packages.
func chains(g graph, path string) [][]string {
	var (
		all  [][]string
		seen = map[string]bool{path: true}
		next = [][]string{{path}}
	)
	for len(next) > 0 {
		chain := next[0]
		next = next[1:]
		for _, imported := range g[chain[len(chain)-1]] {
			if seen[imported] {
				continue
			}
			seen[imported] = true
			longer := append(slices.Clone(chain), imported)
			all = append(all, longer)
			if _, bad := whyUnwanted(imported); !bad {
				next = append(next, longer)
			}
		}
	}
	return all
}

// readGraph asks the go command for the graph of the packages that the patterns
// match. Files that build constraints exclude here (other systems, build tags)
// count as well, by the imports that their text shows.
func readGraph(t *testing.T, dir string, patterns ...string) graph {
	t.Helper()
	args := append([]string{"list", "-deps", "-json=ImportPath,Name,Dir,Imports,IgnoredGoFiles"}, patterns...)
	decoder := json.NewDecoder(strings.NewReader(goCommand(t, dir, args...)))
	g := graph{}
	for {
		var p struct {
			ImportPath, Name, Dir string
			Imports               []string
			IgnoredGoFiles        []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return g
		} else if err != nil {
			t.Fatal(err)
		}
		imports := p.Imports
		if inModule(p.ImportPath) != p.ImportPath {
			for _, name := range p.IgnoredGoFiles {
				imports = append(imports, importsOf(t, filepath.Join(p.Dir, name), p.Name)...)
			}
		}
		slices.Sort(imports)
		g[p.ImportPath] = slices.Compact(imports)
	}
}

// importsOf returns the imports of a file of the package, and none for a test
// or a program that lies beside it.
func importsOf(t *testing.T, path, pkg string) []string {
	t.Helper()
	if strings.HasSuffix(path, "_test.go") {
		return nil
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	if file.Name.Name != pkg {
		return nil
	}
	var imports []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		imports = append(imports, imported)
	}
	return imports
}

func TestFloors(t *testing.T) {
	root := checkout(t)
	rows, err := parseFloors(readFile(t, "design.md"))
	if err != nil {
		t.Fatalf("design.md: %v", err)
	}
	for _, problem := range checkFloors(rows, readGraph(t, root, "./...")) {
		t.Error(problem)
	}
}

// TestGraph shows that the graph is the real one.
func TestGraph(t *testing.T) {
	g := readGraph(t, checkout(t), "./realweak/event")
	if imports := g[modulePath+"/realweak/event"]; !slices.Contains(imports, "sync") {
		t.Errorf("realweak/event imports %v, want sync among them", imports)
	}
	if _, ok := g["runtime"]; !ok {
		t.Error("the graph has no runtime; it should have all that the packages need")
	}
}

// house is a small floors table to try the checker on.
const house = "" +
	"| floor | package | what lives there | may import |\n" +
	"|---|---|---|---|\n" +
	"| 0 | `in/...` | inside | std, `in/...` |\n" +
	"| 0 | `base` | base | std, `in/gate` |\n" +
	"| 1 | `lib` | library | std, `base`, `example.com/fast` |\n" +
	"| 3 | `realweak/debughttp` | handler | std, `lib`, `github.com/google/pprof/profile` |\n" +
	"| 3 | `later` (planned) | to come | std, `lib` |\n" +
	"| 4 | `bench` | measures | anything |\n" +
	"| 4 | `bench/sim` | simulation | std, `base` |\n" +
	"| 4 | `cmd/tool/...` | program | anything |\n" +
	"| 4 | `docs` | tests only | nothing |\n"

// standing is what house describes.
func standing() graph {
	return relative(graph{
		"in/gate":               {"sync"},
		"in/watch":              {"runtime", "./in/gate"},
		"base":                  {"fmt", "net/http", "./in/gate"},
		"lib":                   {"weak", "./base", "example.com/fast"},
		"realweak/debughttp":    {"net/http", "./lib", "github.com/google/pprof/profile"},
		"bench":                 {"./lib", "./bench/sim", "example.com/rival"},
		"bench/sim":             {"math", "./base"},
		"cmd/tool":              {"./cmd/tool/internal/cli", "./bench/sim", "github.com/spf13/cobra"},
		"cmd/tool/internal/cli": {"golang.org/x/term", "C"},
		"docs":                  nil,
	})
}

// relative gives each key, and each import that starts with "./", its full path.
func relative(short graph) graph {
	g := graph{}
	for pkg, imports := range short {
		for i, path := range imports {
			if rest, ok := strings.CutPrefix(path, "./"); ok {
				imports[i] = modulePath + "/" + rest
			}
		}
		g[modulePath+"/"+pkg] = imports
	}
	return g
}

func TestCheckFloors(t *testing.T) {
	rows, err := parseFloors(house)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		change graph // packages to add or replace; nil means to remove
		others graph // the same for packages of other modules
		want   []string
	}{
		{name: "as described"},
		{
			name:   "higher floor",
			change: graph{"base": {"fmt", "./lib"}},
			want:   []string{"base (floor 0) imports lib (floor 1): a package never imports from a higher floor"},
		},
		{
			name:   "same floor, not named",
			change: graph{"bench/sim": {"./cmd/tool"}},
			want:   []string{"bench/sim imports cmd/tool: its row (line 9 of design.md) allows std, base"},
		},
		{
			name:   "lower floor, not named",
			change: graph{"lib": {"./in/gate"}},
			want:   []string{"lib imports in/gate: its row (line 5 of design.md) allows std, base, example.com/fast"},
		},
		{
			name:   "part of a named path",
			change: graph{"base": {"./in/gates"}, "in/gates": {"fmt"}},
			want:   []string{"base imports in/gates: its row (line 4 of design.md) allows std, in/gate"},
		},
		{
			name:   "other module",
			change: graph{"base": {"example.com/fast"}},
			want:   []string{"base imports example.com/fast: its row (line 4 of design.md) allows std, in/gate"},
		},
		{
			name:   "package of an allowed module that is not the allowed one",
			change: graph{"lib": {"example.com/fast/inner"}},
			want:   []string{"lib imports example.com/fast/inner: its row (line 5 of design.md) allows std, base, example.com/fast"},
		},
		{
			name:   "cgo",
			change: graph{"lib": {"C"}},
			want:   []string{"lib imports C: its row (line 5 of design.md) allows std, base, example.com/fast"},
		},
		{
			name:   "nothing means nothing",
			change: graph{"docs": {"fmt"}},
			want:   []string{"docs imports fmt: its row (line 11 of design.md) allows nothing"},
		},
		{
			name:   "no row",
			change: graph{"util": {"fmt"}, "bench/report": nil},
			want: []string{
				"package bench/report: no row of the floors table covers it; every package has a floor",
				"package util: no row of the floors table covers it; every package has a floor",
			},
		},
		{
			name:   "no row for an import",
			change: graph{"lib": {"./util"}},
			want:   []string{"lib imports util: its row (line 5 of design.md) allows std, base, example.com/fast"},
		},
		{
			name:   "planned, but there",
			change: graph{"later": {"./lib"}},
			want:   []string{"line 7 of the floors table calls later planned, but it exists"},
		},
		{
			name:   "library and command",
			change: graph{"lib": {"./cmd/tool"}},
			want: []string{
				"lib (floor 1) imports cmd/tool (floor 4): a package never imports from a higher floor",
				"library package lib imports github.com/referent-go/referent/cmd/tool, which is a command",
				"library package realweak/debughttp imports github.com/referent-go/referent/lib, which imports github.com/referent-go/referent/cmd/tool, which is a command",
			},
		},
		{
			name:   "library and terminal interface, by way of an allowed module",
			others: graph{"example.com/fast": {"charm.land/bubbletea/v2"}},
			want: []string{
				"library package lib imports example.com/fast, which imports charm.land/bubbletea/v2, which is a terminal interface",
				"library package realweak/debughttp imports github.com/referent-go/referent/lib, which imports example.com/fast, which imports charm.land/bubbletea/v2, which is a terminal interface",
			},
		},
		{
			name:   "standard library, but a pprof handler",
			change: graph{"base": {"net/http/pprof"}, "lib": nil},
			want:   []string{"library package base imports net/http/pprof, which is a pprof package, which registers itself with the default mux"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := standing()
			for pkg, imports := range relative(test.change) {
				g[pkg] = imports
			}
			for pkg, imports := range test.others {
				g[pkg] = imports
			}
			got := checkFloors(rows, g)
			for _, want := range test.want {
				if !slices.Contains(got, want) {
					t.Errorf("not among the objections: %s", want)
				}
			}
			if t.Failed() || len(got) != len(test.want) {
				t.Errorf("%d objections, want %d:\n%s", len(got), len(test.want), strings.Join(got, "\n"))
			}
		})
	}

	t.Run("row without package", func(t *testing.T) {
		g := standing()
		delete(g, modulePath+"/docs")
		want := "line 11 of the floors table has docs, which does not exist; a row for later says planned"
		if got := checkFloors(rows, g); !slices.Equal(got, []string{want}) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestParseFloorsRefuses(t *testing.T) {
	header := "| floor | package | what lives there | may import |\n|---|---|---|---|\n"
	for _, test := range []struct{ row, want string }{
		{"", "no table with the columns"},
		{"| one | `a` | x | std |", `floor "one" is not a number`},
		{"| 1 | a | x | std |", "no package in a code span"},
		{"| 1 | `a` soon | x | std |", `the package column says "soon"`},
		{"| 1 | `a` | x | std |\n| 2 | `a` | x | std |", "a has a row already, on line 3"},
		{"| 1 | `a` | x | std, xsync |", `the import column says "xsync"`},
		{"| 3 | `a` | x | anything |", "a library package may not import anything it likes"},
		{"| 3 | `a` | x | `github.com/spf13/cobra` |", "it is a command line parser"},
		{"| 3 | `a` | x | `github.com/google/pprof/profile` |", "it is a pprof package"},
	} {
		if _, err := parseFloors(header + test.row); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s\ngot %v, want an error with %s", test.row, err, test.want)
		}
	}
}
