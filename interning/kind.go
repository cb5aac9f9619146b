package interning

import (
	"fmt"
	"hash/maphash"
	"reflect"
	"strings"
	"unsafe"
)

// seed is the process's own, so that nobody outside can prepare values that
// collide.
var seed = maphash.MakeSeed()

const intSize = int(unsafe.Sizeof(int(0)))

// kind is what a table has to know about a type to hash and keep its values.
type kind[T comparable] struct {
	role   string // what a T is to the table, for messages
	typ    reflect.Type
	spots  []spot
	text   bool   // is a string
	loose  bool   // has interfaces, so that hashing may panic
	forget uint64 // see config
}

func newKind[T comparable](role string, c config) kind[T] {
	typ := reflect.TypeFor[T]()
	return kind[T]{
		role:   role,
		typ:    typ,
		spots:  spotsOf(typ),
		text:   typ.Kind() == reflect.String,
		loose:  hasInterfaces(typ),
		forget: c.forget,
	}
}

// hash returns v's hash. It panics if v cannot be compared.
func (k *kind[T]) hash(v T) uint64 {
	if k.loose {
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

// own makes *p independent of the strings that it was made from, and returns p.
func (k *kind[T]) own(p *T) *T {
	cloneStrings(unsafe.Pointer(p), k.spots)
	return p
}

// bytes returns how much room a copy of *v would take: the contents of a string,
// the object itself of anything else.
func (k *kind[T]) bytes(v *T) int {
	if k.text {
		return len(*(*string)(unsafe.Pointer(v)))
	}
	return int(unsafe.Sizeof(*v))
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
