package realweak

import (
	"fmt"
	"reflect"
	"sync/atomic"
	"unsafe"
)

var walkArguments atomic.Bool

// SetArgumentCheck turns a check for development on or off and returns a function
// that restores what was before. While it is on, [Finalize] follows its argument
// through pointers, structs, slices, maps and interfaces, and panics if the object
// can be reached that way, since its finalizer would then never run. The panic says
// by which path:
//
//	realweak: Finalize: arg.Owner.Conn reaches the *main.Conn: …
//
// The check reads what it walks over without any lock, so it must not be on while
// other goroutines write to that. It looks at no more than a hundred thousand
// values.
//
// # Not guaranteed
//
// What the callback itself refers to, as a closure or a method value does, cannot be
// seen, nor what lies in channels or behind unsafe.Pointer. The runtime's own
// GODEBUG=checkfinalizers=1 sees all of it, at a far higher price.
func SetArgumentCheck(on bool) (restore func()) {
	before := walkArguments.Swap(on)
	return func() { walkArguments.Store(before) }
}

// checkArgument panics if arg leads to the object at p.
func checkArgument[T, A any](p *T, arg *A) {
	w := walker{from: uintptr(unsafe.Pointer(p)), left: 100_000, seen: make(map[visit]bool)}
	w.size = unsafe.Sizeof(*p)
	if path, found := w.walk(reflect.ValueOf(arg).Elem(), "arg"); found {
		panic(fmt.Sprintf("realweak: Finalize: %s reaches the *%s: the finalizer would never run; pass what the callback needs instead",
			path, reflect.TypeFor[T]()))
	}
}

// walker looks for a pointer into [from, from+size).
type walker struct {
	from, size uintptr
	left       int
	seen       map[visit]bool
}

type visit struct {
	at uintptr
	t  reflect.Type
}

func (w *walker) walk(v reflect.Value, path string) (string, bool) {
	if w.left--; w.left < 0 {
		return "", false
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return "", false
		}
		if at := v.Pointer(); at-w.from < max(w.size, 1) {
			return path, true
		}
		return w.once(v, func() (string, bool) { return w.walk(v.Elem(), path) })
	case reflect.Interface:
		return w.walk(v.Elem(), path)
	case reflect.Struct:
		for i := range v.NumField() {
			if found, ok := w.walk(v.Field(i), path+"."+v.Type().Field(i).Name); ok {
				return found, true
			}
		}
	case reflect.Slice:
		if v.IsNil() {
			return "", false
		}
		return w.once(v, func() (string, bool) { return w.elements(v, path) })
	case reflect.Array:
		return w.elements(v, path)
	case reflect.Map:
		if v.IsNil() {
			return "", false
		}
		return w.once(v, func() (string, bool) {
			for it := v.MapRange(); it.Next(); {
				at := fmt.Sprintf("%s[%s]", path, keyText(it.Key()))
				if found, ok := w.walk(it.Value(), at); ok {
					return found, true
				}
				if found, ok := w.walk(it.Key(), path+"[key]"); ok {
					return found, true
				}
			}
			return "", false
		})
	}
	return "", false
}

func (w *walker) elements(v reflect.Value, path string) (string, bool) {
	if k := v.Type().Elem().Kind(); k <= reflect.Complex128 || k == reflect.String {
		return "", false // nothing in there refers to anything
	}
	for i := range v.Len() {
		if found, ok := w.walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i)); ok {
			return found, true
		}
	}
	return "", false
}

// once walks on unless it has been at that place with that type.
func (w *walker) once(v reflect.Value, on func() (string, bool)) (string, bool) {
	at := visit{v.Pointer(), v.Type()}
	if w.seen[at] {
		return "", false
	}
	w.seen[at] = true
	return on()
}

func keyText(k reflect.Value) string {
	switch {
	case k.Kind() == reflect.String:
		return fmt.Sprintf("%q", k.String())
	case k.CanInt():
		return fmt.Sprint(k.Int())
	case k.CanUint():
		return fmt.Sprint(k.Uint())
	}
	return "…"
}
