package differential

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"
)

// draft is a statement before it is known which names are defined. Each operand
// is a wish that stays valid when lines around it are removed, which lets rapid
// shrink.
type draft struct {
	op      op
	t, a, b int
	key, w  int
	body    []draft
}

// outline is a program of drafts.
type outline []draft

// GoString is what rapid prints of a drawn one; the failure's text has it all.
func (o outline) GoString() string { return fmt.Sprintf("an outline of %d statements", len(o)) }

// outlines generates programs. They come in paragraphs, for length, and so that
// shrinking can remove much at once.
var outlines = rapid.Custom(func(t *rapid.T) outline {
	return slices.Concat(rapid.SliceOfN(rapid.SliceOfN(drafts(true), 1, 8), 1, 12).Draw(t, "paragraphs")...)
})

// The variables of a program. The first local one is the parameter.
var (
	globalNames = []string{"a", "b", "c", "d", "e"}
	localNames  = []string{"x", "y"}
)

func drafts(withCalls bool) *rapid.Generator[draft] {
	kinds := weighted(withCalls)
	return rapid.Custom(func(t *rapid.T) draft {
		d := draft{op: rapid.SampledFrom(kinds).Draw(t, "op")}
		draw := func(operand string, into *int, values int) {
			if d.op.has(operand) {
				*into = rapid.IntRange(0, values-1).Draw(t, operand)
			}
		}
		draw("t", &d.t, len(globalNames))
		draw("a", &d.a, len(globalNames))
		draw("b", &d.b, len(globalNames))
		for _, operand := range []string{"attr", "key", "n"} {
			draw(operand, &d.key, 2)
		}
		draw("r", &d.w, len(globalNames))
		draw("z", &d.w, len(globalNames))
		if d.op == opCall {
			d.body = rapid.SliceOfN(drafts(false), 1, 6).Draw(t, "body")
		}
		return d
	})
}

// weighted returns the kinds of statements, each as often as it is to be drawn.
// Functions are short, so they get more of what shows when something dies.
func weighted(withCalls bool) []op {
	var kinds []op
	for o := range ops {
		n := forms[o].weight
		switch {
		case withCalls:
		case o == opCall:
			n = 0
		case o == opNode, o == opRef, o == opSettle:
			n *= 2
		}
		kinds = append(kinds, slices.Repeat([]op{o}, n)...)
	}
	return kinds
}
