package index

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/referent-go/referent/interning"
)

// Tree is the syntax tree of a file. Its FileSet is its own: a shared one would
// hold on to the positions of all files ever parsed.
type Tree struct {
	Path   string
	Syntax *ast.File
	Files  *token.FileSet
}

// source is the contents of a file.
type source struct {
	path string
	text []byte
}

// parse reads a file and makes its tree, with names and string literals interned.
func parse(root string, in input) (*Tree, []byte, error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(in.path)))
	if err != nil {
		return nil, nil, err
	}
	t := &Tree{Path: in.path, Files: token.NewFileSet()}
	t.Syntax, err = parser.ParseFile(t.Files, in.path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	ast.Inspect(t.Syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			n.Name = interning.String(n.Name)
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				n.Value = interning.String(n.Value)
			}
		}
		return true
	})
	return t, text, nil
}

// reason returns why a file cannot be used, without its name.
func reason(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err.Error()
	}
	if list, ok := errors.AsType[scanner.ErrorList](err); ok && len(list) > 0 {
		text := fmt.Sprintf("line %d: %s", list[0].Pos.Line, list[0].Msg)
		if more := len(list) - 1; more > 0 {
			text += fmt.Sprintf(" (and %d more)", more)
		}
		return text
	}
	return err.Error()
}
