package docs_test

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// topFolders are the folders that the module may have at its top, hidden ones aside.
var topFolders = []string{"bench", "cmd", "docs", "interning", "realweak", "refcount"}

func TestTopFolders(t *testing.T) {
	entries, err := os.ReadDir(checkout(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !slices.Contains(topFolders, e.Name()) {
			t.Errorf("there is a folder %s at the top; put it below %s", e.Name(), strings.Join(topFolders, ", "))
		}
	}
}
