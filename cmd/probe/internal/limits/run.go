package limits

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/realweak"
)

// Result is what was found out about a kind.
type Result struct {
	Kind   Kind
	Reason realweak.Reason // CheckReferent's; 0 if it accepts the pointer
	Agrees bool            // what happened is what CheckReferent says
	Fate   string          // what happened, in a few words
	Crash  string          // how the process ended that tried it, if it did not end well

	Dropped, Died, Cleaned, Collections int
}

// Run tries all kinds one by one, each in a process that start prepares, which
// must call [Child] with the kind's name, and passes each result on. It fails
// if a process cannot be started, or ctx is done.
func Run(ctx context.Context, start func(ctx context.Context, kind string) *exec.Cmd, each func(Result)) error {
	for _, k := range Kinds() {
		r, err := run(ctx, start, k)
		if err != nil {
			return err
		}
		each(r)
	}
	return nil
}

func run(ctx context.Context, start func(context.Context, string) *exec.Cmd, k Kind) (Result, error) {
	trial, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := start(trial, k.Name)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		return Result{}, ctx.Err()
	}
	var crash string
	if _, died := errors.AsType[*exec.ExitError](err); died {
		crash = lastWords(stderr.String(), err)
	} else if err != nil {
		return Result{}, fmt.Errorf("start a process to try %q in: %w", k.Name, err)
	}
	var found report
	for decoder := json.NewDecoder(&stdout); decoder.More(); {
		if err := decoder.Decode(&found); err != nil {
			return Result{}, fmt.Errorf("read what became of %q: %w", k.Name, err)
		}
	}
	return judge(k, &found, crash), nil
}

// lastWords returns the line of a dead process's stderr that says why.
func lastWords(stderr string, err error) string {
	for line := range strings.Lines(stderr) {
		for _, prefix := range []string{"fatal error: ", "panic: "} {
			if why, ok := strings.CutPrefix(strings.TrimSpace(line), prefix); ok {
				return why
			}
		}
	}
	return err.Error()
}

// judge compares what CheckReferent said with what happened.
func judge(k Kind, r *report, crash string) Result {
	res := Result{
		Kind: k, Reason: r.Reason, Crash: crash, Fate: fate(r, crash),
		Dropped: r.Dropped, Died: r.Died, Cleaned: int(r.Cleaned), Collections: r.Collections,
	}
	survived := crash == "" && r.Done && r.Checked && r.Made
	switch r.Reason {
	case 0:
		res.Agrees = survived && !r.DiedEarly && r.Panic == "" && r.Dropped > 0 && r.Died == r.Dropped && int(r.Cleaned) == r.Dropped
	case realweak.Nil:
		res.Agrees = survived && r.Zero
	case realweak.ZeroSize, realweak.Immortal:
		res.Agrees = survived && r.Dropped > 0 && r.Died == 0 && r.Cleaned == 0
	case realweak.Shared:
		res.Agrees = survived && (r.Died < r.Dropped || raceDetector)
	case realweak.Foreign:
		res.Agrees = r.Checked && crash != "" && !r.Made && r.Panic != ""
	}
	return res
}

func fate(r *report, crash string) string {
	switch {
	case crash != "" && r.Checked && !r.Made:
		return "weak.Make is fatal"
	case crash != "":
		return "the process ended: " + crash
	case r.Zero:
		return "is the zero Ref"
	case r.DiedEarly:
		return "died while still in use"
	case r.Dropped == 0:
		return "is accepted"
	case r.Dropped == 1 && r.Died == 1:
		return "died, " + collections(r)
	case r.Dropped == 1:
		return "alive, " + collections(r)
	case r.Died == r.Dropped:
		return human.Count(r.Died) + " of " + human.Count(r.Dropped) + " died"
	default:
		return human.Count(r.Dropped-r.Died) + " of " + human.Count(r.Dropped) + " alive"
	}
}

func collections(r *report) string { return human.Plural(r.Collections, "collection") }
