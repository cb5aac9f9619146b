package refcount_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/referent-go/referent/refcount"
)

// As the JDK's CleanerTest does with what can be done to a Cleanable, this does
// everything that can be done to a handle in every order, whether it makes sense
// there or not, and compares each step with a model.

// actors are the handles of one run. Where none is left to act on, the one that was
// released last stands in, which must be refused.
type actors struct {
	strongs     []*strong
	weaks       []*weak
	spentStrong *strong
	spentWeak   *weak
	drops       int

	// The model: how many counts there should be, and whether the object lives.
	strong, weak int
	dead         bool
}

func (a *actors) latest() *strong {
	if len(a.strongs) == 0 {
		return a.spentStrong
	}
	return a.strongs[len(a.strongs)-1]
}

func (a *actors) latestWeak() *weak {
	if len(a.weaks) == 0 {
		return a.spentWeak
	}
	return a.weaks[len(a.weaks)-1]
}

// action does one thing. It panics where the package does, and returns what is
// wrong with the outcome.
type action struct {
	name string
	do   func(*actors) string
	// refused tells, before do, whether it should panic.
	refused func(*actors) bool
}

func noStrong(a *actors) bool { return len(a.strongs) == 0 }
func noWeak(a *actors) bool   { return len(a.weaks) == 0 }

var actions = []action{
	{"Clone", func(a *actors) string {
		c := a.latest().Clone()
		a.strongs = append(a.strongs, &c)
		a.strong++
		return ""
	}, noStrong},
	{"Release", func(a *actors) string { return a.release() }, noStrong},
	{"ReleaseTwice", func(a *actors) string {
		if why := a.release(); why != "" {
			panic(why) // not the text that is expected
		}
		a.spentStrong.Release()
		return "not refused"
	}, func(*actors) bool { return true }},
	{"Downgrade", func(a *actors) string {
		w := a.latest().Downgrade()
		a.weaks = append(a.weaks, &w)
		a.weak++
		return ""
	}, noStrong},
	{"Upgrade", func(a *actors) string {
		s, ok := a.latestWeak().Upgrade()
		if ok == a.dead || s.Held() != ok {
			return fmt.Sprintf("returned %v", ok)
		}
		if ok {
			a.strongs = append(a.strongs, &s)
			a.strong++
		}
		return ""
	}, noWeak},
	{"DropWeak", func(a *actors) string {
		w := a.latestWeak()
		w.Release()
		a.weaks = slices.DeleteFunc(a.weaks, func(o *weak) bool { return o == w })
		a.spentWeak = w
		a.weak--
		return ""
	}, noWeak},
}

func (a *actors) release() string {
	s := a.latest()
	last := s.Release()
	a.strongs = a.strongs[:len(a.strongs)-1]
	a.spentStrong = s
	a.strong--
	a.dead = a.strong == 0
	if last != a.dead {
		return fmt.Sprintf("Release returned %v", last)
	}
	return ""
}

// check compares the handles with the model.
func (a *actors) check() string {
	if want := a.dead; (a.drops == 1) != want || a.drops > 1 {
		return fmt.Sprintf("destroyed %d times, dead: %v", a.drops, want)
	}
	for _, s := range a.strongs {
		if s.StrongCount() != a.strong || s.WeakCount() != a.weak || s.Value().kind != "Brie" {
			return fmt.Sprintf("a strong handle counts %d, %d, want %d, %d", s.StrongCount(), s.WeakCount(), a.strong, a.weak)
		}
	}
	strong, weak := a.strong, a.weak
	if a.dead {
		strong, weak = 0, 0
	}
	for _, w := range a.weaks {
		if w.StrongCount() != strong || w.WeakCount() != weak {
			return fmt.Sprintf("a weak handle counts %d, %d, want %d, %d", w.StrongCount(), w.WeakCount(), strong, weak)
		}
	}
	return ""
}

// run does the actions in order, and then gives back what is left.
func (a *actors) run(order []action) (step int, why string) {
	for step, act := range order {
		refused := act.refused(a)
		text := panicText(func() { why = act.do(a) })
		switch {
		case refused != (text != ""):
			return step, fmt.Sprintf("panicked with %q, should be refused: %v", text, refused)
		case refused && !strings.Contains(text, "that was released or moved away before"):
			return step, fmt.Sprintf("panicked with %q", text)
		case why == "":
			why = a.check()
		}
		if why != "" {
			return step, why
		}
	}
	for len(a.strongs) > 0 {
		if why := a.release(); why != "" {
			return len(order), why
		}
	}
	for _, w := range a.weaks {
		w.Release()
	}
	a.weaks = nil
	return len(order), a.check()
}

func TestPermutations(t *testing.T) {
	makers := map[string]func(drop func(*wheel)) strong{
		"New":  func(drop func(*wheel)) strong { return refcount.New(wheel{kind: "Brie"}, drop) },
		"Wrap": func(drop func(*wheel)) strong { return refcount.Wrap(&wheel{kind: "Brie"}, drop) },
	}
	watched := map[string]func(*strong) strong{
		"unobserved":    (*strong).Move,
		"observed":      func(s *strong) strong { return refcount.Watched(s, false) },
		"observed/each": func(s *strong) strong { return refcount.Watched(s, true) },
	}
	for maker, create := range makers {
		for how, observe := range watched {
			t.Run(maker+"/"+how, func(t *testing.T) {
				runs := 0
				permute(actions, func(order []action) {
					for extra := range 4 { // one or two strong, none or one weak
						a := new(actors)
						first := create(func(*wheel) { a.drops++ })
						s := observe(&first)
						a.strongs, a.strong = []*strong{&s}, 1
						a.spentStrong, a.spentWeak = releasedStrong(), releasedWeak()
						if extra&1 != 0 {
							actions[0].do(a)
						}
						if extra&2 != 0 {
							actions[3].do(a)
						}
						runs++
						if step, why := a.run(order); why != "" {
							var names []string
							for _, act := range order {
								names = append(names, act.name)
							}
							t.Fatalf("start %d, %s, step %d: %s", extra, strings.Join(names, " "), step, why)
						}
					}
				})
				if runs != 720*4 {
					t.Errorf("%d runs", runs)
				}
			})
		}
	}
}

// permute calls f with every order of all.
func permute[E any](all []E, f func([]E)) {
	order := slices.Clone(all)
	var choose func(n int)
	choose = func(n int) {
		if n == len(order) {
			f(order)
			return
		}
		for i := n; i < len(order); i++ {
			order[n], order[i] = order[i], order[n]
			choose(n + 1)
			order[n], order[i] = order[i], order[n]
		}
	}
	choose(0)
}
