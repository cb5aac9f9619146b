package docs_test

import (
	"debug/buildinfo"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// services are programs as a stranger would write them, one for each package
// that people import first.
var services = []struct {
	name    string
	source  string
	modules []string // that may join the build
	prints  string
}{
	{
		name:    "realweak",
		modules: []string{modulePath, "github.com/puzpuzpuz/xsync/v4"},
		prints:  "apples for ada",
		source: `package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"

	"github.com/referent-go/referent/realweak"
)

type basket struct {
	owner string
	items []string
}

func main() {
	var open realweak.ValueMap[string, basket] // holds no basket back
	mine := &basket{owner: "ada", items: []string{"apples"}}
	open.Store("ada", mine)

	serve := func(w http.ResponseWriter, r *http.Request) {
		b, ok := open.Load(r.URL.Query().Get("owner"))
		if !ok {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintf(w, "%s for %s", b.items[0], b.owner)
	}
	answer := httptest.NewRecorder()
	http.HandlerFunc(serve).ServeHTTP(answer, httptest.NewRequest("GET", "/?owner=ada", nil))
	fmt.Print(answer.Body)
	runtime.KeepAlive(mine)
}
`,
	},
	{
		name:    "refcount",
		modules: []string{modulePath, "github.com/puzpuzpuz/xsync/v4"},
		prints:  "closing db; closed",
		source: `package main

import (
	"fmt"

	"github.com/referent-go/referent/refcount"
)

type conn struct{ name string }

func main() {
	first := refcount.New(conn{name: "db"}, func(c *conn) { fmt.Print("closing ", c.name) })
	second := first.Clone()
	first.Release()
	second.Release()
	fmt.Print("; closed")
}
`,
	},
	{
		name:    "interning",
		modules: []string{modulePath, "github.com/puzpuzpuz/xsync/v4"},
		prints:  "one copy: true",
		source: `package main

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/referent-go/referent/interning"
)

func main() {
	a := interning.String(strings.Repeat("go", 20))
	b := interning.String(strings.Repeat("gogo", 10))
	fmt.Print("one copy: ", unsafe.StringData(a) == unsafe.StringData(b))
}
`,
	},
}

// TestConsumer builds each service in a module of its own and looks at what the
// linker put into the binary. A build takes seconds, hence the skip.
func TestConsumer(t *testing.T) {
	if testing.Short() {
		t.Skip("builds three programs; run without -short")
	}
	root := checkout(t)
	for _, service := range services {
		t.Run(service.name, func(t *testing.T) {
			t.Parallel()
			dir := newModule(t, root, map[string]string{"main.go": service.source})
			binary := filepath.Join(dir, "service.exe")
			goCommand(t, dir, "build", "-o", binary, ".")

			info, err := buildinfo.ReadFile(binary)
			if err != nil {
				t.Fatal(err)
			}
			var linked []string
			for _, m := range info.Deps {
				linked = append(linked, m.Path)
			}
			if !slices.Contains(linked, modulePath) {
				t.Errorf("the binary has the modules %v, want %s among them", linked, modulePath)
			}
			objectTo(t, "the binary", linked, service.modules)
			objectTo(t, "the service's go.mod", requirements(t, dir), service.modules)

			out, err := exec.CommandContext(t.Context(), binary).CombinedOutput()
			if err != nil || string(out) != service.prints {
				t.Errorf("the service printed %q and ended with %v, want %q", out, err, service.prints)
			}
		})
	}
}

// objectTo reports each module that is not among the allowed ones.
func objectTo(t *testing.T, where string, modules, allowed []string) {
	t.Helper()
	for _, problem := range objections(modules, allowed) {
		t.Errorf("%s has %s", where, problem)
	}
}

func objections(modules, allowed []string) []string {
	var found []string
	for _, m := range modules {
		if slices.Contains(allowed, m) {
			continue
		}
		problem := m + ", which importing this package should not bring"
		if what, bad := whyUnwanted(m + "/"); bad {
			problem += ": it is " + what
		}
		found = append(found, problem)
	}
	return found
}

func requirements(t *testing.T, dir string) []string {
	t.Helper()
	var mod struct{ Require []struct{ Path string } }
	if err := json.Unmarshal([]byte(goCommand(t, dir, "mod", "edit", "-json")), &mod); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, r := range mod.Require {
		paths = append(paths, r.Path)
	}
	return paths
}

func TestObjections(t *testing.T) {
	modules := []string{modulePath, "golang.org/x/sys", "example.com/other", "github.com/google/pprof"}
	want := []string{
		"golang.org/x/sys, which importing this package should not bring: it is a golang.org/x module",
		"example.com/other, which importing this package should not bring",
		"github.com/google/pprof, which importing this package should not bring: it is a pprof package",
	}
	if got := objections(modules, []string{modulePath}); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
