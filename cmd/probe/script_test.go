package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/referent-go/referent/cmd/probe/internal/records"
)

// TestScripts runs the flows in testdata/script. Beside testscript's commands
// they have
//
//	code N command…    runs a command that must end with exit code N
//	ndjson file        checks that every line is a record of our schema
//
// and the variable PROBE, for when PATH does not lead to it.
func TestScripts(t *testing.T) {
	probe, err := exec.LookPath("probe")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PROBE", probe)
			e.Setenv("TZ", "UTC")
			e.Setenv("GORACE", "atexit_sleep_ms=0") // a second for each exec otherwise
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":   exitCode,
			"ndjson": ndjson,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N command…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func ndjson(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ndjson file")
	}
	text := ts.ReadFile(args[0])
	if text == "" || !strings.HasSuffix(text, "\n") {
		ts.Fatalf("%s is empty, or its last line is torn", args[0])
	}
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		var r struct {
			Schema int    `json:"schema"`
			Record string `json:"record"`
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			ts.Fatalf("%v in %s", err, lines.Text())
		}
		if r.Schema != records.Schema || r.Record == "" {
			ts.Fatalf("no schema or record in %s", lines.Text())
		}
	}
	ts.Check(lines.Err())
}
