package interning

import (
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
	forget  uint64 // see config
}

// hashing is how the values of a type are hashed. The general way, that of maps,
// takes several times as long as the others for most types.
type hashing uint8

const (
	byMap   hashing = iota
	loosely         // by map, but that may panic: there are interfaces
	byText          // as the string that it is
	byBytes         // by its memory: equal if and only if its bytes are
	byWord          // the same, and it has 64 bits
)

func newKind[T comparable](role string, c config) kind[T] {
	typ := reflect.TypeFor[T]()
	k := kind[T]{role: role, typ: typ, spots: spotsOf(typ), forget: c.forget}
	switch {
	case typ.Kind() == reflect.String:
		k.hashing = byText
	case hasInterfaces(typ):
		k.hashing = loosely
	case isPlain(typ) && typ.Size() == 8:
		k.hashing = byWord
	case isPlain(typ) && typ.Size() > 0:
		k.hashing = byBytes
	}
	return k
}

// hash returns v's hash. It panics if v cannot be compared.
func (k *kind[T]) hash(v T) uint64 {
	switch k.hashing {
	case byText:
		return hashText(*(*string)(unsafe.Pointer(&v))) &^ k.forget
	case byWord:
		return hashWord(*(*uint64)(unsafe.Pointer(&v))) &^ k.forget
	case byBytes:
		return hashText(unsafe.String((*byte)(unsafe.Pointer(&v)), unsafe.Sizeof(v))) &^ k.forget
	case loosely:
		return k.hashLoose(v)
	}
	return maphash.Comparable(seed, v) &^ k.forget
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

// isPlain reports whether values of the type are equal if and only if all their
// bytes are: no floats, strings and interfaces, no gaps, and no blank fields,
// which == ignores.
func isPlain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.Pointer, reflect.UnsafePointer, reflect.Chan,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return true
	case reflect.Array:
		return isPlain(t.Elem())
	case reflect.Struct:
		end := uintptr(0)
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Name == "_" || f.Offset != end || !isPlain(f.Type) {
				return false
			}
			end = f.Offset + f.Type.Size()
		}
		return end == t.Size()
	}
	return false
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
