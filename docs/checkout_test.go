package docs_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const modulePath = "github.com/referent-go/referent"

// checkout returns the top folder of this module. It also reads every folder in
// it: the checks here look at the sources through the go command, which go test
// cannot see, and a folder that the test itself read makes it run them anew
// after a change in there instead of showing a cached result.
func checkout(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == ".git" {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if mod := readFile(t, filepath.Join(root, "go.mod")); !strings.Contains(mod, "module "+modulePath+"\n") {
		t.Fatalf("%s does not say %q; these checks run in a checkout of that module", filepath.Join(root, "go.mod"), "module "+modulePath)
	}
	return root
}

// goCommand runs the go command in dir and returns what it printed to stdout.
func goCommand(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := tryGo(t, dir, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

type goError struct {
	args   []string
	err    error
	output string
}

func (e *goError) Error() string {
	return "go " + strings.Join(e.args, " ") + ": " + e.err.Error() + "\n" + e.output
}

// tryGo runs the go command with the settings of a stranger: no workspace and no
// flags from outside. It writes go.mod and go.sum of the modules that tests make,
// never those of this checkout.
func tryGo(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	mod := "-mod=mod"
	if here, err := filepath.Abs(".."); err == nil && here == dir {
		mod = "-mod=readonly"
	}
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PWD="+dir, "GOWORK=off", "GOFLAGS="+mod+" -buildvcs=false")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", &goError{args, err, stderr.String() + stdout.String()}
	}
	return stdout.String(), nil
}

// newModule writes a module that requires this checkout, with the given files,
// and tidies it. All that its build needs is in the module cache once this
// checkout has been built, so it works without a network from then on.
func newModule(t *testing.T, root string, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	files["go.mod"] = "module example.com/service\n\n" + goLine(t, root) +
		"\nrequire " + modulePath + " v0.0.0\n" +
		"\nreplace " + modulePath + " => " + strconv.Quote(root) + "\n"
	files["go.sum"] = readFile(t, filepath.Join(root, "go.sum")) // tidy drops what is not needed
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	goCommand(t, dir, "mod", "tidy")
	return dir
}

func goLine(t *testing.T, root string) string {
	t.Helper()
	for line := range strings.Lines(readFile(t, filepath.Join(root, "go.mod"))) {
		if strings.HasPrefix(line, "go ") {
			return line
		}
	}
	t.Fatal("go.mod has no go line")
	return ""
}
