package retained

import (
	"reflect"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak/track"
)

func TestMerge(t *testing.T) {
	first := track.Retained{
		Fingerprint: 7, Group: "conns", Type: "Conn", Count: 2, Bytes: 20, Age: time.Minute, Since: 30 * time.Second, Collections: 3,
		Created: track.Stack{{Function: "a", File: "a.go", Line: 1}}, Expected: track.Stack{{Function: "b", File: "b.go", Line: 2}},
	}
	later := first
	later.Count, later.Bytes, later.Age, later.Since, later.Collections = 1, 10, time.Hour, time.Second, 5
	later.Expected = track.Stack{{Function: "c", File: "c.go", Line: 3}}
	want := first
	want.Count, want.Bytes, want.Age = 3, 30, time.Hour
	for _, got := range []track.Retained{Merge(first, later), Merge(later, first)} {
		if !reflect.DeepEqual(got, want) {
			t.Errorf("the sum is %+v, want %+v", got, want)
		}
	}
}

// Where no stack was recorded the group is all that is known of an origin.
func TestKeyWithoutAFingerprint(t *testing.T) {
	a, b := track.Retained{Group: "conns"}, track.Retained{Group: "files"}
	if KeyOf(a) == KeyOf(b) {
		t.Error("two groups without stacks are one origin")
	}
}
