package debughttp_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak/debughttp"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

//go:generate go test -run TestDocumentation -generate

var generate = flag.Bool("generate", false, "write the tables of docs/debughttp.md instead of comparing them")

const documentation = "../../docs/debughttp.md"

// TestDocumentation compares the tables of fields and metrics in the documentation
// with the types and the endpoint that they describe.
func TestDocumentation(t *testing.T) {
	page, err := os.ReadFile(documentation)
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	for name, table := range map[string]string{
		"snapshot":  fields(t, reflect.TypeFor[wire.Snapshot]()),
		"event":     fields(t, reflect.TypeFor[event.Event]()),
		"lost":      fields(t, reflect.TypeFor[wire.Lost]()),
		"collected": fields(t, reflect.TypeFor[debughttp.Collected]()),
		"metrics":   metricsTable(t),
	} {
		begin, end := "<!-- "+name+": generated -->\n", "<!-- /"+name+" -->\n"
		before, rest, ok := strings.Cut(text, begin)
		current, after, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("%s has no lines %q and %q", documentation, begin, end)
		}
		if current == table {
			continue
		}
		if !*generate {
			t.Errorf("the table %s of %s is not that of the code, which is\n%s\nrun go generate ./realweak/debughttp", name, documentation, table)
			continue
		}
		text = before + begin + table + end + after
	}
	if *generate {
		if err := os.WriteFile(documentation, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range debughttp.Endpoints()[1:] {
		if !strings.Contains(text, "\n### `GET "+name+"`\n") && !strings.Contains(text, "\n### `POST "+name+"`\n") {
			t.Errorf("%s has no section for the endpoint %s", documentation, name)
		}
	}
}

// fields describes the JSON of a type in a table, by the comments in its source.
func fields(t *testing.T, typ reflect.Type) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("\n| field | type | meaning |\n|---|---|---|\n")
	writeFields(t, &b, "", typ)
	b.WriteString("\n")
	return b.String()
}

func writeFields(t *testing.T, b *strings.Builder, prefix string, typ reflect.Type) {
	t.Helper()
	comments := commentsOf(t, typ)
	for f := range typ.Fields() {
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			t.Errorf("%v.%s has no name in JSON", typ, f.Name)
			continue
		}
		shown, element, suffix := jsonType(f.Type)
		if comments[f.Name] == "" {
			t.Errorf("%v.%s has no comment to tell what it is", typ, f.Name)
		}
		optional := ""
		if strings.Contains(rest, "omit") || f.Type.Kind() == reflect.Pointer {
			optional = ", optional"
		}
		fmt.Fprintf(b, "| `%s%s` | %s%s | %s |\n", prefix, name, shown, optional, cell(comments[f.Name]))
		if element != nil {
			writeFields(t, b, prefix+name+suffix+".", element)
		}
	}
}

func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

// jsonType says what a field of the type is in JSON. If it is made of fields in turn
// it returns their type, and what leads to them.
func jsonType(typ reflect.Type) (shown string, element reflect.Type, suffix string) {
	switch typ {
	case reflect.TypeFor[time.Time]():
		return "time", nil, ""
	case reflect.TypeFor[event.Fingerprint](), reflect.TypeFor[event.Kind](), reflect.TypeFor[event.Actor]():
		return "string", nil, ""
	}
	switch typ.Kind() {
	case reflect.String:
		return "string", nil, ""
	case reflect.Bool:
		return "boolean", nil, ""
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return "integer", nil, ""
	case reflect.Pointer:
		return jsonType(typ.Elem())
	case reflect.Slice:
		return "list", typ.Elem(), "[]"
	case reflect.Struct:
		return "object", typ, ""
	}
	return "?" + typ.String(), nil, ""
}

// commentsOf returns the comments on the fields of a struct, from its source.
func commentsOf(t *testing.T, typ reflect.Type) map[string]string {
	t.Helper()
	const here = "github.com/referent-go/referent/realweak/debughttp"
	dir, err := filepath.Rel(filepath.FromSlash(here), filepath.FromSlash(typ.PkgPath()))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	comments := map[string]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || spec.Name.Name != typ.Name() {
				return true
			}
			structure, ok := spec.Type.(*ast.StructType)
			if !ok {
				return false
			}
			for _, f := range structure.Fields.List {
				text := f.Comment.Text()
				if text == "" {
					text = f.Doc.Text()
				}
				for _, name := range f.Names {
					comments[name.Name] = strings.Join(strings.Fields(text), " ")
				}
			}
			return false
		})
	}
	if len(comments) == 0 {
		t.Errorf("found no source of %v in %s", typ, dir)
	}
	return comments
}

// metricsTable describes what the endpoint metrics answers with.
func metricsTable(t *testing.T) string {
	t.Helper()
	s := serve(t, debughttp.From(debughttp.Sources{
		Groups:   func() []event.GroupStats { return []event.GroupStats{{Name: "conns"}} },
		Retained: func() []track.Retained { return nil },
	}))
	_, text := get(t, s.url+"metrics", "Accept", "text/plain")
	var b strings.Builder
	b.WriteString("\n| metric | type | meaning |\n|---|---|---|\n")
	help, labels := map[string]string{}, map[string]string{}
	var order []string
	types := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if rest, ok := strings.CutPrefix(line, "# HELP "); ok {
			name, what, _ := strings.Cut(rest, " ")
			help[name] = what
			order = append(order, name)
		} else if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, typ, _ := strings.Cut(rest, " ")
			types[name] = typ
		} else if name, rest, ok := strings.Cut(line, "{"); ok {
			names, _, _ := strings.Cut(rest, "}")
			var all []string
			for pair := range strings.SplitSeq(names, ",") {
				key, _, _ := strings.Cut(pair, "=")
				all = append(all, key)
			}
			labels[strings.TrimSuffix(name, "_bucket")] = "{" + strings.Join(all, ",") + "}"
		}
	}
	for _, name := range order {
		fmt.Fprintf(&b, "| `%s%s` | %s | %s |\n", name, labels[name], types[name], cell(help[name]))
	}
	b.WriteString("\n")
	return b.String()
}
