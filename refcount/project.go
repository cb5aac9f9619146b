package refcount

import "fmt"

// Project returns a handle to a part of the object that h holds, such as a field
// or an element: it leads to the part and keeps the whole. The whole is destroyed
// when the last handle to it or to any of its parts is released.
//
//	name := refcount.Project(&conn, func(c *Conn) *string { return &c.name })
//
// part must return a pointer that is valid until the object is destroyed. It need
// not point into the object. Project panics if h holds nothing, if part returns
// nil, and beyond about 67 million handles to one object.
//
// PtrEq of handles to parts tells whether the whole is the same. A weak handle to
// a part costs an allocation; it keeps the memory of the part, also of a part of an
// object from [Wrap].
//
// It is the aliasing constructor of C++'s std::shared_ptr.
func Project[T, U any](h *Strong[T], part func(*T) *U) Strong[U] {
	h.look("Project")
	p := part(h.value)
	if p == nil {
		panic(fmt.Sprintf("refcount: Project of a Strong[%s] to a nil *%s: there is no part to hold", typeName[T](), typeName[U]()))
	}
	c := h.Clone()
	return Strong[U]{value: p, block: c.block, gen: c.gen}
}
