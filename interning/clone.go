package interning

import (
	"reflect"
	"strings"
	"unsafe"
)

// spot is a place in a value where a string is, or an interface that may hold one.
type spot struct {
	offset uintptr
	iface  reflect.Type // nil for a string
}

// spotsOf lists the spots of a t. It does not follow pointers.
func spotsOf(t reflect.Type) []spot {
	switch t.Kind() {
	case reflect.String:
		return []spot{{}}
	case reflect.Interface:
		return []spot{{iface: t}}
	case reflect.Array:
		var spots []spot
		elem := spotsOf(t.Elem())
		for i := range t.Len() {
			if len(elem) == 0 {
				break
			}
			spots = shift(spots, elem, uintptr(i)*t.Elem().Size())
		}
		return spots
	case reflect.Struct:
		var spots []spot
		for i := range t.NumField() {
			f := t.Field(i)
			spots = shift(spots, spotsOf(f.Type), f.Offset)
		}
		return spots
	}
	return nil
}

func shift(spots, more []spot, by uintptr) []spot {
	for _, s := range more {
		spots = append(spots, spot{s.offset + by, s.iface})
	}
	return spots
}

// cloneStrings replaces the strings at the given spots of the object at p by
// copies, and returns how many bytes these have.
func cloneStrings(p unsafe.Pointer, spots []spot) (size int) {
	for _, s := range spots {
		at := unsafe.Add(p, s.offset)
		if s.iface != nil {
			size += cloneBoxed(reflect.NewAt(s.iface, at).Elem())
			continue
		}
		str := (*string)(at)
		*str = strings.Clone(*str)
		size += len(*str)
	}
	return size
}

// cloneBoxed gives the interface variable box a new dynamic value if there are
// strings in the one it has: values in interfaces are shared.
func cloneBoxed(box reflect.Value) (size int) {
	if box.IsNil() {
		return 0
	}
	spots := spotsOf(box.Elem().Type())
	if len(spots) == 0 {
		return 0
	}
	own := reflect.New(box.Elem().Type())
	own.Elem().Set(box.Elem())
	size = int(own.Elem().Type().Size()) + cloneStrings(own.UnsafePointer(), spots)
	box.Set(own.Elem())
	return size
}
