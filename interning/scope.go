package interning

import (
	"sync"
	"unsafe"
)

// Scope keeps what is interned through it alive until it ends: for the length of a
// request, or while a file is read, so that values which come again and again in it
// are found even if nobody holds them in between. The zero Scope is ready to use; it
// must not be copied. All methods are safe for concurrent use.
//
// A Scope that is dropped keeps nothing alive either.
type Scope struct {
	mu     sync.Mutex
	pinned map[unsafe.Pointer]struct{}
}

// Canonical is what [Pin] accepts: a [Handle], [Tuple], [FrozenSet], [Map], [Pair] or
// [Triple].
type Canonical interface {
	IsZero() bool
	pin() unsafe.Pointer
}

// Pin keeps the canonical value c until the scope ends, and returns c:
//
//	h := interning.Pin(&scope, table.Intern(v))
func Pin[C Canonical](s *Scope, c C) C {
	if p := c.pin(); p != nil {
		s.keep(p)
	}
	return c
}

// String is as the function [String], and keeps the string until the scope ends.
func (s *Scope) String(v string) string {
	v = String(v)
	if len(v) >= 2 {
		s.keep(unsafe.Pointer(unsafe.StringData(v)))
	}
	return v
}

// Bytes is as the function [Bytes], and keeps the string until the scope ends.
func (s *Scope) Bytes(b []byte) string {
	return s.String(unsafe.String(unsafe.SliceData(b), len(b)))
}

// Len returns how many different values the scope keeps.
func (s *Scope) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.pinned)
}

// End lets go of everything. The scope may be used again.
func (s *Scope) End() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pinned = nil
}

func (s *Scope) keep(p unsafe.Pointer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pinned == nil {
		s.pinned = make(map[unsafe.Pointer]struct{})
	}
	s.pinned[p] = struct{}{}
}
