package service

import (
	"context"
	"go/ast"
	"slices"

	"github.com/referent-go/referent/cmd/probe/internal/index"
	"github.com/referent-go/referent/refcount"
)

// Session is a directory that somebody works on: it holds the trees and contents of
// its files until it is closed.
type Session struct {
	ID       uint64
	Dir      string
	trees    []*index.Tree
	contents []refcount.Strong[contents]
}

// contents is the text of a file.
type contents struct {
	path string
	text []byte
}

// begin makes a session on a directory. Files that are no Go are left out.
func (s *Service) begin(ctx context.Context, dir string) (*Session, error) {
	files := s.dirs[dir]
	if files == nil {
		return nil, ErrNoDirectory
	}
	session := s.sessions.Track(&Session{Dir: dir})
	for _, f := range files {
		var text []byte
		tree, err := s.trees.Get(ctx, f, func(_ context.Context, path string) (tree *index.Tree, err error) {
			tree, text, err = index.Parse(s.root, path, s.intern)
			return tree, err
		})
		if ctx.Err() != nil {
			s.close(session)
			return nil, ctx.Err()
		}
		if err != nil {
			continue
		}
		session.trees = append(session.trees, tree)
		if text != nil { // parsed by this session, and not found in the cache
			session.contents = append(session.contents, s.contents.New(contents{f, text}))
		}
	}
	s.opened.Add(1)
	return session, nil
}

func (s *Service) intern(name string) string { return s.idents.Intern(name).Value() }

// close ends a session. Nobody should need it any more.
func (s *Service) close(session *Session) {
	for i := range session.contents {
		session.contents[i].Release()
	}
	session.contents = nil
	s.closed.Add(1)
	s.sessions.Expect(session)
}

// declared returns the names that the session's files declare at package level, in
// order and each once.
func (session *Session) declared() []string {
	var names []string
	for _, tree := range session.trees {
		for _, d := range tree.Syntax.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					names = append(names, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						names = append(names, spec.Name.Name)
					case *ast.ValueSpec:
						for _, n := range spec.Names {
							names = append(names, n.Name)
						}
					}
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
