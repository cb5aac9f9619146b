package docs_test

import (
	"strings"
	"testing"
)

// TestScenarios holds docs/scenarios.md to the tests that it names.
func TestScenarios(t *testing.T) {
	rows := tables(readFile(t, "scenarios.md"), "source scenario", "Go test", "what differs")
	if len(rows) == 0 {
		t.Fatal("no scenarios in scenarios.md")
	}
	folders := testFolders{root: checkout(t), parsed: map[string]declarations{}}
	for _, row := range rows {
		goTests, rest := spans(row.cells["Go test"])
		if len(goTests) == 0 || strings.Trim(rest, ", ") != "" {
			t.Errorf("scenarios.md:%d: a row has Go tests in code spans, with commas between them", row.line)
		}
		if row.cells["what differs"] == "" {
			t.Errorf("scenarios.md:%d: it does not say what differs", row.line)
		}
		for _, goTest := range goTests {
			if err := folders.find(goTest); err != nil {
				t.Errorf("scenarios.md:%d: %s: %v", row.line, goTest, err)
			}
		}
	}
}
