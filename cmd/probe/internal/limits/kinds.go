package limits

import (
	"unsafe"

	"github.com/referent-go/referent/realweak"
)

// Kind is a kind of place that a pointer can lead to.
type Kind struct {
	Name   string // what the pointer leads to, such as "int"
	Code   string // how to get such a pointer
	Python Python
	Box    bool // a variable that leads to something: the variable is the referent

	try func(*report)
}

// Python is what CPython has in the place of a kind, and whether that can be the
// referent of a weak reference (as tried on 3.11 and 3.13).
type Python struct {
	Type     string // empty if there is nothing of the sort
	Referent bool
	Subclass bool // it cannot, but an instance of a subclass can
}

// Verdict returns "yes", "subclass", "no", or "" if there is nothing of the sort.
func (p Python) Verdict() string {
	switch {
	case p.Type == "":
		return ""
	case p.Referent:
		return "yes"
	case p.Subclass:
		return "subclass"
	default:
		return "no"
	}
}

// String returns the type and the verdict, as in "dict: subclass".
func (p Python) String() string {
	if p.Type == "" {
		return ""
	}
	return p.Type + ": " + p.Verdict()
}

// Objects of the kinds. Those of one field are there for their size.
type (
	session struct {
		user *string
		hits int
	}
	point  struct{ x, y, z, t int64 } // 32 bytes without a pointer
	nobody struct{}
)

var (
	global      session
	initialized = &session{hits: 1}
)

// Kinds returns all kinds, the ordinary first.
func Kinds() []Kind {
	can := func(typ string) Python { return Python{Type: typ, Referent: true} }
	sub := func(typ string) Python { return Python{Type: typ, Subclass: true} }
	no := func(typ string) Python { return Python{Type: typ} }
	kinds := []Kind{
		{Name: "struct with a pointer", Code: "&session{…}", Python: can("instance"), try: one(func() *session { return &session{user: new(string)} })},
		{Name: "32 bytes, no pointer", Code: "&point{…}", Python: can("array"), try: one(func() *point { return &point{x: 1} })},
		{Name: "array of 4 ints", Code: "&[4]int{…}", Python: no("tuple"), try: one(func() *[4]int { return &[4]int{1} })},
		{Name: "local variable", Code: "var s session; &s", try: one(func() *session { var s session; return &s })},
		{Name: "field of a struct", Code: "&s.hits", try: part(func() (*session, *int) { s := new(session); return s, &s.hits })},
		{Name: "element of a slice", Code: "&list[3]", try: part(func() (*[8]session, *session) { a := new([8]session); return a, &a[3] })},

		{Name: "string variable", Code: "&text", Python: sub("str"), Box: true, try: box(func() string { return string([]byte("so long and thanks")) })},
		{Name: "map variable", Code: "&m", Python: sub("dict"), Box: true, try: box(func() map[int]int { return map[int]int{1: 1} })},
		{Name: "slice variable", Code: "&list", Python: sub("list"), Box: true, try: box(func() []int { return make([]int, 8) })},
		{Name: "channel variable", Code: "&ch", Python: can("deque"), Box: true, try: box(func() chan int { return make(chan int, 1) })},
		{Name: "func variable, closure", Code: "&f", Python: can("function"), Box: true, try: box(closure)},
		{Name: "interface variable", Code: "&v", Box: true, try: box(func() any { return &session{} })},

		{Name: "int", Code: "new(int)", Python: no("int"), try: neighbours(func() *int { return new(int) })},
		{Name: "bool", Code: "new(bool)", Python: no("bool"), try: neighbours(func() *bool { return new(bool) })},
		{Name: "8 bytes, no pointer", Code: "&[2]int32{…}", Python: no("bytes"), try: neighbours(func() *[2]int32 { return new([2]int32) })},
		{Name: "New of an int", Code: "realweak.New(7)", Python: no("int subclass"), try: neighbours(func() *int { return realweak.New(7) })},

		{Name: "zero-size struct", Code: "&struct{}{}", Python: sub("object()"), try: one(func() *nobody { return new(nobody) })},
		{Name: "New of a zero-size", Code: "realweak.New(struct{}{})", Python: can("its subclass"), try: neighbours(func() *nobody { return realweak.New(nobody{}) })},

		{Name: "package-level variable", Code: "&global", Python: can("module"), try: one(func() *session { return &global })},
		{Name: "made by an initializer", Code: "var p = &session{…}; p", try: one(func() *session { p := initialized; initialized = nil; return p })},
		{Name: "string constant's bytes", Code: `unsafe.StringData("…")`, Python: no("constant str"), try: foreign(func() *[16]byte {
			return (*[16]byte)(unsafe.Pointer(unsafe.StringData("this text is part of the program")))
		})},
		{Name: "stack memory", Code: "address hidden from the compiler", try: foreign(onStack)},
	}
	if mapped != nil {
		kinds = append(kinds, Kind{Name: "mapped memory", Code: "syscall.Mmap", Python: can("memoryview"), try: foreign(mapped)})
	}
	return append(kinds, Kind{Name: "nil", Code: "(*session)(nil)", Python: no("None"), try: nothing})
}

func closure() func() int {
	n := 0
	return func() int { n++; return n }
}

// onStack returns the address of a variable that is on the stack, or was until
// a moment ago. The detour through a number hides it from escape analysis, which
// would have moved the variable to the heap.
func onStack() *session {
	var s session
	address := uintptr(unsafe.Pointer(&s))
	return *(**session)(unsafe.Pointer(&address))
}
