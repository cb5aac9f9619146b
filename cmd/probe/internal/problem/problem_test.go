package problem_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/referent-go/referent/cmd/probe/internal/problem"
)

func TestError(t *testing.T) {
	for _, tt := range []struct {
		give *problem.Error
		want string
	}{
		{&problem.Error{What: "limits"}, "limits"},
		{&problem.Error{What: "limits", Why: fs.ErrNotExist}, "limits: file does not exist"},
		{&problem.Error{What: "index", Why: fs.ErrNotExist, Next: "name another"}, "index: file does not exist; name another"},
		{&problem.Error{What: "no such thing", Next: "see help"}, "no such thing; see help"},
	} {
		if got := tt.give.Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestCodeOf(t *testing.T) {
	unreachable := &problem.Error{Code: problem.Unreachable, Why: fs.ErrNotExist}
	for _, tt := range []struct {
		give error
		want problem.Code
	}{
		{nil, problem.OK},
		{errors.New("any"), problem.Findings},
		{unreachable, problem.Unreachable},
		{fmt.Errorf("wrapped: %w", unreachable), problem.Unreachable},
	} {
		if got := problem.CodeOf(tt.give); got != tt.want {
			t.Errorf("CodeOf(%v) = %d, want %d", tt.give, got, tt.want)
		}
	}
	if !errors.Is(unreachable, fs.ErrNotExist) {
		t.Error("the reason is not found through the error")
	}
}
