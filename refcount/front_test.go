package refcount

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"weak"

	"github.com/referent-go/referent/realweak"
)

// recorder writes down what it is told, as one word each, and checks that before
// and after come in pairs. It numbers the fronts.
type recorder struct {
	mu     sync.Mutex
	log    []string
	fronts []weak.Pointer[front]
}

func (r *recorder) name(f *front) string {
	if f == nil {
		return "-"
	}
	return fmt.Sprint(slices.Index(r.fronts, weak.Make(f)) + 1)
}

func (r *recorder) fronted(f *front) {
	r.fronts = append(r.fronts, weak.Make(f))
	r.log = append(r.log, "front:"+r.name(f))
}

func (r *recorder) before(core *block, f *front, op op) {
	r.mu.Lock()
	r.log = append(r.log, fmt.Sprintf("%v:%s", op, r.name(f)))
}

func (r *recorder) after(core *block, f *front, op op) {
	r.log = append(r.log, fmt.Sprintf("/%s:%d", r.name(f), strongs(atomic.LoadInt64(&core.state), f.genOr(firstGen))))
	r.mu.Unlock()
}

func (r *recorder) ended(core *block) { r.log = append(r.log, "ended") }

func (f *front) genOr(gen int64) int64 {
	if f == nil {
		return gen
	}
	return f.gen
}

// take returns what was written down since the last call.
func (r *recorder) take() string {
	defer func() { r.log = nil }()
	return strings.Join(r.log, " ")
}

func expectLog(t *testing.T, r *recorder, what, want string) {
	t.Helper()
	if got := r.take(); got != want {
		t.Errorf("%s tells %q, want %q", what, got, want)
	}
}

func TestObserver(t *testing.T) {
	var r recorder
	s := New("Brie", func(*string) { r.log = append(r.log, "destructor") })
	early := s.Downgrade()
	if !s.observe(&r, false) {
		t.Fatal("a sole handle cannot be observed")
	}
	expectLog(t, &r, "observe", "front:1")
	c := s.Clone()
	expectLog(t, &r, "Clone", "Clone:1 /1:2")
	if *c.Value() != "Brie" {
		t.Error("an observed object has another value")
	}
	expectLog(t, &r, "Value", "Value:1 /1:2")
	m := c.Move()
	expectLog(t, &r, "Move", "Move:1 /1:2")
	w := s.Downgrade()
	expectLog(t, &r, "Downgrade", "Downgrade:1 /1:2")
	u, ok := early.Upgrade()
	expectLog(t, &r, "Upgrade", "Upgrade:- /1:3")
	if !ok || !u.PtrEq(&s) || !w.PtrEq(&early) || u.StrongCount() != 3 || w.WeakCount() != 2 {
		t.Error("the handles are not to one object")
	}
	expectLog(t, &r, "a question", "")
	if m.Release() || u.Release() {
		t.Error("Release says that it was the last")
	}
	expectLog(t, &r, "Release", "Release:1 /1:2 Release:1 /1:1")
	if !s.Release() {
		t.Error("Release does not say that it was the last")
	}
	if got := r.take(); !strings.HasPrefix(got, "Release:1 /1:") || !strings.HasSuffix(got, " destructor ended") {
		t.Errorf("the last Release tells %q", got)
	}
	if _, ok := w.Upgrade(); ok {
		t.Error("upgraded a destroyed object")
	}
	if got := r.take(); !strings.HasPrefix(got, "Upgrade:- /-:") {
		t.Errorf("a failed Upgrade tells %q", got)
	}
}

func TestFrontForEachHandle(t *testing.T) {
	var r recorder
	s := New(0, nil)
	s.observe(&r, true)
	c := s.Clone()
	w := s.Downgrade()
	u, _ := w.Upgrade()
	expectLog(t, &r, "Clone and Upgrade", "front:1 Clone:1 front:2 /2:2 Downgrade:1 /1:2 Upgrade:- front:3 /3:3")
	m := c.Move()
	m.Release()
	u.Release()
	expectLog(t, &r, "Release", "Move:2 /2:3 Release:2 /2:2 Release:3 /3:1")
	s.Release()
}

func TestTwoObservers(t *testing.T) {
	var first, second recorder
	s := New(0, nil)
	s.observe(&first, false)
	c := s.Clone()
	if !s.observe(&second, false) { // though there are two handles
		t.Fatal("an observed object cannot be observed again")
	}
	first.take()
	c.Release()
	expectLog(t, &first, "Release", "Release:1 /1:1")
	expectLog(t, &second, "Release", "front:1 Release:1 /1:1")
	s.Release()
	for _, r := range []*recorder{&first, &second} { // without a destructor, too
		if got := r.take(); !strings.HasPrefix(got, "Release:1 /1:") || !strings.HasSuffix(got, " ended") {
			t.Errorf("the last Release tells %q", got)
		}
	}
}

func TestObserveOnlyTheSoleHandle(t *testing.T) {
	s := New(0, nil)
	c := s.Clone()
	if s.observe(idle{}, false) || s.block.front() != nil || s.block.watch().all() != nil {
		t.Error("an object is observed past a handle that holds the core")
	}
	c.Release()
	if !s.observe(idle{}, false) {
		t.Error("not observed when the other handle was released")
	}
	s.Release()
}

// Lost strong handles leave the front to the collector, and the core with its
// count to the weak handles, which lead to a new front.
func TestFrontDiesWithTheStrongHandles(t *testing.T) {
	var r recorder
	w := lose(&r)
	for range 10 {
		if runtime.GC(); r.fronts[0].Value() == nil {
			break
		}
	}
	if r.fronts[0].Value() != nil {
		t.Fatal("a weak handle keeps the front")
	}
	if w.StrongCount() != 1 {
		t.Fatalf("a lost handle gave its count back: %d are left", w.StrongCount())
	}
	r.take()
	s, ok := w.Upgrade()
	expectLog(t, &r, "Upgrade", "Upgrade:- front:2 /2:2")
	if !ok || *s.Value() != "Tilsit" {
		t.Error("the object cannot be had any more")
	}
	s.Release()
	w.Release()
}

//go:noinline
func lose(r *recorder) *Weak[string] {
	s := New("Tilsit", nil)
	s.observe(r, false)
	w := s.Downgrade()
	return &w
}

// Nothing of the user's runs between before and after, so an observer may lock
// there; a destructor may then use the same lock.
func TestObserverMayLock(t *testing.T) {
	var r recorder
	child := New(0, nil)
	child.observe(&r, false)
	parent := New(0, func(*int) { child.Release() })
	parent.observe(&r, false)
	var bad bool
	restore := realweak.OnPanic(func(realweak.PanicInfo) { bad = true })
	defer restore()
	parent.Release()
	if bad || !r.mu.TryLock() {
		t.Error("an observer's lock was held in a destructor")
	}
}

// What is refused is refused of observed objects as well, and told in pairs.
func TestMisuseOfObserved(t *testing.T) {
	for _, each := range []bool{false, true} {
		var r recorder
		s := New(0, nil)
		s.observe(&r, each)
		stale := Strong[int]{value: s.value, block: s.block, gen: s.gen}
		w := s.Downgrade()
		core := s.block.front().core
		atomic.StoreInt64(&core.state, firstGen|detour+maxStrong*oneStrong+maxWeak)
		for range 2 {
			refused(t, "Clone of a Strong[int] that has more than", func() { s.Clone() })
			refused(t, "Downgrade of a Strong[int] that has more than", func() { s.Downgrade() })
			refused(t, "Upgrade of a Weak[int] that has more than", func() { w.Upgrade() })
		}
		atomic.StoreInt64(&core.state, firstGen|detour+oneStrong+oneWeak)
		s.Release()
		for range 2 {
			refused(t, "Clone of a Strong[int] whose object is destroyed", func() { stale.Clone() })
			refused(t, "Value of a Strong[int] whose object is destroyed", func() { stale.Value() })
			refused(t, "Move of a Strong[int] whose object is destroyed", func() { stale.Move() })
			refused(t, "Downgrade of a Strong[int] whose object is destroyed", func() { stale.Downgrade() })
			refused(t, "PtrEq of a Strong[int] whose object is destroyed", func() { stale.PtrEq(&stale) })
			refused(t, "Release of a Strong[int] whose object is destroyed", func() {
				(&Strong[int]{value: stale.value, block: stale.block, gen: stale.gen}).Release()
			})
		}
		if !r.mu.TryLock() {
			t.Error("a refused operation left an observer without after")
		}
		if n := atomic.LoadInt64(&stale.block.state); n != elsewhere {
			t.Errorf("refused operations left a front's word %#x, want %#x", n, elsewhere)
		}
	}
}

// The operations that end an object without its destructor, begin another life,
// or cut weak handles off, are told too.
func TestObserverOfTheRest(t *testing.T) {
	var r recorder
	observed := func(drop func(*int)) Strong[int] {
		s := New(7, drop)
		s.observe(&r, false)
		r.take()
		return Strong[int]{value: s.value, block: s.block, gen: s.gen}
	}
	counts := func(s *Strong[int]) string {
		core, gen := s.block.core(s.gen)
		state := atomic.LoadInt64(&core.state)
		return fmt.Sprint(strongs(state, gen), weaks(state))
	}

	s := observed(nil)
	c := s.Clone()
	r.take()
	s.TryUnwrap()
	expectLog(t, &r, "TryUnwrap that fails", "TryUnwrap:1 /-:2")
	c.IntoInner()
	expectLog(t, &r, "IntoInner", "TryUnwrap:1 /1:1")
	if v, ok := s.TryUnwrap(); !ok || v != 7 {
		t.Error("TryUnwrap failed")
	}
	if got := r.take(); !strings.HasPrefix(got, "TryUnwrap:1 /1:") || !strings.HasSuffix(got, " ended") {
		t.Errorf("the last TryUnwrap tells %q", got)
	}

	r.fronts = nil
	s = observed(nil)
	w := s.Downgrade()
	r.take()
	s.MakeMut(nil)
	expectLog(t, &r, "MakeMut", "Value:1 /1:1")
	if _, ok := w.Upgrade(); ok || counts(&s) != "1 0" {
		t.Error("MakeMut left an observed object its weak handles")
	}
	v := s.Downgrade()
	u, ok := v.Upgrade()
	if !ok || u.block != s.block {
		t.Error("after MakeMut an Upgrade leads to another front")
	}
	u.Release()
	s.Release()

	r.fronts = nil
	var risen Strong[int]
	s = observed(func(p *int) { risen = Resurrect(p) })
	s.Release()
	if got := r.take(); !strings.HasPrefix(got, "Release:1 /1:") || !strings.Contains(got, " Resurrect:- ") || strings.Contains(got, "ended") {
		t.Errorf("a resurrection tells %q", got)
	}
	if risen.block.front() == nil || counts(&risen) != "1 0" {
		t.Error("a resurrected object is not observed any more")
	}
	risen.Release()
	if got := r.take(); !strings.HasSuffix(got, " ended") {
		t.Errorf("the second death tells %q", got)
	}
}
