package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/referent-go/referent/cmd/probe/internal/human"
)

// input is a file to read.
type input struct {
	path string // relative to the root, with slashes
	size int64
}

// realDir returns the directory that path leads to, since a walk does not follow
// a symbolic link that it starts at.
func realDir(path string) (string, error) {
	dir, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = errors.New("not a directory")
	}
	return dir, err
}

// Files lists the Go files below root by their paths relative to it, with slashes,
// and returns the directory that root leads to. What cannot be looked into is left
// out. It fails if root itself cannot be read, or ctx is done, and with [ErrNoFiles].
func Files(ctx context.Context, root string) (dir string, paths []string, err error) {
	dir, err = realDir(root)
	if err != nil {
		return "", nil, err
	}
	files, _, err := find(ctx, dir)
	if err == nil && len(files) == 0 {
		err = ErrNoFiles
	}
	for _, f := range files {
		paths = append(paths, f.path)
	}
	return dir, paths, err
}

// find lists the Go files below root, and what of it cannot be looked into. It
// fails only if root itself cannot be read, or ctx is done.
func find(ctx context.Context, root string) (files []input, failures []Failure, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && path == root {
			return err
		}
		if err == nil && (d.IsDir() || !strings.HasSuffix(path, ".go")) {
			return nil
		}
		var info fs.FileInfo
		if err == nil {
			info, err = d.Info()
		}
		relative := rel(root, path)
		switch {
		case err != nil:
			failures = append(failures, Failure{relative, Reason(err)})
		case info.Mode()&fs.ModeSymlink != 0 || info.Mode().IsRegular():
			files = append(files, input{relative, info.Size()})
		default:
			failures = append(failures, Failure{relative, "not a regular file"})
		}
		return nil
	})
	return files, failures, err
}

func rel(root, path string) string {
	if relative, err := filepath.Rel(root, path); err == nil {
		path = relative
	}
	return filepath.ToSlash(path)
}

// plan is a working set before anything of it has been read.
type plan struct {
	name  string
	files []input
	size  int64
}

// divide makes working sets of files: one for each of the largest directories at
// the top, one for all others, n in all; and then more where one is larger than
// most bytes.
func divide(files []input, n int, most int64) []plan {
	byTop := make(map[string]*plan)
	for _, f := range files {
		top, _, nested := strings.Cut(f.path, "/")
		if !nested {
			top = "."
		}
		p := byTop[top]
		if p == nil {
			p = &plan{name: top}
			byTop[top] = p
		}
		p.add(f)
	}
	tops := make([]plan, 0, len(byTop))
	for _, p := range byTop {
		tops = append(tops, *p)
	}
	slices.SortFunc(tops, func(a, b plan) int {
		return cmp.Or(cmp.Compare(b.size, a.size), strings.Compare(a.name, b.name))
	})
	if len(tops) > n {
		others := plan{name: human.Count(len(tops)-n+1) + " others"}
		for _, p := range tops[n-1:] {
			for _, f := range p.files {
				others.add(f)
			}
		}
		tops = append(tops[:n-1], others)
	}
	var plans []plan
	for _, p := range tops {
		plans = append(plans, p.split(most)...)
	}
	return plans
}

func (p *plan) add(f input) {
	p.files = append(p.files, f)
	p.size += f.size
}

// split cuts a plan into parts of at most that many bytes each, or one file.
func (p plan) split(most int64) []plan {
	if p.size <= most {
		return []plan{p}
	}
	parts := []plan{{}}
	for _, f := range p.files {
		last := &parts[len(parts)-1]
		if last.size > 0 && last.size+f.size > most {
			parts = append(parts, plan{})
			last = &parts[len(parts)-1]
		}
		last.add(f)
	}
	for i := range parts {
		parts[i].name = fmt.Sprintf("%s %d/%d", p.name, i+1, len(parts))
	}
	return parts
}
