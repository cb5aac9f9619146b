package differential

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/referent-go/referent/refcount"
)

// Programs over objects that have a destructor, and hold each other in cycles:
// the simulation with its collector beside refcount with a Domain.
//
//	class D:
//	    def __init__(self, does): self.does = does
//	    def __del__(self):
//	        ended.append(self)
//	        match self.does:
//	            case 'rise':  shelf[self] = self
//	            case 'save':  shelf[self] = self.left
//	            case 'open':  box = None
//	            case 'drop':  del self.left
//	box, shelf, ended = None, {}, []
//
// What such a destructor does comes to the same in whatever order several of them
// run, since the order in which a collection calls them is nowhere promised.
// All other orders are: who ends by counts ends in the same order in both.

// memberOp is a kind of statement.
type memberOp uint8

const (
	memberNew memberOp = iota
	memberBind
	memberDel
	memberSet
	memberGet
	memberUnset
	memberRef
	memberDeref
	memberBox
	memberUnbox
	memberEmptyBox
	memberUnshelve
	memberCollect
	memberOps
)

var memberForms = [memberOps]struct {
	text   string
	weight int
}{
	memberNew:      {"{t} = D('{does}')", 8},
	memberBind:     {"{t} = {a}", 2},
	memberDel:      {"del {t}", 6},
	memberSet:      {"{a}.{attr} = {b}", 12},
	memberGet:      {"{t} = {a}.{attr}", 2},
	memberUnset:    {"del {a}.{attr}", 2},
	memberRef:      {"{w} = ref({a})", 4},
	memberDeref:    {"{t} = {w}()", 2},
	memberBox:      {"box = {a}", 2},
	memberUnbox:    {"{t} = box", 1},
	memberEmptyBox: {"box = None", 1},
	memberUnshelve: {"shelf.clear()", 2},
	memberCollect:  {"gc.collect()", 5},
}

// does are the kinds of destructors; most do nothing else.
var does = []string{"end", "rise", "save", "open", "drop"}

type memberStatement struct {
	op         memberOp
	t, a, b, w string
	attr, does string
}

func (s memberStatement) String() string {
	return strings.NewReplacer("{t}", s.t, "{a}", s.a, "{b}", s.b, "{w}", s.w, "{attr}", s.attr, "{does}", s.does).
		Replace(memberForms[s.op].text)
}

type memberProgram []memberStatement

func (p memberProgram) String() string {
	var b strings.Builder
	for i, s := range p {
		if i == len(p)-len(ending) && slices.Equal(p[i:], ending) {
			fmt.Fprintf(&b, "%4d  all names go, and %d times shelf.clear() and gc.collect()\n", i+1, endings)
			break
		}
		fmt.Fprintf(&b, "%4d  %v\n", i+1, s)
	}
	return b.String()
}

var (
	memberNames = []string{"a", "b", "c", "d"}
	memberRefs  = []string{"w1", "w2"}
	memberAttrs = []string{"left", "right"}
)

var memberStatements = rapid.Custom(func(t *rapid.T) memberStatement {
	var kinds []memberOp
	for op, form := range memberForms {
		kinds = append(kinds, slices.Repeat([]memberOp{memberOp(op)}, form.weight)...)
	}
	s := memberStatement{op: rapid.SampledFrom(kinds).Draw(t, "op")}
	draw := func(operand string, into *string, from []string) {
		if strings.Contains(memberForms[s.op].text, "{"+operand+"}") {
			*into = rapid.SampledFrom(from).Draw(t, operand)
		}
	}
	draw("t", &s.t, memberNames)
	draw("a", &s.a, memberNames)
	draw("b", &s.b, memberNames)
	draw("w", &s.w, memberRefs)
	draw("attr", &s.attr, memberAttrs)
	draw("does", &s.does, append(slices.Repeat([]string{"end"}, 4), does...))
	return s
})

// memberPrograms end with the release of everything.
var memberPrograms = rapid.Custom(func(t *rapid.T) memberProgram {
	p := memberProgram(slices.Concat(rapid.SliceOfN(rapid.SliceOfN(memberStatements, 1, 10), 1, 10).Draw(t, "paragraphs")...))
	return append(p, ending...)
})

// ending lets go of everything, as often as it takes: each destructor may hand
// something out once.
var ending = func() (p memberProgram) {
	for _, name := range memberNames {
		p = append(p, memberStatement{op: memberNew, t: name, does: "end"}, memberStatement{op: memberDel, t: name})
	}
	p = append(p, memberStatement{op: memberEmptyBox})
	for range endings {
		p = append(p, memberStatement{op: memberUnshelve}, memberStatement{op: memberCollect})
	}
	return p
}()

const endings = 12

// memberState is what can be seen after a statement.
type memberState struct {
	names, refs, shelf, box string
	alive                   int
}

// members is an engine for such programs.
type members interface {
	// do executes a statement, and reports false if it raises an exception.
	do(s memberStatement) bool
	observe() memberState
	// ended returns the objects whose destructors have run since it was last
	// called.
	ended() []int
	// check returns what is wrong with the engine after the end.
	check() error
}

// compareMembers runs a program on both engines and returns how they differ.
func compareMembers(p memberProgram, sim, engine members) error {
	for i, s := range p {
		fails := func(what string, want, got any) error {
			return fmt.Errorf("the engines differ after line %d of\n\n%v\n%s: simulation %v, domain %v", i+1, p, what, want, got)
		}
		if want, got := sim.do(s), engine.do(s); want != got {
			return fails("is valid", want, got)
		}
		want, got := sim.ended(), engine.ended()
		if s.op == memberCollect {
			slices.Sort(want)
			slices.Sort(got)
		}
		if !slices.Equal(want, got) {
			return fails("ended", want, got)
		}
		if want, got := sim.observe(), engine.observe(); want != got {
			return fails("state", want, got)
		}
	}
	if n := sim.observe().alive; n != 0 {
		return fmt.Errorf("%d objects live after the end of\n\n%v", n, p)
	}
	for _, e := range []members{sim, engine} {
		if err := e.check(); err != nil {
			return fmt.Errorf("%w, after the end of\n\n%v", err, p)
		}
	}
	return nil
}

func TestMembers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if err := compareMembers(memberPrograms.Draw(t, "program"), newSimulatedMembers(), newDomainMembers()); err != nil {
			t.Fatal(err)
		}
	})
}

// Each kind of statement and of destructor has its say in random programs:
// without any of them these would not be what they claim to be.
func TestMemberProgramsDoSomething(t *testing.T) {
	var valid [memberOps]int
	collected, risen := 0, 0
	setFlag(t, "rapid.checks", "1000") // enough for what is rare, with -short too
	rapid.Check(t, func(t *rapid.T) {
		e := newDomainMembers()
		for _, s := range memberPrograms.Draw(t, "program") {
			if e.do(s) {
				valid[s.op]++
			}
		}
		collected += e.collected
		risen += e.resurrected
	})
	for op, n := range valid {
		if n == 0 {
			t.Errorf("no %s succeeded", memberForms[op].text)
		}
	}
	if collected == 0 || risen == 0 {
		t.Errorf("collections destroyed %d objects and left %d to resurrection", collected, risen)
	}
}

// The comparison can fail: engines with a flaw are found out.
func TestMemberMutants(t *testing.T) {
	setFlag(t, "rapid.checks", "3000") // it ends with the first failure
	setFlag(t, "rapid.nofailfile", "true")
	setFlag(t, "rapid.shrinktime", "200ms")
	defer refcount.SetLeakLevel(refcount.Disabled)() // some of the flaws are leaks
	for name, flaw := range map[string]func(*domainMembers){
		"an edge that is not traced":   func(e *domainMembers) { e.blind = true },
		"children before their parent": func(e *domainMembers) { e.childrenFirst = true },
		"a child released too late":    func(e *domainMembers) { e.backwards = true },
		"a risen object dropped":       func(e *domainMembers) { e.forgetful = true },
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{T: t}
			done := make(chan struct{})
			go func() { // recorder ends its goroutine
				defer close(done)
				rapid.Check(r, func(t *rapid.T) {
					e := newDomainMembers()
					flaw(e)
					if err := compareMembers(memberPrograms.Draw(t, "program"), newSimulatedMembers(), e); err != nil {
						t.Fatal(err)
					}
				})
			}()
			<-done
			if !r.failed {
				t.Fatal("not found out")
			}
			t.Log(r.out.String())
		})
	}
}
