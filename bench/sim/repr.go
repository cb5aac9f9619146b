package sim

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// maxRepr is how deep a repr goes before it prints "...".
const maxRepr = 100

// Repr returns repr(o).
func (in *Interpreter) Repr(o *Object) string {
	o.check()
	s := in.reprOf(o)
	in.Release(o)
	return s
}

// reprOf borrows o. It bounds the recursion through __repr__.
func (in *Interpreter) reprOf(o *Object) string {
	if in.reprDepth == maxRepr {
		return "..."
	}
	in.reprDepth++
	defer func() { in.reprDepth-- }()
	return o.String()
}

// String returns Python's repr of the object, such as {1, 2, 3}, Cheese('Brie') or
// <weakref at 0x7; dead>: the object's id stands where CPython prints an address.
// It may be asked of a freed object too, and says so.
func (o *Object) String() string {
	if o == nil {
		return "<nil>"
	}
	if o.body == nil {
		return fmt.Sprintf("<freed %s object at %#x>", o.typ.shortName(), o.id)
	}
	var p printer
	p.repr(o)
	return p.String()
}

type printer struct {
	strings.Builder
	active []*Object // containers being printed
}

func (p *printer) repr(o *Object) {
	if f := o.typ.spec.Repr; f != nil {
		p.WriteString(f(o))
		return
	}
	switch b := o.body.(type) {
	case *noneObject:
		p.WriteString("None")
	case *intObject:
		switch {
		case o.typ != &boolType:
			p.WriteString(strconv.FormatInt(b.n, 10))
		case b.n != 0:
			p.WriteString("True")
		default:
			p.WriteString("False")
		}
	case *floatObject:
		p.WriteString(formatFloat(b.f))
	case *strObject:
		p.WriteString(quote(b.s))
	case *bytesObject:
		p.WriteString(quoteBytes(b.s))
	case *tuple:
		end := ")"
		if len(b.items) == 1 {
			end = ",)"
		}
		p.sequence(o, "(", b.items, end, "(...)")
	case *list:
		p.sequence(o, "[", b.items, "]", "[...]")
	case *dict:
		p.dict(o, &b.data)
	case *set:
		p.set(o, &b.data)
	case *class:
		if b.flags&static != 0 {
			fmt.Fprintf(p, "<class '%s'>", b.of.name)
		} else {
			fmt.Fprintf(p, "<class '__main__.%s'>", b.of.name)
		}
	case *function:
		fmt.Fprintf(p, "<function %s at %#x>", b.name, o.id)
	case *remover:
		fmt.Fprintf(p, "<function %s.__init__.<locals>.remove at %#x>", b.name, o.id)
	case *method:
		fmt.Fprintf(p, "<bound method %s of ", functionName(b.fn))
		p.nested(o, "...", func() { p.repr(b.self) })
		p.WriteByte('>')
	case *cell:
		if b.value == nil {
			fmt.Fprintf(p, "<cell at %#x: empty>", o.id)
		} else {
			fmt.Fprintf(p, "<cell at %#x: %s object at %#x>", o.id, b.value.typ.shortName(), b.value.id)
		}
	case *codeObject:
		fmt.Fprintf(p, "<code object <module> at %#x, file \"%s\", line 1>", o.id, b.name)
	case *ref:
		p.ref(b)
	case *finalizer:
		if i := b.info; i != nil && i.ref.alive() {
			fmt.Fprintf(p, "<finalize object at %#x; for '%s' at %#x>", o.id, i.ref.referent.typ.shortName(), i.ref.referent.id)
		} else {
			fmt.Fprintf(p, "<finalize object at %#x; dead>", o.id)
		}
	case *weakValues, *weakKeys:
		fmt.Fprintf(p, "<%s at %#x>", o.typ.shortName(), o.id)
	case *weakSet:
		p.set(o, &b.data)
	default:
		name := o.typ.name
		if o.typ.class != nil {
			name = "__main__." + name
		}
		fmt.Fprintf(p, "<%s object at %#x>", name, o.id)
	}
}

// nested runs f unless o is being printed already or the nesting is too deep.
func (p *printer) nested(o *Object, instead string, f func()) {
	if len(p.active) == maxRepr || slices.Contains(p.active, o) {
		p.WriteString(instead)
		return
	}
	p.active = append(p.active, o)
	f()
	p.active = p.active[:len(p.active)-1]
}

func (p *printer) sequence(o *Object, start string, items []*Object, end, instead string) {
	p.nested(o, instead, func() {
		p.WriteString(start)
		for i, item := range items {
			if i > 0 {
				p.WriteString(", ")
			}
			p.repr(item)
		}
		p.WriteString(end)
	})
}

func (p *printer) dict(o *Object, t *table) {
	p.nested(o, "{...}", func() {
		p.WriteByte('{')
		p.entries(t, func(e *entry) {
			p.repr(e.key)
			p.WriteString(": ")
			p.repr(e.value)
		})
		p.WriteByte('}')
	})
}

// set prints {1, 2}, set(), or frozenset({1, 2}).
func (p *printer) set(o *Object, t *table) {
	name := o.typ.shortName()
	if o.typ == &weakSetType {
		name = "set" // its repr is that of its data
	}
	p.nested(o, name+"(...)", func() {
		plain := name == "set" && t.used > 0
		if !plain {
			p.WriteString(name + "(")
		}
		if t.used > 0 {
			p.WriteByte('{')
			p.entries(t, func(e *entry) { p.repr(e.key) })
			p.WriteByte('}')
		}
		if !plain {
			p.WriteByte(')')
		}
	})
}

func (p *printer) entries(t *table, f func(*entry)) {
	first := true
	for i := range t.entries {
		if t.entries[i].key == nil {
			continue
		}
		if !first {
			p.WriteString(", ")
		}
		first = false
		f(&t.entries[i])
	}
}

func (p *printer) ref(r *ref) {
	if !r.alive() {
		fmt.Fprintf(p, "<weakref at %#x; dead>", r.id)
		return
	}
	o := r.referent
	fmt.Fprintf(p, "<weakref at %#x; to '%s' at %#x", r.id, o.typ.shortName(), o.id)
	switch b := o.body.(type) {
	case *class:
		fmt.Fprintf(p, " (%s)", b.of.shortName())
	case *function:
		fmt.Fprintf(p, " (%s)", b.name)
	}
	p.WriteByte('>')
}

func functionName(o *Object) string {
	if fn, ok := o.body.(*function); ok {
		return fn.name
	}
	return "?"
}

// formatFloat is float.__repr__: the shortest digits that read back, with an
// exponent from 1e16 and below 1e-4.
func formatFloat(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case math.IsNaN(f):
		return "nan"
	}
	if a := math.Abs(f); a != 0 && (a >= 1e16 || a < 1e-4) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// quote is str.__repr__: single quotes, unless that would escape more.
func quote(s string) string {
	q := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		q = '"'
	}
	var b strings.Builder
	b.WriteByte(q)
	for _, r := range s {
		switch {
		case r == '\\' || r == rune(q):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case strconv.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte(q)
	return b.String()
}

func quoteBytes(s string) string {
	q := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		q = '"'
	}
	var b strings.Builder
	b.WriteByte('b')
	b.WriteByte(q)
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\\' || c == q:
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte(q)
	return b.String()
}
