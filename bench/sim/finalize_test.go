package sim

import (
	"slices"
	"strconv"
	"testing"
)

// TestFinalize is CPython's FinalizeTestCase.test_finalize.
func TestFinalize(t *testing.T) {
	py := newPy(t)
	var results []int64
	py.Assign("add", py.Function("add", func(args []*Object) *Object {
		sum := args[0].AsInt() + args[1].AsInt()
		results = append(results, sum)
		return py.Int(sum)
	}, "x", "y"))
	py.Assign("a", py.Set())

	py.Assign("f", py.Finalize(py.Load("a"), py.Load("add"), py.Int(67), py.Int(43)))
	if !py.Alive(py.Load("f")) || py.Repr(py.GetItem(py.Peek(py.Load("f")), py.Int(2))) != "(67, 43)" {
		t.Error("not alive, or wrong peek")
	}
	if got := py.Repr(py.Call(py.Load("f"))); got != "110" {
		t.Errorf("call returned %s", got)
	}
	for range 2 {
		if got := py.Repr(py.Call(py.Load("f"))); got != "None" {
			t.Errorf("second call returned %s", got)
		}
	}
	if py.Alive(py.Load("f")) || py.Repr(py.Peek(py.Load("f"))) != "None" || py.Repr(py.Detach(py.Load("f"))) != "None" {
		t.Error("not dead after the call")
	}

	py.Assign("f", py.Finalize(py.Load("a"), py.Load("add"), py.Int(1), py.Int(2)))
	detached := py.Detach(py.Load("f"))
	if !py.Is(py.GetItem(py.Retain(detached), py.Int(0)), py.Load("a")) || py.Len(detached) != 4 {
		t.Error("wrong tuple from detach")
	}
	if py.Repr(py.Call(py.Load("f"))) != "None" || py.Alive(py.Load("f")) {
		t.Error("not dead after detach")
	}

	py.Assign("f", py.Finalize(py.Load("a"), py.Load("add"), py.Int(10), py.Int(20)))
	py.Del("a")
	if py.Alive(py.Load("f")) || !slices.Equal(results, []int64{110, 30}) {
		t.Errorf("results %v", results)
	}
	wantRaise(t, py, "TypeError: cannot create weak reference to 'int' object", func() {
		py.Release(py.Finalize(py.Int(1), py.Load("add")))
	})
}

// TestFinalizeOrder is FinalizeTestCase.test_order.
func TestFinalizeOrder(t *testing.T) {
	py := newPy(t)
	r := &recorder{py: py}
	py.Assign("a", py.Set())
	for i := 1; i <= 5; i++ {
		name := "f" + strconv.Itoa(i)
		py.Assign(name, py.Finalize(py.Load("a"), r.note(name)))
	}
	py.Del("f1")
	py.Del("f4")
	if py.Repr(py.Detach(py.Load("f5"))) == "None" || py.Alive(py.Load("f5")) {
		t.Error("f5 is not detached")
	}
	call := func(name string) { py.Release(py.Call(py.Load(name))) }
	call("f5")
	r.got = append(r.got, "A")
	call("f3")
	r.got = append(r.got, "B")
	call("f3")
	r.got = append(r.got, "C")
	py.Del("a")
	r.got = append(r.got, "D")
	call("f2")
	r.want(t, "A", "f3", "B", "C", "f4", "f2", "f1", "D")
}

// TestFinalizeAtExit is FinalizeTestCase.test_atexit.
func TestFinalizeAtExit(t *testing.T) {
	py := newPy(t)
	r := &recorder{py: py}
	py.Assign("cls", node(py))
	py.Assign("f1", py.Finalize(py.Load("cls"), r.note("f1")))
	py.Assign("f2", py.Finalize(py.Load("cls"), r.note("f2")))
	py.SetAtExit(py.Load("f2"), false)
	py.Release(py.Finalize(py.Load("cls"), py.Function("error", func([]*Object) *Object {
		py.Release(py.Finalize(py.Load("cls"), r.note("g1")))
		r.got = append(r.got, "f3")
		return py.Raise("ZeroDivisionError", "division by zero")
	})))
	py.Release(py.Finalize(py.Load("cls"), r.note("f4")))
	if !py.AtExit(py.Load("f1")) || py.AtExit(py.Load("f2")) {
		t.Error("atexit flags")
	}
	py.RunExit()
	r.want(t, "f4", "f3", "g1", "f1")
	if got := takeUnraisable(py); !slices.Equal(got, []string{"ZeroDivisionError: division by zero"}) {
		t.Errorf("unraisable %q", got)
	}
	if !py.GCEnabled() {
		t.Error("the collector was left disabled")
	}
	// No finalizer ever runs after that.
	py.Assign("late", py.Finalize(py.Load("cls"), r.note("late")))
	py.Release(py.Call(py.Load("late")))
	py.Del("cls")
	py.Collect(2)
	py.RunExit()
	r.want(t)
}

// TestFinalizeFreed is test_all_freed: callback and finalizer go once it has fired.
func TestFinalizeFreed(t *testing.T) {
	py := newPy(t)
	r := &recorder{py: py}
	py.Assign("a", py.Set())
	py.Assign("callback", r.note("called"))
	py.Assign("wr", py.WeakRef(py.Load("callback"), nil))
	py.Release(py.Finalize(py.Load("a"), py.Load("callback")))
	py.Del("callback")
	if dead(py, "wr") || py.LiveOf("finalize") != 1 {
		t.Error("the registry does not keep them")
	}
	py.Del("a")
	r.want(t, "called")
	if !dead(py, "wr") || py.LiveOf("finalize") != 0 {
		t.Error("they outlived the call")
	}
}

// TestFinalizeThatKeepsItsObject: arguments that refer to the object keep it until
// exit.
func TestFinalizeThatKeepsItsObject(t *testing.T) {
	py := newPy(t)
	r := &recorder{py: py}
	py.Assign("a", py.Set())
	py.Release(py.Finalize(py.Load("a"), r.note("f"), py.Load("a")))
	py.Del("a")
	py.Collect(2)
	r.want(t)
	py.RunExit()
	r.want(t, "f")
	if py.LiveOf("set") != 0 {
		t.Error("the set is still there")
	}
}

// TestFinalizersMeddle: one callback may call, detach or drop the
// finalizers whose turn is yet to come.
func TestFinalizersMeddle(t *testing.T) {
	py := newPy(t)
	r := &recorder{py: py}
	py.Assign("a", py.Set())
	py.Assign("f1", py.Finalize(py.Load("a"), r.note("f1")))
	py.Assign("f2", py.Finalize(py.Load("a"), r.note("f2")))
	py.Release(py.Finalize(py.Load("a"), py.Function("f3", func([]*Object) *Object {
		r.got = append(r.got, "f3")
		py.Release(py.Call(py.Load("f1")))
		none := py.Detach(py.Load("f2")) // too late: the object is dead
		r.got = append(r.got, py.Repr(none))
		return nil
	})))
	py.Del("a")
	r.want(t, "f3", "f1", "None", "f2")
}
