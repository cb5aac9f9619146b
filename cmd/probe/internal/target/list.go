package target

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/referent-go/referent/cmd/probe/internal/problem"
)

// Variable is the environment variable with the targets to use if none is named,
// separated by spaces.
const Variable = "PROBE_TARGET"

// listLimit bounds a list of targets, in bytes.
const listLimit = 1 << 20

// Sources is what ParseAll reads beside the arguments.
type Sources struct {
	Env   func(string) string // yields the environment's variables
	Stdin io.Reader           // for the list "@-"
}

// ParseAll returns the targets that the arguments name, or the variable
// [Variable] if there are none, or else [DefaultAddress]. An argument "@file" stands
// for the targets in a file, one a line, with comments after #. A target that is
// named twice counts once.
func ParseAll(args []string, from Sources) ([]*Target, error) {
	if len(args) == 0 {
		args = strings.Fields(from.Env(Variable))
	}
	if len(args) == 0 {
		args = []string{DefaultAddress}
	}
	var all []*Target
	seen := make(map[Target]bool)
	add := func(text string) error {
		t, err := Parse(text)
		if err != nil {
			return err
		}
		key := *t
		key.base = nil
		key.Name = ""
		if t.Service() {
			key.Name = t.URL("")
		}
		if !seen[key] {
			seen[key] = true
			all = append(all, t)
		}
		return nil
	}
	for _, arg := range args {
		name, isList := strings.CutPrefix(arg, "@")
		if !isList {
			if err := add(arg); err != nil {
				return nil, err
			}
			continue
		}
		if err := readList(name, from.Stdin, add); err != nil {
			return nil, err
		}
	}
	distinguish(all)
	return all, nil
}

// distinguish lengthens names that several targets have.
func distinguish(all []*Target) {
	count := make(map[string]int)
	for _, t := range all {
		count[t.Name]++
	}
	for _, t := range all {
		if count[t.Name] > 1 {
			t.Name = t.Address()
		}
	}
}

func readList(name string, stdin io.Reader, add func(string) error) error {
	fail := func(code problem.Code, err error) error {
		return &problem.Error{Code: code, What: "list of targets @" + name, Why: err, Next: "write one target a line; comments begin with #"}
	}
	r := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return fail(problem.Unreachable, bare(err))
		}
		defer f.Close()
		r = f
	}
	lines := bufio.NewScanner(io.LimitReader(r, listLimit+1))
	size, n := 0, 0
	for number := 1; lines.Scan(); number++ {
		if size += len(lines.Bytes()) + 1; size > listLimit {
			return fail(problem.Usage, fmt.Errorf("it has more than %d MiB", listLimit>>20))
		}
		text, _, _ := strings.Cut(lines.Text(), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		n++
		if strings.HasPrefix(text, "@") {
			return fail(problem.Usage, fmt.Errorf("line %d: a list in a list", number))
		}
		if err := add(text); err != nil {
			return fail(problem.Usage, fmt.Errorf("line %d: %w", number, errors.Unwrap(err)))
		}
	}
	if err := lines.Err(); err != nil {
		return fail(problem.Unreachable, bare(err))
	}
	if n == 0 {
		return fail(problem.Usage, errors.New("it names no target"))
	}
	return nil
}

// bare returns err without the path that is said anyway.
func bare(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}
