package differential

import (
	"testing"

	"github.com/referent-go/referent/realweak/weaktest"
)

func TestMain(m *testing.M) { weaktest.Main(m) }

// inNamespace compares the collected engine with its variables on the heap.
func inNamespace(t *testing.T, model differences) comparison {
	return collectedComparison(model, func() engine { return newCollected(t, model) })
}

// inFrames compares the collected engine with local variables in the frames of Go
// functions, where they live until their last use.
func inFrames(t *testing.T, model differences) comparison {
	return framesComparison(t, model, useAndReturn)
}

// byCounts compares the counted engine.
func byCounts(_ *testing.T, model differences) comparison {
	return countedComparison(model, func() engine { return newCounted() })
}

func collectedComparison(model differences, e func() engine) comparison {
	return comparison{name: "collected", model: model, engine: e, cycles: true, exit: true}
}

func framesComparison(t *testing.T, model differences, body func(*frame, func(*object) bool)) comparison {
	c := collectedComparison(model, func() engine {
		e := newCollected(t, model)
		e.enter = func() variables { return newFrames(body) }
		return e
	})
	c.lastUses = true
	return c
}

func countedComparison(model differences, e func() engine) comparison {
	return comparison{
		name: "counted", model: model, engine: e, always: true,
		cycles: !model.has(countedCyclesStay),
		exit:   !model.has(countedHasNoExit),
	}
}

func TestCollected(t *testing.T)       { mustAgree(t, inNamespace(t, allDifferences)) }
func TestCollectedFrames(t *testing.T) { mustAgree(t, inFrames(t, allDifferences)) }
func TestCounted(t *testing.T)         { mustAgree(t, byCounts(t, allDifferences)) }
