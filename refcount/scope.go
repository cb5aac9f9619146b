package refcount

import (
	"bytes"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"sync"
)

// Scope is a stretch of a program that is to leave no handles behind, such as a
// test. While it is open, every object that is made is tracked as at [Paranoid],
// whatever the level.
type Scope struct {
	owner   uintptr  // the goroutine that opened it, which must not end meanwhile
	numbers []uint64 // of the goroutines that are known to belong to it
}

// OpenScope opens a scope. It must be closed, and belongs to the calling goroutine
// until then. Tests use weaktest.Scope.
func OpenScope() *Scope {
	s := &Scope{owner: goroutine(), numbers: []uint64{lineageOf().self}}
	scrutiny.Lock()
	defer scrutiny.Unlock()
	scrutiny.scopes = append(scrutiny.scopes, s)
	wantTracking()
	return s
}

// Close ends the scope and returns the objects that were made in it and have not
// been destroyed, oldest first. It waits for nothing and nobody.
//
// An object belongs to the scope if it was made by the goroutine that opened the
// scope, or by one that this goroutine has started, a subtest for example; with
// scopes inside of scopes to the innermost. It does not if it was made in another
// scope or by the goroutine of another test. The goroutines that other goroutines
// start cannot always be told apart: what they make belongs to every open scope,
// unless they are known from their starter.
//
// # Not guaranteed
//
// A clone of an object that was made before the scope goes unseen.
func (s *Scope) Close() []HandleInfo {
	scrutiny.Lock()
	scrutiny.scopes = slices.DeleteFunc(scrutiny.scopes, func(o *Scope) bool { return o == s })
	wantTracking()
	scrutiny.Unlock()
	var left []HandleInfo
	for _, t := range registry.list() {
		if t.more == nil || !slices.Contains(t.more.scopes, s) {
			continue
		}
		if info, ok := t.describe(); ok {
			left = append(left, info)
		}
	}
	return left
}

// openScopes returns the scopes that what the calling goroutine makes belongs to.
func openScopes() []*Scope {
	self := goroutine()
	scrutiny.Lock()
	defer scrutiny.Unlock()
	for _, s := range slices.Backward(scrutiny.scopes) {
		if s.owner == self {
			return []*Scope{s}
		}
	}
	if len(scrutiny.scopes) == 0 {
		return nil
	}
	who := lineageOf()
	for _, s := range slices.Backward(scrutiny.scopes) {
		if slices.Contains(s.numbers, who.self) {
			return []*Scope{s}
		}
		if slices.Contains(s.numbers, who.parent) {
			s.numbers = append(s.numbers, who.self)
			return []*Scope{s}
		}
	}
	if who.test {
		return nil
	}
	return slices.Clone(scrutiny.scopes)
}

// lineage is where a goroutine comes from. Numbers are never used twice.
type lineage struct {
	self, parent uint64
	test         bool // it is that of a test
}

var (
	firstLine = regexp.MustCompile(`^goroutine (\d+) `)
	startedBy = regexp.MustCompile(`(?m)^created by (\S+)(?: in goroutine (\d+))?$`)
	fullStack = sync.Pool{New: func() any { return new([64 << 10]byte) }}
)

// lineageOf reads the lineage of the calling goroutine from its stack trace, where
// alone the runtime tells it. It takes some microseconds. What cannot be read is
// zero.
func lineageOf() (who lineage) {
	buf := fullStack.Get().(*[64 << 10]byte)
	defer fullStack.Put(buf)
	trace := buf[:runtime.Stack(buf[:], false)]
	if m := firstLine.FindSubmatch(trace); m != nil {
		who.self, _ = strconv.ParseUint(string(m[1]), 10, 64)
	}
	if at := bytes.LastIndex(trace, []byte("\ncreated by ")); at >= 0 {
		if m := startedBy.FindSubmatch(trace[at+1:]); m != nil {
			who.test = bytes.HasPrefix(m[1], []byte("testing.(*"))
			who.parent, _ = strconv.ParseUint(string(m[2]), 10, 64)
		}
	}
	return who
}
