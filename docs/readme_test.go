package docs_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const longestReadme = 150

// readmeCommands are what a stranger types first.
var readmeCommands = []string{"go run ./cmd/probe notebook", "go test ./..."}

func TestReadme(t *testing.T) {
	readme := readFile(t, filepath.Join(checkout(t), "README.md"))
	for _, problem := range checkReadme(readme) {
		t.Errorf("README.md: %s", problem)
	}
}

func checkReadme(readme string) []string {
	var problems []string
	if n := strings.Count(readme, "\n"); n > longestReadme {
		problems = append(problems, fmt.Sprintf("%d lines, want at most %d; move the rest to docs", n, longestReadme))
	}
	fences, _ := parse(readme)
	for _, command := range readmeCommands {
		if !slices.ContainsFunc(fences, func(f fence) bool { return hasCommand(f, command) }) {
			problems = append(problems, fmt.Sprintf("no fenced block has the line %q, with nothing after it but perhaps a comment", command))
		}
	}
	return problems
}

// hasCommand reports whether a line of the block is the command, perhaps after a
// prompt and before a comment.
func hasCommand(f fence, command string) bool {
	for line := range strings.Lines(f.text) {
		line, _, _ = strings.Cut(line, " #")
		if strings.TrimPrefix(strings.TrimSpace(line), "$ ") == command {
			return true
		}
	}
	return false
}

// TestSnippets compiles and vets every Go block in the pages for readers. A
// compiler's complaint names the page and the line in it.
func TestSnippets(t *testing.T) {
	if testing.Short() {
		t.Skip("builds every snippet; run without -short")
	}
	root := checkout(t)
	files := map[string]string{}
	for _, page := range pages(t, root) {
		name, err := filepath.Rel(root, page)
		if err != nil {
			t.Fatal(err)
		}
		fences, _ := parse(readFile(t, page))
		for _, f := range fences {
			if f.lang != "go" {
				continue
			}
			source, file, err := snippet(f.text, fmt.Sprintf("%s:%d", filepath.ToSlash(name), f.line))
			if err != nil {
				t.Errorf("%s:%d: not a Go file, nor declarations, nor statements: %v", name, f.line, err)
				continue
			}
			files[fmt.Sprintf("snippet%d/%s", len(files), file)] = source
		}
	}
	if len(files) == 0 {
		return
	}
	dir := newModule(t, root, files)
	for _, verb := range []string{"build", "vet"} {
		if _, err := tryGo(t, dir, verb, "./..."); err != nil {
			t.Fatalf("a Go block does not pass go %s. Lines are those of the page. A block is a whole file, or declarations, or statements; in the latter two, packages of this module and common standard ones need no import.\n%v", verb, err)
		}
	}
}

// known are packages that a snippet may use without an import.
var known = knownPackages(
	"bytes", "context", "crypto/sha256", "crypto/subtle", "errors", "fmt", "io", "iter", "log", "log/slog", "maps", "net/http", "os", "runtime", "slices",
	"strings", "sync", "sync/atomic", "testing", "time", "weak",
	modulePath+"/interning",
	modulePath+"/realweak",
	modulePath+"/realweak/debughttp",
	modulePath+"/realweak/event",
	modulePath+"/realweak/track",
	modulePath+"/realweak/weaktest",
	modulePath+"/refcount",
)

func knownPackages(paths ...string) map[string]string {
	byName := map[string]string{}
	for _, p := range paths {
		byName[path.Base(p)] = p
	}
	return byName
}

// snippet makes a file that compiles on its own out of a block: a whole file
// stays as it is, declarations get a package clause, statements a function
// around them, both the imports they need. Compilers will place the text at the
// given position. The file name says whether it is a test.
func snippet(text, position string) (source, file string, err error) {
	line := "//line " + position + "\n"
	source = line + text
	parsed, err := parseGo(source)
	if err == nil {
		return source, fileName(parsed), nil
	}
	first := err
	if strings.Contains("\n"+text, "\npackage ") {
		return "", "", first
	}
	for _, form := range []string{"package snippet\n\n%s%s%s", "package snippet\n\n%sfunc _() {\n%s%s\n}\n"} {
		bare, parseErr := parseGo(fmt.Sprintf(form, "", line, text))
		if parseErr != nil {
			first = parseErr
			continue
		}
		source = fmt.Sprintf(form, importsFor(bare), line, text)
		parsed, err := parseGo(source)
		if err != nil {
			return "", "", err
		}
		return source, fileName(parsed), nil
	}
	return "", "", first
}

func parseGo(source string) (*ast.File, error) {
	return parser.ParseFile(token.NewFileSet(), "snippet.go", source, 0)
}

// importsFor returns import declarations for the known packages that a file
// without any mentions.
func importsFor(file *ast.File) string {
	if len(file.Imports) > 0 {
		return ""
	}
	var paths []string
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if base, ok := selector.X.(*ast.Ident); ok && known[base.Name] != "" {
			paths = append(paths, known[base.Name])
		}
		return true
	})
	slices.Sort(paths)
	var b strings.Builder
	for _, p := range slices.Compact(paths) {
		fmt.Fprintf(&b, "import %q\n", p)
	}
	return b.String()
}

func fileName(file *ast.File) string {
	for _, spec := range file.Imports {
		if spec.Path.Value == `"testing"` {
			return "snippet_test.go"
		}
	}
	return "snippet.go"
}

func TestCheckReadme(t *testing.T) {
	good := "# x\n```sh\n$ go run ./cmd/probe notebook   # the main job\n```\n```\ngo test ./...\n```\n"
	for _, test := range []struct {
		name, readme string
		want         []string
	}{
		{"good", good, nil},
		{"longest", good + strings.Repeat("\n", longestReadme-strings.Count(good, "\n")), nil},
		{"too long", good + strings.Repeat("\n", longestReadme), []string{"157 lines"}},
		{"not in a block", strings.ReplaceAll(good, "```", "---"), []string{`"go run ./cmd/probe notebook"`, `"go test ./..."`}},
		{"more on the line", strings.ReplaceAll(good, "go test", "time go test"), []string{`"go test ./..."`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := checkReadme(test.readme)
			if len(got) != len(test.want) {
				t.Fatalf("got %q, want %d problems", got, len(test.want))
			}
			for i, want := range test.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("got %q, want it to mention %s", got[i], want)
				}
			}
		})
	}
}

func TestSnippet(t *testing.T) {
	const place = "//line page.md:7\n"
	for _, test := range []struct{ name, text, want, file string }{
		{"whole file", "package main\n\nfunc main() {}\n", place + "package main\n\nfunc main() {}\n", "snippet.go"},
		{
			"declarations", "func f() { fmt.Println() }\n",
			"package snippet\n\nimport \"fmt\"\n" + place + "func f() { fmt.Println() }\n", "snippet.go",
		},
		{
			"test", "func TestX(t *testing.T) {}\n",
			"package snippet\n\nimport \"testing\"\n" + place + "func TestX(t *testing.T) {}\n", "snippet_test.go",
		},
		{
			"own imports", "import \"example.com/fmt\"\nvar _ = fmt.X\n",
			"package snippet\n\n" + place + "import \"example.com/fmt\"\nvar _ = fmt.X\n", "snippet.go",
		},
		{
			"statements", "r := realweak.Make(new(int))\n_ = r.Value()",
			"package snippet\n\nimport \"" + modulePath + "/realweak\"\nfunc _() {\n" + place + "r := realweak.Make(new(int))\n_ = r.Value()\n}\n", "snippet.go",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, file, err := snippet(test.text, "page.md:7")
			if err != nil || got != test.want || file != test.file {
				t.Errorf("got %s, %v\n%s\nwant %s\n%s", file, err, got, test.file, test.want)
			}
		})
	}
	for _, text := range []string{"x := ", "package main\nfunc main() {", "go test ./..."} {
		if got, _, err := snippet(text, "page.md:7"); err == nil {
			t.Errorf("%q became\n%s\nwant an error", text, got)
		} else if !strings.Contains(err.Error(), "page.md:") {
			t.Errorf("%q: the error %q does not name the page", text, err)
		}
	}
}
