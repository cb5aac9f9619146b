package realweak_test

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak"
)

func TestLenientPolicy(t *testing.T) {
	restore := realweak.SetPolicy(realweak.Lenient)
	var l log
	realweak.Finalize(&global, l.add, "at the end")
	var s realweak.Set[int32]
	s.Add(new(int32))
	s.Add(&lenientGlobal)
	var empty realweak.ValueMap[int, struct{}]
	empty.Store(1, &struct{}{})
	if s.Len() != 2 || empty.Len() != 1 {
		t.Errorf("%d and %d entries", s.Len(), empty.Len())
	}
	for name, f := range map[string]func(){
		"nil": func() { s.Add(nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: not refused", name)
				}
			}()
			f()
		}()
	}
	restore()
	func() {
		defer func() {
			if _, ok := recover().(*realweak.ReferentError); !ok {
				t.Error("what was accepted once is accepted under another policy")
			}
		}()
		realweak.Finalize(&global, l.add, "refused")
	}()
	if err := realweak.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := l.all(); len(got) != 1 {
		t.Errorf("Shutdown ran %v", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("the policy was not restored")
		}
	}()
	s.Add(&lenientGlobal)
}

var lenientGlobal int32

type owner struct {
	name string
	Conn *node
	list []any
	more map[string]*owner
}

func TestArgumentCheck(t *testing.T) {
	defer realweak.SetArgumentCheck(true)()
	p := &node{name: "referent"}
	loop := &owner{name: "loop"}
	loop.more = map[string]*owner{"self": loop}
	for _, c := range []struct {
		arg  any
		path string
	}{
		{&owner{Conn: p}, "arg.Conn"},
		{struct{ Owner *owner }{&owner{Conn: p}}, "arg.Owner.Conn"},
		{&owner{list: []any{1, "x", &p.next}}, "arg.list[2]"},
		{&owner{more: map[string]*owner{"k": {Conn: p}}}, `arg.more["k"].Conn`},
		{map[*node]int{p: 1}, "arg[key]"},
		{[2]*node{nil, {next: p}}, "arg[1].next"},
		{loop, ""},
		{&owner{Conn: &node{}}, ""},
		{realweak.Make(p), ""},
		{nil, ""},
		{make([]byte, 1<<20), ""},
	} {
		func() {
			defer func() {
				got, _ := recover().(string)
				want := ""
				if c.path != "" {
					want = fmt.Sprintf("realweak: Finalize: %s reaches the *realweak_test.node:", c.path)
				}
				if want == "" && got != "" || !strings.HasPrefix(got, want) {
					t.Errorf("%T: panicked with %q, want %q", c.arg, got, want)
				}
			}()
			realweak.Finalize(p, func(any) {}, c.arg).Detach()
			if c.path != "" {
				t.Errorf("%T: not refused", c.arg)
			}
		}()
	}
}

func TestShutdownOnSignal(t *testing.T) {
	if os.Getenv("REALWEAK_CHILD") != "" {
		childThatWaitsForASignal()
	}
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be sent these signals there")
	}
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestShutdownOnSignal$")
		cmd.Env = append(os.Environ(), "REALWEAK_CHILD=1")
		out := &strings.Builder{}
		cmd.Stderr = out
		ready, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := ready.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		err = cmd.Wait()
		if !strings.Contains(err.Error(), "signal: "+s.String()) {
			t.Errorf("%v: the child ended with %v", s, err)
		}
		if got := out.String(); got != "newer\nolder\n" {
			t.Errorf("%v: the child said %q", s, got)
		}
	}
}

func childThatWaitsForASignal() {
	signal.Reset(os.Interrupt, syscall.SIGTERM)
	realweak.ShutdownOnSignal(10 * time.Second)
	p := &node{}
	for _, line := range []string{"older", "newer"} {
		realweak.Finalize(p, func(line string) { fmt.Fprintln(os.Stderr, line) }, line)
	}
	fmt.Print("!")
	realweak.AwaitNothing(p)
}

func TestStopHandlingSignals(t *testing.T) {
	stop := realweak.ShutdownOnSignal(time.Second, syscall.SIGTERM)
	stop()
	stop()
}
