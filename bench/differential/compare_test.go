package differential

import (
	"fmt"
	"slices"
	"strings"
)

// moment is what the simulation said after a statement.
type moment struct {
	statement statement
	raised    exception
	state     state
}

// trace is a run of a program on the simulation.
type trace struct {
	moments  []moment
	comments map[int]string // by line
	ended    state          // after the end of all names
}

func simulate(p program, c comparison) (*trace, error) {
	e := newSimulated(c)
	tr := &trace{comments: map[int]string{}}
	execute(p, e, func(s statement, raised exception) bool {
		if s.op == opSettle {
			e.settle()
		}
		switch {
		case raised != "":
			tr.comments[s.line] = string(raised)
		case s.op == opNode, s.op == opKey, s.op == opList:
			tr.comments[s.line] = objectName(len(e.numbers))
		}
		tr.moments = append(tr.moments, moment{s, raised, e.observe()})
		return true
	})
	e.end()
	tr.ended = e.observe()
	return tr, e.check()
}

// comparison says how an engine is compared with the simulation.
type comparison struct {
	name   string
	model  differences
	engine func() engine
	// always compares after each statement, and not only where the collector
	// settles.
	always bool
	// cycles lets the simulation's cycle collector work.
	cycles bool
	// exit compares what happens at exit.
	exit bool
	// lastUses marks where Go's local variables die.
	lastUses bool
}

// run runs a program on both and returns how they differ, or nil.
func (c comparison) run(p program) error {
	tr, err := simulate(p, c)
	if err != nil {
		return fmt.Errorf("the simulation is broken:\n%v\n%w", p.annotated(tr.comments, 0), err)
	}
	e := c.engine()
	defer e.close()
	next := 0
	execute(p, e, func(s statement, raised exception) bool {
		want := tr.moments[next]
		next++
		if s.line != want.statement.line {
			err = c.diverges(p, tr, s.line, []row{{"line", fmt.Sprint(want.statement.line), fmt.Sprint(s.line)}})
		} else if raised != want.raised {
			err = c.diverges(p, tr, s.line, []row{{"raises", string(want.raised), string(raised)}})
		} else if rows := c.await(e, s, want.state); rows != nil {
			err = c.diverges(p, tr, s.line, rows)
		}
		return err == nil
	})
	if err == nil && !(c.exit && c.model.has(exitIsNoEnd)) {
		e.end()
		if rows := c.settle(e, tr.ended); rows != nil {
			err = c.diverges(p, tr, 0, rows)
		}
	}
	return err
}

// await compares the states after a statement, if they are to be compared there.
func (c comparison) await(e engine, s statement, want state) []row {
	switch {
	case s.op == opSettle:
		return c.settle(e, want)
	case s.op == opExit && c.exit, s.op != opExit && c.always:
		return c.differ(want, e.observe())
	}
	return nil
}

// settle lets the engine collect until it agrees, or nothing changes any more.
// Each link of a chain is a callback or a weak key, so that its end shows.
func (c comparison) settle(e engine, want state) (rows []row) {
	got := e.observe()
	if rows = c.differ(want, got); !c.model.has(deathWaits) {
		return rows
	}
	for calm := 0; calm < patience; {
		e.settle()
		before := got
		got = e.observe()
		if rows = c.differ(want, got); rows == nil || !c.model.has(chainsWait) {
			return rows
		}
		if calm++; c.differ(before, got) != nil {
			calm = 0
		}
	}
	return rows
}

// patience is after how many collections without change no change is expected.
// One would do, but for what is still on its way when a collection begins.
const patience = 2

// row is a difference: the values that the two give for one fact.
type row struct{ what, simulation, engine string }

func (c comparison) differ(want, got state) (rows []row) {
	w, g := want.facts(c.model), got.facts(c.model)
	for _, f := range w {
		rows = append(rows, row{f.what, f.value, ""})
	}
	for _, f := range g {
		i := slices.IndexFunc(rows, func(r row) bool { return r.what == f.what })
		if i < 0 {
			rows = append(rows, row{what: f.what})
			i = len(rows) - 1
		}
		rows[i].engine = f.value
	}
	rows = slices.DeleteFunc(rows, func(r row) bool { return r.simulation == r.engine })
	if len(rows) == 0 {
		return nil
	}
	return rows
}

// divergence is a program on which an engine and the simulation differ.
type divergence struct {
	program program
	text    string
}

func (d *divergence) Error() string { return d.text }

func (c comparison) diverges(p program, tr *trace, line int, rows []row) error {
	where := fmt.Sprintf("after line %d", line)
	if line == 0 {
		where = "after the end"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "the %s engine and the simulation differ %s of\n\n%s\n", c.name, where, p.annotated(tr.comments, line))
	rows = slices.Insert(rows, 0, row{"", "simulation", c.name})
	var wide row
	for _, r := range rows {
		if len(r.what) > len(wide.what) {
			wide.what = r.what
		}
		if len(r.simulation) > len(wide.simulation) {
			wide.simulation = r.simulation
		}
	}
	for _, r := range rows {
		line := fmt.Sprintf("  %-*s  %-*s  %s", len(wide.what), r.what, max(len(wide.simulation), len("nothing")), orNothing(r.simulation), orNothing(r.engine))
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return &divergence{p, b.String()}
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}
