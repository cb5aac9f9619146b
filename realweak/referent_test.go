package realweak_test

import (
	"errors"
	"strings"
	"testing"
	"unsafe"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

var (
	globalInt     int
	globalPointer = &node{}
)

// keep makes an object escape to the heap.
var keep any

func reason(err error) realweak.Reason {
	var refused *realweak.ReferentError
	if errors.As(err, &refused) {
		return refused.Reason
	}
	return 0
}

func TestCheckReferent(t *testing.T) {
	type array [4]node
	cells := new(array)
	ints := make([]int32, 8) // 32 bytes: not tiny
	lone := new(int32)
	keep = []any{cells, ints, lone}
	text := "a constant's bytes"
	for _, c := range []struct {
		name string
		err  error
		want realweak.Reason
	}{
		{"heap object", realweak.CheckReferent(&node{}), 0},
		{"large object", realweak.CheckReferent(new([1 << 20]byte)), 0},
		{"16 bytes without pointers", realweak.CheckReferent(&[2]uint64{1, 2}), 0},
		{"element of an array", realweak.CheckReferent(&cells[2]), 0},
		{"field", realweak.CheckReferent(&cells[1].name), 0},
		{"element of a slice", realweak.CheckReferent(&ints[3]), 0},
		{"map variable", realweak.CheckReferent(&map[int]int{}), 0},
		{"New of an int32", realweak.CheckReferent(realweak.New(int32(1))), 0},
		{"New of a byte", realweak.CheckReferent(realweak.New(byte(1))), 0},
		{"New of a bool", realweak.CheckReferent(realweak.New(true)), 0},
		{"New of an empty struct", realweak.CheckReferent(realweak.New(struct{}{})), 0},
		{"New of an ordinary type", realweak.CheckReferent(realweak.New(node{})), 0},
		{"nil", realweak.CheckReferent[node](nil), realweak.Nil},
		{"tiny", realweak.CheckReferent(lone), realweak.Shared},
		{"zero size", realweak.CheckReferent(&struct{}{}), realweak.ZeroSize},
		{"empty array", realweak.CheckReferent(&[0]node{}), realweak.ZeroSize},
		{"package-level variable", realweak.CheckReferent(&globalInt), realweak.Immortal},
		{"package-level struct", realweak.CheckReferent(&global), realweak.Immortal},
		{"allocated by an initializer", realweak.CheckReferent(globalPointer), realweak.Immortal},
		{"constant's bytes", realweak.CheckReferent(unsafe.StringData(text)), realweak.Foreign},
	} {
		if got := reason(c.err); got != c.want {
			t.Errorf("%s: %v, want reason %v", c.name, c.err, c.want)
		}
	}
}

func TestReferentErrorSaysWhatToDo(t *testing.T) {
	err := realweak.CheckReferent(&struct{}{})
	for _, want := range []string{"realweak: CheckReferent: *struct {}", "size zero", "realweak.New"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
}

// What New makes dies alone, with neighbours of its kind alive.
func TestNewDiesAlone(t *testing.T) {
	const n = 64
	kept := make([]*int8, 0, n)
	refs := make([]realweak.Ref[int8], 0, n)
	fill := func() {
		for i := range n {
			kept = append(kept, realweak.New(int8(i)))
			refs = append(refs, realweak.Make(realweak.New(int8(i))))
		}
	}
	fill()
	for _, ref := range refs {
		weaktest.AwaitDead(t, ref)
	}
	for i, p := range kept {
		if *p != int8(i) {
			t.Fatalf("kept[%d] = %d", i, *p)
		}
	}
	empty := func() realweak.Ref[struct{}] { return realweak.Make(realweak.New(struct{}{})) }()
	weaktest.AwaitDead(t, empty)
}
