package interning_test

import (
	"fmt"
	"unsafe"

	"github.com/referent-go/referent/interning"
)

func ExampleParts() {
	a := interning.Parts("eu", "/", "db1")
	b := interning.String("eu/db1")
	fmt.Println(a, unsafe.StringData(a) == unsafe.StringData(b))
	// Output: eu/db1 true
}

func ExamplePair() {
	a := interning.PairOf("db1", 5432)
	host, port := a.Values()
	fmt.Println(a == interning.PairOf("db1", 5432), host, port)
	// Output: true db1 5432
}

func ExampleTriple() {
	fmt.Println(interning.TripleOf("GET", "/", 200))
	// Output: (GET, /, 200)
}

func ExampleMap() {
	type label = interning.Entry[string, string]
	a := interning.MapOf(label{"zone", "eu"}, label{"job", "api"})
	b := interning.MapFrom(map[string]string{"job": "api", "zone": "eu"})
	job, ok := a.Get("job")
	fmt.Println(a, a == b, job, ok)
	fmt.Println(a.With("zone", "us"))
	// Output:
	// {job: api, zone: eu} true api true
	// {job: api, zone: us}
}

func ExampleFrozenSet_Union() {
	reader, writer := interning.FrozenSetOf("read"), interning.FrozenSetOf("write")
	both := reader.Union(writer)
	fmt.Println(both == interning.FrozenSetOf("write", "read"), reader.IsSubset(both), both.Difference(reader))
	// Output: true true {write}
}

func ExampleScope() {
	var request interning.Scope
	defer request.End()
	user := request.String("alice") // found again until the request ends
	role := interning.Pin(&request, interning.FrozenSetOf("read", "write"))
	fmt.Println(user, role.Len(), request.Len())
	// Output: alice 2 2
}

func ExampleTable_Freeze() {
	var codes interning.Table[string]
	ok := codes.Intern("OK")
	known := codes.Freeze() // read-only: for any number of readers

	h, found := known.Lookup("OK")
	_, other := known.Lookup("made up by a client")
	fmt.Println(h == ok, found, other)
	// Output: true true false
}

func ExampleCapacity() {
	// Keeps a thousand users' names between their requests, and no more.
	names := interning.NewTable[string](interning.Named("users"), interning.Capacity(1000))
	fmt.Println(names.Intern("alice"), names.Name())
	// Output: alice users
}
