package docs_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestLeakReports compares the reports in leaks.md with those that refcount's tests
// have seen.
func TestLeakReports(t *testing.T) {
	root := checkout(t)
	golden := readFile(t, filepath.Join(root, "refcount", "testdata", "leaks.golden"))
	shown := 0
	for i, block := range strings.Split(readFile(t, filepath.Join(root, "docs", "leaks.md")), "```") {
		if report, ok := strings.CutPrefix(block, "\nLEAK: "); i%2 == 1 && ok {
			shown++
			if !strings.Contains(golden, "\nLEAK: "+report) {
				t.Errorf("leaks.md shows a report that is not in leaks.golden:\nLEAK: %s", report)
			}
		}
	}
	if shown < 4 {
		t.Errorf("leaks.md shows %d reports", shown)
	}
}
