package sim

import (
	"unicode/utf8"

	"github.com/referent-go/referent/realweak/event"
)

// Ints from minSmallInt to maxSmallInt exist once (_PY_NSMALLNEGINTS, _PY_NSMALLPOSINTS).
const (
	minSmallInt = -5
	maxSmallInt = 256
)

// Int returns an int: for -5 to 256 always the same object, for others a new one.
func (in *Interpreter) Int(n int64) *Object {
	if n < minSmallInt || n > maxSmallInt {
		o := &intObject{n: n}
		return in.born(&o.Object, o, &intType)
	}
	p := &in.smallInts[n-minSmallInt]
	if *p == nil {
		o := &intObject{n: n}
		*p = in.bornStatic(&o.Object, o, &intType)
	}
	return in.give(*p)
}

// Str returns a str made at run time: the empty one and those of a single Latin-1
// character always the same object, others a new one. For a literal, which may be
// interned, see [Code.Str].
func (in *Interpreter) Str(s string) *Object {
	if o := in.singleStr(s); o != nil {
		return in.give(o)
	}
	o := &strObject{s: s}
	return in.born(&o.Object, o, &strType)
}

// singleStr returns the interpreter's own object for s, borrowed, or nil.
func (in *Interpreter) singleStr(s string) *Object {
	p := &in.emptyStr
	switch {
	case len(s) > 2:
		return nil
	case s != "":
		r, size := utf8.DecodeRuneInString(s)
		if size != len(s) || r > 0xff {
			return nil
		}
		p = &in.latin1[r]
	}
	if *p == nil {
		o := &strObject{s: s}
		*p = in.bornStatic(&o.Object, o, &strType)
	}
	return *p
}

// Bytes returns a bytes object: the empty one and those of one byte always the
// same object, others a new one.
func (in *Interpreter) Bytes(b string) *Object {
	var p **Object
	switch len(b) {
	case 0:
		p = &in.noBytes
	case 1:
		p = &in.bytes1[b[0]]
	default:
		o := &bytesObject{s: b}
		return in.born(&o.Object, o, &bytesType)
	}
	if *p == nil {
		o := &bytesObject{s: b}
		*p = in.bornStatic(&o.Object, o, &bytesType)
	}
	return in.give(*p)
}

// Intern returns sys.intern(s): the one interned str with that value, which dies
// with its last reference. It raises TypeError for what is not exactly a str.
func (in *Interpreter) Intern(s *Object) *Object {
	s.check()
	if s.typ != &strType {
		if s.typ.isA(&strType) {
			raise("TypeError", "can't intern %s", s.typ.name)
		}
		raise("TypeError", "intern() argument must be str, not %s", s.typ.name)
	}
	if s.flags&(interned|static) != 0 {
		return s
	}
	text := s.body.(*strObject).s
	if o := in.interned[text]; o != nil {
		in.give(o)
		in.Release(s)
		return o
	}
	in.interned[text] = s
	s.flags |= interned
	if in.listening() {
		in.emit(event.Interned, s)
	}
	return s
}

// Interned returns the number of strings that are interned now.
func (in *Interpreter) Interned() int { return len(in.interned) }

// constStr returns a str constant: interned if it looks like an identifier
// (all_name_chars in codeobject.c), else new.
func (in *Interpreter) constStr(s string) *Object {
	if o := in.interned[s]; o != nil && nameLike(s) {
		return in.give(o)
	}
	o := in.Str(s)
	if nameLike(s) {
		return in.Intern(o)
	}
	return o
}

func nameLike(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}
