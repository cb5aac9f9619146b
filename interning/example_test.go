package interning_test

import (
	"encoding/json"
	"fmt"
	"unsafe"

	"github.com/referent-go/referent/interning"
)

func ExampleString() {
	line := "GET /index.html HTTP/1.1"
	a := interning.String(line[:3]) // does not keep the line
	b := interning.Bytes([]byte("GET"))
	fmt.Println(a, b, unsafe.StringData(a) == unsafe.StringData(b))
	// Output: GET GET true
}

func ExampleInt() {
	a, b := interning.Int(256), interning.Int(255+1)
	fmt.Println(a == b, *a)
	// Output: true 256
}

func ExampleTable() {
	type host struct{ name, zone string }
	hosts := interning.NewTable[host](interning.Named("hosts"))

	a := hosts.Intern(host{"db1", "eu"})
	b := hosts.Intern(host{"db1", "eu"})
	_, known := hosts.Lookup(host{"db2", "eu"})
	fmt.Println(a == b, known, a.Value().zone)

	stats := hosts.Stats()
	fmt.Println(stats.Hits, stats.Misses, stats.Live)
	// Output:
	// true false eu
	// 1 2 1
}

func ExampleHandle() {
	var paths interning.Table[string]
	visits := make(map[interning.Handle[string]]int) // hashes one word, whatever the path's length
	for _, p := range []string{"/", "/about", "/"} {
		visits[paths.Intern(p)]++
	}
	text, err := json.Marshal(visits)
	fmt.Printf("%s %v\n", text, err)
	// Output: {"/":2,"/about":1} <nil>
}

func ExampleTuple() {
	a := interning.TupleOf("ab", "c")
	b := interning.TupleOf([]string{"ab", "c"}...)
	fmt.Println(a, a == b, a == interning.TupleOf("a", "bc"))

	nested := interning.TupleOf(a, interning.TupleOf("d"))
	fmt.Println(nested, nested.At(1).Len())
	// Output:
	// (ab, c) true false
	// ((ab, c), (d)) 1
}

func ExampleFrozenSet() {
	a := interning.FrozenSetOf("read", "write")
	b := interning.FrozenSetOf("write", "read", "write")
	fmt.Println(a == b, a.Len(), a.Contains("read"), a.Contains("admin"))
	// Output: true 2 true false
}
