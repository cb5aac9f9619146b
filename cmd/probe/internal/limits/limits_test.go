package limits

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// trialVar names the kind that this test binary is to try instead of testing.
const trialVar = "PROBE_LIMITS_TRIAL"

func TestMain(m *testing.M) {
	if kind := os.Getenv(trialVar); kind != "" {
		if err := Child(os.Stdout, kind); err != nil {
			fmt.Fprintln(os.Stderr, "panic:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	weaktest.Main(m)
}

func trial(ctx context.Context, kind string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), trialVar+"="+kind, "GOTRACEBACK=none", "GORACE=atexit_sleep_ms=0")
	return cmd
}

func TestCheckReferentIsRight(t *testing.T) {
	n := 0
	err := Run(t.Context(), trial, func(r Result) {
		n++
		if !r.Agrees {
			t.Errorf("%s: CheckReferent says %v; %s (%s)", r.Kind.Name, r.Reason, r.Fate, r.Crash)
		}
		if r.Reason != 0 && r.Instead() == "" {
			t.Errorf("%s: refused, and no word on what to do", r.Kind.Name)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if n != len(Kinds()) {
		t.Errorf("%d of %d kinds were tried", n, len(Kinds()))
	}
}

func TestKindsAreTold(t *testing.T) {
	names := make(map[string]bool)
	for _, k := range Kinds() {
		if names[k.Name] || k.Code == "" {
			t.Errorf("kind %q is there twice, or without code", k.Name)
		}
		names[k.Name] = true
	}
	if err := Child(new(bytes.Buffer), "no such kind"); err == nil {
		t.Error("an unknown kind was tried")
	}
}

func TestRunFails(t *testing.T) {
	ignore := func(Result) {}
	missing := func(ctx context.Context, _ string) *exec.Cmd { return exec.CommandContext(ctx, "/no/such/program") }
	if err := Run(t.Context(), missing, ignore); err == nil || !strings.Contains(err.Error(), "start a process") {
		t.Errorf("a program that is not there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Run(ctx, trial, ignore); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

func TestJudge(t *testing.T) {
	died := report{Checked: true, Made: true, Done: true, Dropped: 2, Died: 2, Cleaned: 2, Collections: 1}
	with := func(change func(*report)) *report {
		r := report{Checked: died.Checked, Made: died.Made, Done: died.Done, Dropped: died.Dropped, Died: died.Died, Cleaned: died.Cleaned, Collections: died.Collections}
		change(&r)
		return &r
	}
	for _, tt := range []struct {
		name  string
		give  *report
		crash string
		agree bool
		fate  string
	}{
		{"accepted and died", with(func(*report) {}), "", true, "2 of 2 died"},
		{"accepted and lived on", with(func(r *report) { r.Died, r.Cleaned = 1, 1 }), "", false, "1 of 2 alive"},
		{"accepted, cleanup missing", with(func(r *report) { r.Cleaned = 1 }), "", false, "2 of 2 died"},
		{"accepted and crashed", &report{Checked: true}, "boom", false, "weak.Make is fatal"},
		{"crashed in the check", &report{}, "boom", false, "the process ended: boom"},
		{"died in use", with(func(r *report) { r.DiedEarly = true }), "", false, "died while still in use"},
		{"immortal, and lived on", with(func(r *report) { r.Reason, r.Died, r.Cleaned, r.Dropped = realweak.Immortal, 0, 0, 1 }), "", true, "alive, 1 collection"},
		{"immortal, and died", with(func(r *report) { r.Reason = realweak.Immortal }), "", false, "2 of 2 died"},
		{"shared, and held back", with(func(r *report) { r.Reason, r.Died = realweak.Shared, 1 }), "", true, "1 of 2 alive"},
		{"shared, and died", with(func(r *report) { r.Reason = realweak.Shared }), "", raceDetector, "2 of 2 died"},
		{"foreign, and fatal", &report{Reason: realweak.Foreign, Checked: true, Panic: "bad"}, "boom", true, "weak.Make is fatal"},
		{"foreign, and accepted", &report{Reason: realweak.Foreign, Checked: true, Made: true, Done: true, Panic: "bad"}, "", false, "is accepted"},
		{"nil", &report{Reason: realweak.Nil, Checked: true, Made: true, Zero: true, Done: true}, "", true, "is the zero Ref"},
	} {
		got := judge(Kind{}, tt.give, tt.crash)
		if got.Agrees != tt.agree || got.Fate != tt.fate {
			t.Errorf("%s: agrees %v, %q; want %v, %q", tt.name, got.Agrees, got.Fate, tt.agree, tt.fate)
		}
	}
}
