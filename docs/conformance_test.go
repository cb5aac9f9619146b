package docs_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// conformanceColumns are the headings of the tables of CPython's tests.
var conformanceColumns = []string{"CPython test", "mark", "Go test", "what differs"}

// The marks that a row of those tables can have.
const (
	markSame    = "same"
	markAdapted = "adapted"
	markNone    = "no counterpart"
)

var marks = []string{markSame, markAdapted, markNone}

// TestConformance holds docs/conformance.md to the tests that it names.
func TestConformance(t *testing.T) {
	root := checkout(t)
	page := readFile(t, "conformance.md")
	folders := testFolders{root: root, parsed: map[string]declarations{}}
	problems, named := checkConformance(page, folders.find)
	for _, p := range problems {
		t.Errorf("conformance.md%s", p)
	}
	// What was carried over is listed.
	for folder, d := range folders.parsed {
		for name := range d {
			if !strings.HasPrefix(name, "TestCPython") {
				continue
			}
			for literal := range d.literals(name) {
				full := folder + "/" + name + "/" + literal
				if strings.HasPrefix(literal, "test_") && !named[full] {
					t.Errorf("conformance.md: %s is not in it", full)
				}
			}
		}
	}
}

// checkConformance returns what is wrong with the page and which Go tests it
// names. find looks for one.
func checkConformance(page string, find func(goTest string) error) (problems []string, named map[string]bool) {
	add := func(line int, format string, args ...any) {
		problems = append(problems, fmt.Sprintf(":%d: %s", line, fmt.Sprintf(format, args...)))
	}
	named = map[string]bool{}
	counts := map[string]map[string]int{} // by class and mark
	seen := map[string]bool{}
	classes := headings(page)
	rows := tables(page, conformanceColumns...)
	if len(rows) == 0 {
		add(1, "no table with the columns %s", strings.Join(conformanceColumns, ", "))
	}
	for _, row := range rows {
		class, mark := classes(row.line), row.cells["mark"]
		if counts[class] == nil {
			counts[class] = map[string]int{}
		}
		counts[class][mark]++
		names, _ := spans(row.cells["CPython test"])
		if len(names) != 1 {
			add(row.line, "a row has one test of CPython, in a code span")
			continue
		}
		if full := class + "." + names[0]; seen[full] {
			add(row.line, "%s is listed twice", full)
		} else {
			seen[full] = true
		}
		goTests, rest := spans(row.cells["Go test"])
		switch {
		case !slices.Contains(marks, mark):
			add(row.line, "%s is marked %q; there are %s", names[0], mark, strings.Join(marks, ", "))
		case mark == markNone && len(goTests) > 0:
			add(row.line, "%s has no counterpart and a Go test", names[0])
		case mark != markNone && len(goTests) == 0:
			add(row.line, "%s is %s and has no Go test", names[0], mark)
		case strings.Trim(rest, ", ") != "":
			add(row.line, "the Go tests of %s stand in code spans, with commas between them", names[0])
		case row.cells["what differs"] == "" || mark != markSame && row.cells["what differs"] == "Nothing.":
			add(row.line, "%s does not say what differs", names[0])
		}
		for _, goTest := range goTests {
			named[goTest] = true
			if err := find(goTest); err != nil {
				add(row.line, "%s: %s: %v", names[0], goTest, err)
			}
		}
	}
	for _, p := range checkSummary(page, counts) {
		add(p.line, "%s", p.text)
	}
	return problems, named
}

type problem struct {
	line int
	text string
}

// checkSummary compares the table at the top of the page with the counted rows.
func checkSummary(page string, counts map[string]map[string]int) (problems []problem) {
	all := map[string]int{}
	for _, byMark := range counts {
		for mark, n := range byMark {
			all[mark] += n
		}
	}
	missing := maps.Clone(counts)
	missing["all"] = all
	for _, row := range tables(page, slices.Concat([]string{"class"}, marks)...) {
		names, rest := spans(row.cells["class"])
		class := strings.TrimSpace(rest)
		if len(names) > 0 {
			class = names[0]
		}
		byMark, ok := missing[class]
		if !ok {
			problems = append(problems, problem{row.line, fmt.Sprintf("there is no class %s, or it is summed up twice", class)})
			continue
		}
		delete(missing, class)
		for _, mark := range marks {
			if got := row.cells[mark]; got != strconv.Itoa(byMark[mark]) {
				problems = append(problems, problem{row.line, fmt.Sprintf("%s: %s is %s, but %d rows are", class, mark, got, byMark[mark])})
			}
		}
	}
	for _, class := range slices.Sorted(maps.Keys(missing)) {
		problems = append(problems, problem{1, fmt.Sprintf("%s is not summed up", class)})
	}
	return problems
}

// headings returns a function that tells under which second-level heading a line
// stands.
func headings(page string) func(line int) string {
	type heading struct {
		line int
		text string
	}
	var all []heading
	_, rest := parse(page)
	for i, line := range rest {
		if text, ok := strings.CutPrefix(line, "## "); ok {
			all = append(all, heading{i + 1, text})
		}
	}
	return func(line int) string {
		i, _ := slices.BinarySearchFunc(all, line, func(h heading, line int) int { return cmp.Compare(h.line, line) })
		if i == 0 {
			return ""
		}
		return all[i-1].text
	}
}

// testFolders are the folders with tests that were asked for, by their path.
type testFolders struct {
	root   string
	parsed map[string]declarations
}

// find looks for a test such as realweak/TestRef/subtest: the path of a folder, a
// test function in it, and the names of subtests, which must stand as literals in
// the function or in what it uses.
func (f testFolders) find(goTest string) error {
	folder, test, ok := strings.Cut(goTest, "/Test")
	if !ok {
		return fmt.Errorf("it is not of the form folder/TestName/subtest")
	}
	name, subtest, hasSubtest := strings.Cut("Test"+test, "/")
	d := f.parsed[folder]
	if d == nil {
		var err error
		if d, err = parseTests(filepath.Join(f.root, filepath.FromSlash(folder))); err != nil {
			return err
		}
		f.parsed[folder] = d
	}
	if decl, _ := d[name].(*ast.FuncDecl); decl == nil {
		return fmt.Errorf("the tests in %s have no function %s", folder, name)
	}
	if !hasSubtest {
		return nil
	}
	found := d.literals(name)
	for part := range strings.SplitSeq(subtest, "/") {
		// The testing package writes spaces as underscores.
		if !found[part] && !found[strings.ReplaceAll(part, "_", " ")] {
			return fmt.Errorf("nothing in %s is called %q", name, part)
		}
	}
	return nil
}

// declarations are what a folder's tests declare at the top level, by name.
type declarations map[string]ast.Node

func parseTests(folder string) (declarations, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there are no tests in %s", folder)
	}
	d := declarations{}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		d.add(file)
	}
	return d, nil
}

func (d declarations) add(file *ast.File) {
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil {
				d[decl.Name.Name] = decl
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok {
					for _, name := range v.Names {
						d[name.Name] = v
					}
				}
			}
		}
	}
}

// literals returns the strings in a declaration and in all that it mentions, as far
// as that is declared by tests of the same folder. Names that are shadowed count as
// mentioned, so it finds too much rather than too little.
func (d declarations) literals(name string) map[string]bool {
	found := map[string]bool{}
	seen := map[string]bool{}
	next := []string{name}
	for len(next) > 0 {
		name := next[0]
		if next = next[1:]; seen[name] || d[name] == nil {
			continue
		}
		seen[name] = true
		ast.Inspect(d[name], func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				next = append(next, n.Name)
			case *ast.BasicLit:
				if s, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil {
					found[s] = true
				}
			}
			return true
		})
	}
	return found
}

// TestCheckConformance: the check finds what can be wrong.
func TestCheckConformance(t *testing.T) {
	const good = "| class | same | adapted | no counterpart |\n|---|---|---|---|\n" +
		"| `C` | 1 | 1 | 1 |\n| all | 1 | 1 | 1 |\n\n## C\n\n" +
		"| CPython test | mark | Go test | what differs |\n|---|---|---|---|\n" +
		"| `test_a` | same | `p/TestA`, `p/TestB/b` | Nothing. |\n" +
		"| `test_b` | adapted | `p/TestB/b` | Much. |\n" +
		"| `test_c` | no counterpart | | No need. |\n"
	d := declarations{}
	source := "package p\nfunc TestA(t *testing.T) {}\nfunc TestB(t *testing.T) { helper(t) }\nfunc helper(t *testing.T) { t.Run(\"b\", nil) }\n"
	file, err := parser.ParseFile(token.NewFileSet(), "p_test.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	d.add(file)
	folders := testFolders{root: t.TempDir(), parsed: map[string]declarations{"p": d}}
	for _, c := range []struct{ old, fresh, want string }{
		{"", "", ""},
		{"`p/TestA`", "`p/TestC`", "no function TestC"},
		{"`p/TestA`", "`q/TestA`", "no tests in"},
		{"`p/TestA`", "`p/helper`", "not of the form"},
		{"`p/TestA`", "`p/TestA/b`", `nothing in TestA is called "b"`},
		{"`p/TestA`", "p/TestA", "stand in code spans"},
		{"`test_a`", "`test_b`", "listed twice"},
		{"`test_a`", "test_a", "one test of CPython"},
		{"test_a` | same |", "test_a` | equal |", `marked "equal"`},
		{"test_a` | same |", "test_a` |  |", `marked ""`},
		{"test_a` | same |", "test_a` | no counterpart |", "no counterpart and a Go test"},
		{"| no counterpart | | No", "| adapted | | No", "adapted and has no Go test"},
		{"Much.", "Nothing.", "does not say what differs"},
		{"No need.", "", "does not say what differs"},
		{"`C` | 1 | 1 | 1", "`C` | 1 | 2 | 1", "C: adapted is 2, but 1 rows are"},
		{"all | 1", "all | 2", "all: same is 2, but 1 rows are"},
		{"| `C` | 1 | 1 | 1 |\n", "", "C is not summed up"},
		{"| all ", "| `D` | 0 | 0 | 0 |\n| all ", "no class D"},
		{"| what differs |", "| why |", "no table with the columns"},
	} {
		problems, _ := checkConformance(strings.Replace(good, c.old, c.fresh, 1), folders.find)
		got := strings.Join(problems, "\n")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("with %q for %q: found %q, want %q", c.fresh, c.old, got, c.want)
		}
	}
}
