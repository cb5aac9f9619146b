package differential

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/referent-go/referent/refcount"
)

type (
	strongMember = refcount.Strong[member]
	weakMember   = refcount.Weak[member]
)

// member is an object of such a program. Its attributes are in the order in which
// the names were first used for any object: CPython's dictionaries of instances
// share their keys.
type member struct {
	engine *domainMembers
	number int
	does   string
	attrs  []*attribute
}

type attribute struct {
	name  string
	value strongMember
}

func (m *member) Trace(visit func(refcount.Edge)) {
	for _, a := range m.attrs {
		if m.engine.blind && a.name == "right" {
			continue
		}
		visit(a.value.Edge(a.name))
	}
}

func (m *member) find(name string) int {
	return slices.IndexFunc(m.attrs, func(a *attribute) bool { return a.name == name })
}

// domainMembers runs programs of members on refcount.
type domainMembers struct {
	domain refcount.Domain
	born   int
	names  map[string]*strongMember
	refs   map[string]*weakMember
	box    *strongMember
	shelf  []shelved
	log    []int
	attrs  []string // names of attributes, in the order of their first use

	collected, resurrected int

	// Flaws, which are to be found out.
	blind, childrenFirst, backwards, forgetful bool
}

type shelved struct {
	number int
	handle *strongMember
}

func newDomainMembers() *domainMembers {
	return &domainMembers{names: map[string]*strongMember{}, refs: map[string]*weakMember{}}
}

// del is the destructor. It releases nothing that the object still owns: that is
// the package's business.
func (m *member) del() {
	e := m.engine
	if e.childrenFirst {
		for _, a := range m.attrs {
			a.value.Release()
		}
		m.attrs = nil
	}
	if e.backwards {
		slices.Reverse(m.attrs)
	}
	e.log = append(e.log, m.number)
	switch m.does {
	case "rise":
		h := refcount.Resurrect(m)
		if e.forgetful {
			h.Release()
			return
		}
		e.shelf = append(e.shelf, shelved{m.number, &h})
	case "save":
		if at := m.find("left"); at >= 0 {
			h := m.attrs[at].value.Clone()
			e.shelf = append(e.shelf, shelved{m.number, &h})
		}
	case "open":
		e.setBox(nil)
	case "drop":
		if at := m.find("left"); at >= 0 {
			a := m.attrs[at]
			m.attrs = slices.Delete(m.attrs, at, at+1)
			a.value.Release()
		}
	}
}

// firstUse returns how many names were used for an attribute before this one.
func (e *domainMembers) firstUse(name string) int {
	if !slices.Contains(e.attrs, name) {
		e.attrs = append(e.attrs, name)
	}
	return slices.Index(e.attrs, name)
}

func (e *domainMembers) setBox(h *strongMember) {
	old := e.box
	e.box = h
	letGo(old)
}

func letGo(h *strongMember) {
	if h != nil {
		h.Release()
	}
}

func another(h *strongMember) *strongMember {
	c := h.Clone()
	return &c
}

func (e *domainMembers) assign(name string, h *strongMember) {
	old := e.names[name]
	e.names[name] = h
	letGo(old)
}

func (e *domainMembers) do(s memberStatement) bool {
	a, b := e.names[s.a], e.names[s.b]
	if s.a != "" && a == nil || s.b != "" && b == nil {
		return false
	}
	switch s.op {
	case memberNew:
		e.born++
		h := refcount.New(member{engine: e, number: e.born, does: s.does}, (*member).del)
		refcount.Adopt(&e.domain, &h)
		e.assign(s.t, &h)
	case memberBind:
		e.assign(s.t, another(a))
	case memberDel:
		h := e.names[s.t]
		if h == nil {
			return false
		}
		delete(e.names, s.t)
		h.Release()
	case memberSet:
		var old *attribute
		e.domain.Update(func() {
			m := a.Value()
			fresh := &attribute{s.attr, b.Clone()}
			e.firstUse(s.attr)
			if at := m.find(s.attr); at >= 0 {
				old = m.attrs[at]
				m.attrs[at] = fresh
			} else {
				m.attrs = append(m.attrs, fresh)
				slices.SortFunc(m.attrs, func(x, y *attribute) int { return e.firstUse(x.name) - e.firstUse(y.name) })
			}
		})
		if old != nil {
			old.value.Release()
		}
	case memberGet:
		at := a.Value().find(s.attr)
		if at < 0 {
			return false
		}
		e.assign(s.t, another(&a.Value().attrs[at].value))
	case memberUnset:
		m := a.Value()
		at := m.find(s.attr)
		if at < 0 {
			return false
		}
		e.domain.Update(func() {
			old := m.attrs[at]
			m.attrs = slices.Delete(m.attrs, at, at+1)
			old.value.Release() // with whatever that destroys
		})
	case memberRef:
		w := a.Downgrade()
		e.refs[s.w] = &w
	case memberDeref:
		w := e.refs[s.w]
		if w == nil {
			return false
		}
		h, ok := w.Upgrade()
		if !ok {
			return false
		}
		e.assign(s.t, &h)
	case memberBox:
		e.setBox(another(a))
	case memberUnbox:
		if e.box == nil {
			return false
		}
		e.assign(s.t, another(e.box))
	case memberEmptyBox:
		e.setBox(nil)
	case memberUnshelve:
		all := e.shelf
		e.shelf = nil
		for _, x := range all {
			letGo(x.handle)
		}
	case memberCollect:
		c, err := e.domain.Collect(context.Background())
		if err != nil {
			panic(err)
		}
		e.collected += c.Destroyed
		e.resurrected += c.Resurrected
	}
	return true
}

func (e *domainMembers) observe() (s memberState) {
	for _, name := range memberNames {
		if h := e.names[name]; h != nil {
			s.names += fmt.Sprintf("%s=%d ", name, h.Value().number)
		}
	}
	for _, name := range memberRefs {
		n := 0
		if w := e.refs[name]; w != nil {
			if h, ok := w.Upgrade(); ok {
				n = h.Value().number
				h.Release()
			}
		}
		s.refs += fmt.Sprintf("%s=%d ", name, n)
	}
	var shelf []string
	for _, x := range e.shelf {
		shelf = append(shelf, fmt.Sprintf("%d=%d", x.number, x.handle.Value().number))
	}
	slices.Sort(shelf)
	s.shelf = strings.Join(shelf, " ")
	s.box = "0"
	if e.box != nil {
		s.box = fmt.Sprint(e.box.Value().number)
	}
	s.alive = e.domain.Len()
	return s
}

func (e *domainMembers) ended() []int {
	log := e.log
	e.log = nil
	return log
}

func (e *domainMembers) check() error {
	if n := e.domain.Len(); n != 0 {
		return fmt.Errorf("%d members live", n)
	}
	return nil
}
