package docs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// conceptColumns are the headings of the concept map.
var conceptColumns = []string{"CPython", "here", "what differs"}

// qualified is a name in a package, perhaps with a method or a field. A call's
// parentheses and type arguments may follow.
var qualified = regexp.MustCompile(`^([a-z]\w*)\.([A-Z]\w*)(?:\.([A-Z]\w*))?(?:[[(].*)?$`)

// TestConcepts looks up every name that the concept map mentions in its second
// column: what is not written yet belongs in the last paragraph of that page.
func TestConcepts(t *testing.T) {
	root := checkout(t)
	rows := tables(readFile(t, "concepts.md"), conceptColumns...)
	if len(rows) == 0 {
		t.Fatalf("concepts.md: no table with the columns %s", strings.Join(conceptColumns, ", "))
	}
	program := loadPackages(t, root, libraryPatterns...)
	for _, row := range rows {
		names, _ := spans(row.cells["here"])
		for _, name := range names {
			m := qualified.FindStringSubmatch(name)
			if m == nil {
				t.Errorf("concepts.md:%d: %s is not of the form package.Name or package.Type.Method", row.line, name)
				continue
			}
			if err := program.find(m[1], m[2], m[3]); err != nil {
				t.Errorf("concepts.md:%d: %s: %v", row.line, name, err)
			}
		}
	}
}

// TestNames looks up the names of this module's packages that stand in code
// spans anywhere in the pages. The changelog may mention what is gone.
func TestNames(t *testing.T) {
	root := checkout(t)
	program := loadPackages(t, root, libraryPatterns...)
	for _, page := range pages(t, root) {
		if filepath.Base(page) == "CHANGELOG.md" {
			continue
		}
		_, rest := parse(readFile(t, page))
		for i, line := range rest {
			names, _ := spans(line)
			for _, name := range names {
				m := qualified.FindStringSubmatch(name)
				if m == nil || !program.isOurs(m[1]) {
					continue
				}
				if err := program.find(m[1], m[2], m[3]); err != nil {
					t.Errorf("%s:%d: %s: %v", filepath.Base(page), i+1, name, err)
				}
			}
		}
	}
}

// libraryPatterns match the packages whose names pages mention.
var libraryPatterns = []string{"./realweak/...", "./refcount/...", "./interning/..."}

// program is a set of compiled packages and all that they import.
type program struct {
	paths    map[string][]string // by package name, those of this module first
	importer types.Importer
}

func loadPackages(t *testing.T, root string, patterns ...string) program {
	t.Helper()
	args := append([]string{"list", "-export", "-deps", "-json=ImportPath,Name,Export,DepOnly"}, patterns...)
	decoder := json.NewDecoder(strings.NewReader(goCommand(t, root, args...)))
	p := program{paths: map[string][]string{}}
	exports := map[string]string{}
	for {
		var pkg struct {
			ImportPath, Name, Export string
			DepOnly                  bool
		}
		if err := decoder.Decode(&pkg); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		exports[pkg.ImportPath] = pkg.Export
		if pkg.DepOnly && !isStd(pkg.ImportPath) {
			continue
		}
		at := len(p.paths[pkg.Name])
		if !pkg.DepOnly {
			at = 0
		}
		p.paths[pkg.Name] = slices.Insert(p.paths[pkg.Name], at, pkg.ImportPath)
	}
	p.importer = importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
	return p
}

func (p program) isOurs(pkg string) bool {
	paths := p.paths[pkg]
	return len(paths) > 0 && !isStd(paths[0])
}

// find reports whether a package of that name exports name, and name has the
// method or field member, promoted ones included.
func (p program) find(pkg, name, member string) error {
	paths := p.paths[pkg]
	if len(paths) == 0 {
		return fmt.Errorf("there is no package %s here, nor one that this module imports", pkg)
	}
	imported, err := p.importer.Import(paths[0])
	if err != nil {
		return err
	}
	object := imported.Scope().Lookup(name)
	if object == nil {
		return fmt.Errorf("package %s has no %s", paths[0], name)
	}
	if member == "" {
		return nil
	}
	if _, ok := object.(*types.TypeName); !ok {
		return fmt.Errorf("%s is not a type, so it has no %s", name, member)
	}
	if found, _, _ := types.LookupFieldOrMethod(object.Type(), true, imported, member); found == nil {
		return fmt.Errorf("type %s has no %s", name, member)
	}
	return nil
}

func TestFind(t *testing.T) {
	p := loadPackages(t, checkout(t), "./realweak/event")
	for _, test := range []struct{ pkg, name, member, want string }{
		{"event", "Hub", "", ""},
		{"event", "Hub", "Subscribe", ""},
		{"event", "Event", "Seq", ""},
		{"event", "GC", "", ""},
		{"sync", "Mutex", "Lock", ""},
		{"event", "Hubs", "", "has no Hubs"},
		{"event", "Hub", "Unsubscribe", "type Hub has no Unsubscribe"},
		{"event", "NextID", "Value", "NextID is not a type"},
		{"events", "Hub", "", "no package events"},
	} {
		err := p.find(test.pkg, test.name, test.member)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s.%s.%s: got %v, want %q", test.pkg, test.name, test.member, err, test.want)
		}
	}
}
