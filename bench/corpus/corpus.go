// Package corpus has input as programs really meet it, for tests and benchmarks of
// interning: the words of the Go source tree, and the label sets of a monitoring
// server.
package corpus

import (
	"errors"
	"go/scanner"
	"go/token"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
)

// Words returns, file by file, the identifiers and literals of all Go files under
// root, in the order in which they stand there. They are pieces of the files' texts,
// which nothing but they keeps alive. An unreadable file is left out. It returns an
// error if there is no directory of that name.
func Words(root string) (iter.Seq[[]string], error) {
	info, err := os.Stat(root)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &fs.PathError{Op: "walk", Path: root, Err: errors.New("not a directory")}
	}
	return func(yield func([]string) bool) {
		filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
				return nil
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return nil
			}
			if !yield(wordsOf(text)) {
				return filepath.SkipAll
			}
			return nil
		})
	}, nil
}

func wordsOf(text []byte) (words []string) {
	var s scanner.Scanner
	set := token.NewFileSet()
	s.Init(set.AddFile("", -1, len(text)), text, func(token.Position, string) {}, 0)
	for {
		_, tok, word := s.Scan()
		if tok == token.EOF {
			return words
		}
		if tok == token.IDENT || tok.IsLiteral() {
			words = append(words, word)
		}
	}
}
