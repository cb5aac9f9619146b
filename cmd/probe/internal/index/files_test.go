package index

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// write makes a tree of files in a new directory.
func write(t *testing.T, files map[string]string) (root string) {
	t.Helper()
	root = t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestFind(t *testing.T) {
	root := write(t, map[string]string{"a/a.go": "package a", "a/notes.txt": "", "b/c/c.go": "package c", "main.go": "package main", "dir.go/x.go": "package x"})
	files, failures, err := find(t.Context(), root)
	if err != nil || len(failures) != 0 {
		t.Fatalf("failures %v, error %v", failures, err)
	}
	var got []string
	for _, f := range files {
		got = append(got, f.path)
	}
	if want := []string{"a/a.go", "b/c/c.go", "dir.go/x.go", "main.go"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestFindStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := find(ctx, write(t, map[string]string{"a.go": ""})); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestRealDir(t *testing.T) {
	root := write(t, map[string]string{"a.go": "package a"})
	if _, err := realDir(filepath.Join(root, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of nothing: %v", err)
	}
	if _, err := realDir(filepath.Join(root, "a.go")); err == nil {
		t.Error("a file passes for a directory")
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(root, link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	dir, err := realDir(link)
	if err != nil {
		t.Fatal(err)
	}
	if files, _, _ := find(t.Context(), dir); len(files) != 1 {
		t.Errorf("%d files through a link", len(files))
	}
}

func TestDivide(t *testing.T) {
	files := []input{{"big/1.go", 40}, {"big/2.go", 40}, {"big/3.go", 40}, {"mid/1.go", 50}, {"s1/1.go", 3}, {"s2/1.go", 2}, {"main.go", 1}}
	names := func(plans []plan) (names []string) {
		n := 0
		for _, p := range plans {
			names = append(names, p.name)
			n += len(p.files)
		}
		if n != len(files) {
			t.Errorf("%d of %d files are in %v", n, len(files), names)
		}
		return names
	}
	for _, tt := range []struct {
		n    int
		most int64
		want []string
	}{
		{8, 1000, []string{"big", "mid", "s1", "s2", "."}},
		{3, 1000, []string{"big", "mid", "3 others"}},
		{1, 1000, []string{"5 others"}},
		{2, 80, []string{"big 1/2", "big 2/2", "4 others"}},
		{2, 1, []string{"big 1/3", "big 2/3", "big 3/3", "4 others 1/4", "4 others 2/4", "4 others 3/4", "4 others 4/4"}},
	} {
		if got := names(divide(files, tt.n, tt.most)); !slices.Equal(got, tt.want) {
			t.Errorf("divide(%d, %d) = %q, want %q", tt.n, tt.most, got, tt.want)
		}
	}
}
