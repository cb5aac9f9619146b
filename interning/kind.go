package interning

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"reflect"
	"strings"
	"unsafe"

	"github.com/referent-go/referent/realweak"
)

// kind is what a table has to know about a type to hash and keep its values.
type kind[T comparable] struct {
	role    string // what a T is to the table, for messages
	typ     reflect.Type
	spots   []spot
	hashing hashing
	parts   []part
	flat    bool   // values are equal if and only if their bytes are
	forget  uint64 // see config
}

// hashing is how the values of a type are hashed. The general way, that of maps,
// takes several times as long as the others.
type hashing uint8

const (
	byMap   hashing = iota
	loosely         // by map, but that may panic: there are interfaces
	byText          // it is a string
	byWord          // it is 64 bits, and equal if and only if these are
	byParts         // it has a few parts, each of which is bytes or a string
)

func newKind[T comparable](role string, c config) kind[T] {
	typ := reflect.TypeFor[T]()
	k := kind[T]{role: role, typ: typ, spots: spotsOf(typ), forget: c.forget}
	parts, ok := partsOf(typ)
	k.flat = ok && len(parts) == 1 && parts[0] == part{0, typ.Size(), false}
	switch {
	case typ.Kind() == reflect.String:
		k.hashing = byText
	case ok && len(parts) == 1 && parts[0] == part{0, 8, false}:
		k.hashing = byWord
	case ok:
		k.hashing, k.parts = byParts, parts
	case hasInterfaces(typ):
		k.hashing = loosely
	}
	return k
}

// hash returns the hash of *v. It panics if that cannot be compared.
func (k *kind[T]) hash(v *T) uint64 {
	switch k.hashing {
	case byText:
		return hashText(*(*string)(unsafe.Pointer(v))) &^ k.forget
	case byWord:
		return lastStep(halfWord(word(unsafe.Pointer(v)))) &^ k.forget
	case byParts:
		return hashParts(unsafe.Pointer(v), k.parts) &^ k.forget
	case loosely:
		return k.hashLoose(*v)
	}
	return maphash.Comparable(seed, *v) &^ k.forget
}

// half is as hash, for what is hashed further together with others, see halfText. The
// caller forgets what there is to forget.
func (k *kind[T]) half(v *T) uint64 {
	switch k.hashing {
	case byText:
		return halfElement(*(*string)(unsafe.Pointer(v)))
	case byWord:
		return halfWord(word(unsafe.Pointer(v)))
	}
	return k.hash(v)
}

// word returns the 64 bits at p, which need not be aligned.
func word(p unsafe.Pointer) uint64 {
	return binary.NativeEndian.Uint64(unsafe.Slice((*byte)(p), 8))
}

// hashParts returns the hash of the value at v. As in reading.read, no part waits for
// another, and what makes words of a short string is written out.
func hashParts(v unsafe.Pointer, parts []part) (hash uint64) {
	for i := range parts {
		part := &parts[i]
		p, n := unsafe.Add(v, part.offset), int(part.size)
		if part.text {
			s := *(*string)(p)
			p, n = unsafe.Pointer(unsafe.StringData(s)), len(s)
		}
		var x, y uint64
		switch {
		case n > twoWords:
			x = halfText(unsafe.String((*byte)(p), n))
		case n >= 8:
			x, y = load8(p), load8(unsafe.Add(p, n-8))
		case n >= 4:
			x, y = load4(p), load4(unsafe.Add(p, n-4))
		case n > 0:
			x, y = load1(p)|load1(unsafe.Add(p, n/2))<<8, load1(unsafe.Add(p, n-1))
		}
		k := &placeKeys[i&(mostParts-1)]
		hash += fold(x^k.x, y^k.y^uint64(n))
	}
	return lastStep(hash)
}

func (k *kind[T]) hashLoose(v T) uint64 {
	defer func() {
		if r := recover(); r != nil {
			panic(fmt.Sprintf("interning: a %s of type %v cannot be interned: %s; intern a form of it that == can compare, such as a string or a Tuple",
				k.role, k.typ, strings.TrimPrefix(fmt.Sprint(r), "runtime error: ")))
		}
	}()
	return maphash.Comparable(seed, v) &^ k.forget
}

// node returns a copy of v that is independent of the strings in it, and what it
// takes.
func (k *kind[T]) node(v T) (node unsafe.Pointer, size int) {
	if k.hashing == byText {
		return boxText(*(*string)(unsafe.Pointer(&v)))
	}
	p := realweak.New(v)
	return unsafe.Pointer(p), max(int(unsafe.Sizeof(v)), 16) + k.own(p)
}

// own makes *p independent of the strings that it was made from, and returns how
// many bytes these have.
func (k *kind[T]) own(p *T) int {
	if len(k.spots) == 0 {
		return 0
	}
	return cloneStrings(unsafe.Pointer(p), k.spots)
}

// share is as own, but makes a string canonical, so that it is there once however
// many values have it.
func (k *kind[T]) share(p *T) int {
	if k.hashing == byText {
		s := (*string)(unsafe.Pointer(p))
		*s = String(*s)
		return 0
	}
	return k.own(p)
}

// ownAll is own for all elements. Strings get their copies in one piece of memory,
// which is less to allocate and closer together.
func (k *kind[T]) ownAll(elems []T) (size int) {
	if k.hashing == byText {
		texts := asStrings(elems)
		for _, s := range texts {
			size += len(s)
		}
		all := make([]byte, 0, size)
		for i, s := range texts {
			all = append(all, s...)
			texts[i] = unsafe.String(unsafe.SliceData(all[len(all)-len(s):]), len(s))
		}
		return size
	}
	for i := range elems {
		size += k.own(&elems[i])
	}
	return size
}

// bytes returns how much room a copy of *v would take: the contents of a string,
// the object itself of anything else.
func (k *kind[T]) bytes(v *T) int {
	if k.hashing == byText {
		return len(*(*string)(unsafe.Pointer(v)))
	}
	return int(unsafe.Sizeof(*v))
}

// asStrings is for elements of a type that is a string.
func asStrings[E any](elems []E) []string {
	return unsafe.Slice((*string)(unsafe.Pointer(unsafe.SliceData(elems))), len(elems))
}

// fromStrings is the reverse of asStrings.
func fromStrings[E any](texts []string) []E {
	return unsafe.Slice((*E)(unsafe.Pointer(unsafe.SliceData(texts))), len(texts))
}

// asBytes is for elements of a flat kind.
func asBytes[E any](elems []E) string {
	return unsafe.String((*byte)(unsafe.Pointer(unsafe.SliceData(elems))), uintptr(len(elems))*unsafe.Sizeof(*new(E)))
}

func hasInterfaces(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Array:
		return hasInterfaces(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if hasInterfaces(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}

// part is a piece of a value that == looks at.
type part struct {
	offset, size uintptr
	text         bool // a string; otherwise its bytes count
}

// mostParts is how many parts a value is hashed by: a power of two, and at least few.
const mostParts = 16

// partsOf returns the parts of a t, unless that has something for which == does not
// compare bytes or strings: floats, interfaces. Gaps and blank fields, which ==
// ignores, are in no part. Neighbours are one part.
func partsOf(t reflect.Type) (parts []part, ok bool) {
	add := func(offset uintptr, t reflect.Type) bool {
		inner, ok := partsOf(t)
		for _, p := range inner {
			p.offset += offset
			if n := len(parts); n > 0 && !p.text && !parts[n-1].text && parts[n-1].offset+parts[n-1].size == p.offset {
				parts[n-1].size += p.size
				continue
			}
			parts = append(parts, p)
		}
		return ok && len(parts) <= mostParts
	}
	switch t.Kind() {
	case reflect.Bool, reflect.Pointer, reflect.UnsafePointer, reflect.Chan,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return []part{{0, t.Size(), false}}, true
	case reflect.String:
		return []part{{0, t.Size(), true}}, true
	case reflect.Array:
		for i := range t.Len() {
			if !add(uintptr(i)*t.Elem().Size(), t.Elem()) {
				return nil, false
			}
		}
		return parts, true
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.Name != "_" && !add(f.Offset, f.Type) {
				return nil, false
			}
		}
		return parts, true
	}
	return nil, false
}

// boxed is a string value with room for its contents behind it.
type boxed[A any] struct {
	s        string
	contents A
}

// boxText returns a *string that is followed by its contents, so that both are one
// object, unless they are long.
func boxText(s string) (node unsafe.Pointer, size int) {
	switch n := len(s); {
	case n <= 16:
		return box[[16]byte](s)
	case n <= 32:
		return box[[32]byte](s)
	case n <= 48:
		return box[[48]byte](s)
	case n <= 80:
		return box[[80]byte](s)
	}
	own := strings.Clone(s)
	return unsafe.Pointer(&own), int(unsafe.Sizeof(own)) + len(own)
}

func box[A any](s string) (node unsafe.Pointer, size int) {
	b := new(boxed[A])
	at := (*byte)(unsafe.Pointer(&b.contents))
	copy(unsafe.Slice(at, unsafe.Sizeof(b.contents)), s)
	b.s = unsafe.String(at, len(s))
	return unsafe.Pointer(b), int(unsafe.Sizeof(*b))
}
