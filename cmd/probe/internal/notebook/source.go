package notebook

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"sync"
)

var (
	//go:embed collected.go
	collectedSource string
	//go:embed counted.go
	countedSource string
)

// sources returns the bodies of an engine's methods, by name.
var sources = map[string]func() map[string]string{
	Collected: sync.OnceValue(func() map[string]string { return bodies(collectedSource) }),
	Counted:   sync.OnceValue(func() map[string]string { return bodies(countedSource) }),
}

func bodies(source string) map[string]string {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", source, parser.ParseComments)
	if err != nil {
		panic(fmt.Sprintf("probe: the embedded source of the notebook does not parse: %v", err))
	}
	bodies := make(map[string]string)
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil {
			from, to := files.Position(f.Body.Lbrace).Offset+1, files.Position(f.Body.Rbrace).Offset
			bodies[f.Name.Name] = dedent(source[from:to])
		}
	}
	return bodies
}

// dedent takes a level of indentation off each line and writes the others as
// four spaces.
func dedent(text string) string {
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.ReplaceAll(strings.TrimPrefix(line, "\t"), "\t", "    ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), " \n")
}
