package refcount_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// vet returns what go vet's check for copied locks says about a package.
func vet(t *testing.T, dir string) (output string, ok bool) {
	t.Helper()
	out, err := exec.Command("go", "vet", "-copylocks", dir).CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatalf("go vet did not run: %v", err)
	}
	return string(out), err == nil
}

func TestVetReportsCopies(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	out, ok := vet(t, "./testdata/copies")
	if ok {
		t.Error("go vet accepts copied handles")
	}
	source, err := os.ReadFile("testdata/copies/copies.go")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(source), "\n") {
		reported := strings.Contains(out, fmt.Sprintf("copies.go:%d:", i+1))
		_, what, marked := strings.Cut(line, "// copied: ")
		if reported != marked {
			t.Errorf("copies.go:%d (%s): reported %v, want %v", i+1, what, reported, marked)
		}
	}
	if t.Failed() {
		t.Logf("go vet says:\n%s", out)
	}
}

func TestVetAcceptsOwners(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	if out, ok := vet(t, "./testdata/owns"); !ok {
		t.Errorf("go vet reports handles that are not copied:\n%s", out)
	}
}
