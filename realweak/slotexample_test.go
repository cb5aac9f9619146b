package realweak_test

import (
	"fmt"
	"runtime"

	"github.com/referent-go/referent/realweak"
)

// Conn is a type of the program that can be a key.
type Conn struct {
	realweak.Slots
	Addr string
}

// Trace is what some other part of the program wants to know about a Conn. It
// refers back to it.
type Trace struct {
	Of    *Conn
	Bytes int
}

func ExampleSlotTable() {
	var traces realweak.SlotTable[Conn, *Trace]
	conn := &Conn{Addr: "10.0.0.1"}
	traces.Store(conn, &Trace{Of: conn, Bytes: 42})

	trace, _ := traces.Load(conn)
	fmt.Println(trace.Bytes, traces.Len())

	// In a KeyMap the trace would keep its own key for ever.
	runtime.KeepAlive(conn)
	settle()
	fmt.Println(traces.Len())
	// Output:
	// 42 1
	// 0
}

func ExampleSlotTable_LoadOrCompute() {
	var traces realweak.SlotTable[Conn, *Trace]
	conn := &Conn{Addr: "10.0.0.1"}
	for range 2 {
		trace, loaded, err := traces.LoadOrCompute(conn, func() (*Trace, error) {
			return &Trace{Of: conn}, nil
		})
		fmt.Println(trace.Of.Addr, loaded, err)
	}
	// Output:
	// 10.0.0.1 false <nil>
	// 10.0.0.1 true <nil>
}

func ExampleObj() {
	// An int cannot embed Slots.
	var names realweak.SlotTable[realweak.Obj[int], string]
	answer := realweak.NewObj(42)
	names.Store(answer, "the answer")
	name, ok := names.Load(answer)
	fmt.Println(answer.Value, name, ok)
	// Output: 42 the answer true
}
