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

// Parse reads the Go file at path, which is relative to root and has slashes, and
// returns its tree, with names and string literals passed through intern, and its
// contents.
func Parse(root, path string, intern func(string) string) (*Tree, []byte, error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		return nil, nil, err
	}
	t := &Tree{Path: path, Files: token.NewFileSet()}
	t.Syntax, err = parser.ParseFile(t.Files, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	ast.Inspect(t.Syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			n.Name = intern(n.Name)
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				n.Value = intern(n.Value)
			}
		}
		return true
	})
	return t, text, nil
}

// Reason returns why a file cannot be used, without its name.
func Reason(err error) string {
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
