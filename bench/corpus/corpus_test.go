package corpus_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/referent-go/referent/bench/corpus"
)

func TestWords(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.go": "package a\n\nvar x, y = 12, \"s\" // not this\n", "b.txt": "not this", "sub/c.go": "package c"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := corpus.Words(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(slices.Collect(files))
	if want := `[[a x y 12 "s"] [c]]`; got != want {
		t.Errorf("words %s, want %s", got, want)
	}
	for range files {
		break
	}
	if _, err := corpus.Words(filepath.Join(dir, "absent")); err == nil {
		t.Error("no error for a directory that is not there")
	}
	if _, err := corpus.Words(filepath.Join(dir, "b.txt")); err == nil {
		t.Error("no error for a file")
	}
}

func TestSeries(t *testing.T) {
	const n = 5_000
	all := slices.Collect(corpus.Series(1, n))
	if len(all) != n {
		t.Fatalf("%d series, want %d", len(all), n)
	}
	seen, names := make(map[string]bool), make(map[string]int)
	for _, labels := range all {
		if key := fmt.Sprint(labels); seen[key] {
			t.Fatalf("%s twice", key)
		} else {
			seen[key] = true
		}
		if !slices.IsSortedFunc(labels, func(a, b corpus.Label) int { return strings.Compare(a.Name, b.Name) }) {
			t.Fatalf("%v is not sorted", labels)
		}
		names[labels[0].Value]++
	}
	most := 0
	for _, k := range names {
		most = max(most, k)
	}
	if most < n/20 || len(names) < 100 {
		t.Errorf("%d metrics, the most used one %d times: not skewed as it should be", len(names), most)
	}
	if again := slices.Collect(corpus.Series(1, n)); !slices.EqualFunc(all, again, slices.Equal) {
		t.Error("the same seed gives other series")
	}
	for range corpus.Series(1, n) {
		break
	}
}
