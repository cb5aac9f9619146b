package differential

import "fmt"

// resolver turns drafts into statements, and leaves out what has no meaning where
// it stands.
type resolver struct {
	globals, locals names
	inside          bool // a function
	refs, finals    []string
	settled         bool // nothing has happened since the collector settled
}

// program returns what the drafts stand for: names that are defined
// where there are such, fresh ones for weak references and finalizers, and a
// collection before what sees the weak state.
func (o outline) program() program {
	r := &resolver{globals: newNames(globalNames...), locals: newNames(localNames...)}
	p := r.settle(r.resolve(o))
	return program(append(p, statement{op: opExit})).numbered()
}

func (r *resolver) resolve(drafts []draft) (p []statement) {
	for _, d := range drafts {
		if d.op == opSettle {
			p = r.settle(p)
			continue
		}
		s, ok := r.statement(d)
		if !ok {
			continue
		}
		if forms[s.op].looks {
			p = r.settle(p)
		}
		if s.op == opCall {
			if s.body = r.body(d.body); len(s.body) == 0 {
				continue
			}
		}
		p = append(p, s)
		r.settled = false
	}
	return p
}

func (r *resolver) settle(p []statement) []statement {
	if r.settled {
		return p
	}
	r.settled = true
	return append(p, statement{op: opSettle})
}

func (r *resolver) body(drafts []draft) []statement {
	before := r.settled
	r.inside, r.settled = true, false
	r.locals.clear()
	r.locals.define(localNames[0])
	body := r.resolve(drafts)
	r.inside = false
	if len(body) == 0 {
		r.settled = before
	}
	return body
}

// statement reports false if there is nothing that an operand could mean.
func (r *resolver) statement(d draft) (s statement, ok bool) {
	s.op = d.op
	ok = true
	if d.op.has("a") {
		ok = r.pick(&s.a, d.a) && ok
	}
	if d.op.has("b") {
		ok = r.pick(&s.b, d.b) && ok
	}
	switch {
	case d.op.has("attr"):
		s.key = []string{"left", "right"}[d.key]
	case d.op.has("key"):
		s.key = []string{"j", "k"}[d.key]
	case d.op.has("n"):
		s.key = []string{"1", "2"}[d.key]
	}
	if d.op.has("r") {
		ok = choose(&s.w, r.refs, d.w) && ok
	}
	if d.op.has("z") {
		ok = choose(&s.w, r.finals, d.w) && ok
	}
	if !ok {
		return s, false
	}
	if d.op.has("t") && !r.target(&s, d.t) {
		return s, false
	}
	if d.op.has("w") {
		s.w = fmt.Sprintf("w%d", len(r.refs)+1)
		r.refs = append(r.refs, s.w)
	}
	if d.op.has("f") {
		s.w = fmt.Sprintf("f%d", len(r.finals)+1)
		r.finals = append(r.finals, s.w)
	}
	return s, true
}

// target chooses the name that is assigned or deleted: a local one in a function.
func (r *resolver) target(s *statement, wish int) bool {
	scope := &r.globals
	if r.inside {
		scope = &r.locals
	}
	if s.op != opDel {
		s.t = scope.all[wish%len(scope.all)]
		scope.define(s.t)
		return true
	}
	var ok bool
	if s.t, ok = scope.find(wish); ok {
		scope.remove(s.t)
	}
	return ok
}

// pick chooses a name to read. A function's own come first.
func (r *resolver) pick(name *string, wish int) (ok bool) {
	if r.inside && wish < len(r.locals.all) {
		if *name, ok = r.locals.find(wish); ok {
			return true
		}
	}
	if *name, ok = r.globals.find(wish); !ok && r.inside {
		*name, ok = r.locals.find(wish)
	}
	return ok
}

func choose(name *string, from []string, wish int) bool {
	if len(from) == 0 {
		return false
	}
	*name = from[wish%len(from)]
	return true
}

// names are those that a scope may define.
type names struct {
	all     []string
	defined map[string]bool
}

func newNames(all ...string) names { return names{all, map[string]bool{}} }

func (n *names) define(name string) { n.defined[name] = true }
func (n *names) remove(name string) { delete(n.defined, name) }
func (n *names) clear()             { clear(n.defined) }

// find returns the wished name, or else the next that is defined.
func (n *names) find(wish int) (name string, ok bool) {
	for i := range n.all {
		if name := n.all[(wish+i)%len(n.all)]; n.defined[name] {
			return name, true
		}
	}
	return "", false
}
