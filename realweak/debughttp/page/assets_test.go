package page_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/css"
	"github.com/tdewolff/minify/v2/js"

	"github.com/referent-go/referent/realweak/debughttp/page"
)

var generate = flag.Bool("generate", false, "write the small files that are served instead of comparing with them")

// TestGenerated shows that the files that are served are those that lie in src,
// without comments and blanks.
func TestGenerated(t *testing.T) {
	m := minify.New()
	m.AddFunc("js", js.Minify)
	m.AddFunc("css", css.Minify)
	for _, name := range []string{"page.js", "page.css"} {
		source, err := os.ReadFile(filepath.Join("src", name))
		if err != nil {
			t.Fatal(err)
		}
		kind := strings.TrimPrefix(filepath.Ext(name), ".")
		small, err := m.Bytes(kind, source)
		if err != nil {
			t.Fatalf("src/%s: %v", name, err)
		}
		small = append(small, '\n')
		path := filepath.Join("assets", strings.TrimSuffix(name, kind)+"min."+kind)
		if *generate {
			if err := os.WriteFile(path, small, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, small) {
			t.Errorf("%s is not what src/%s makes (%v); run go generate ./realweak/debughttp/page", path, name, err)
		}
	}
}

// TestSize holds the page below 100 kB: what is embedded, licence and template too.
func TestSize(t *testing.T) {
	template, err := os.ReadFile("page.html")
	if err != nil {
		t.Fatal(err)
	}
	total := len(template)
	err = fs.WalkDir(page.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		t.Logf("%7d %s", info.Size(), name)
		total += int(info.Size())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%7d page.html\n%7d in all", len(template), total)
	if limit := 100_000; total >= limit {
		t.Errorf("the page has %d bytes, and must stay below %d", total, limit)
	}
}

// TestUPlot shows that the files of uPlot are the ones of its npm package. Who takes
// another version sets its name and its sums here, see the package's doc.
func TestUPlot(t *testing.T) {
	const version = "1.6.32"
	for name, want := range map[string]string{
		"uPlot.iife.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
		"uPlot.min.css":     "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
		"uPlot.LICENSE.txt": "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
	} {
		text, err := fs.ReadFile(page.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		if got := sha256.Sum256(text); hex.EncodeToString(got[:]) != want {
			t.Errorf("%s has the SHA-256 sum %x, and version %s has %s", name, got, version, want)
		}
		if strings.HasSuffix(name, ".js") && !bytes.Contains(text[:100], []byte("(v"+version+")")) {
			t.Errorf("%s does not say that it is version %s", name, version)
		}
	}
}
