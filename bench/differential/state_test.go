package differential

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// state is what can be seen of life and death. Objects are told by the order of
// their making, as by the function objectName.
type state struct {
	refs       map[string]string // where each weak reference leads
	finalizers map[string]string // the living ones, and what they hold
	values     []string          // entries of the weak collections, in their order
	keys       []string
	members    []string
	fired      []firing
}

// firing is one run of a callback.
type firing struct {
	label  string
	object int // whose finalizer it was
	atExit bool
}

func objectName(number int) string {
	if number == 0 {
		return "None"
	}
	return fmt.Sprintf("#%d", number)
}

// fact is one thing that is compared.
type fact struct{ what, value string }

// facts returns what is compared of the state under a model. What is dead and
// empty is left out.
func (s state) facts(model differences) []fact {
	var all []fact
	for _, name := range slices.Sorted(maps.Keys(s.refs)) {
		all = append(all, fact{name + "()", s.refs[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(s.finalizers)) {
		all = append(all, fact{name + ".peek()", s.finalizers[name]})
	}
	contents := func(what string, entries []string) {
		if len(entries) == 0 {
			return
		}
		if model.has(collectionsUnordered) {
			entries = slices.Sorted(slices.Values(entries))
		}
		all = append(all, fact{what, "{" + strings.Join(entries, ", ") + "}"})
	}
	contents("wvd", s.values)
	contents("wkd", s.keys)
	contents("ws", s.members)
	return append(all, s.order(model)...)
}

// order returns which callbacks ran and in what order.
func (s state) order(model differences) []fact {
	var all []fact
	add := func(what, label string) {
		for i := range all {
			if all[i].what == what {
				all[i].value += " " + label
				return
			}
		}
		all = append(all, fact{what, label})
	}
	for _, f := range s.fired {
		switch {
		case f.atExit:
			add("fired at exit", f.label)
		case model.has(callbacksUnordered):
			add("fired for "+objectName(f.object), f.label)
		default:
			add("fired", f.label)
		}
	}
	slices.SortFunc(all, func(x, y fact) int { return strings.Compare(x.what, y.what) })
	return all
}

// firedLog notes callbacks as they run. It refers to nothing else, since the
// callbacks refer to it.
type firedLog struct {
	mu   sync.Mutex
	all  []firing
	exit bool
}

func (l *firedLog) add(label string, object int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, firing{label, object, l.exit})
}

func (l *firedLog) exiting(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.exit = on
}

func (l *firedLog) list() []firing {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}
