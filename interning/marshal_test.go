package interning

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestHandlePrintsAsItsValue(t *testing.T) {
	var strs Table[string]
	var ints Table[int]
	var points Table[point]
	s, i, p := strs.Intern("x y"), ints.Intern(255), points.Intern(point{1, 2})
	if got, want := fmt.Sprintf("%v %s %q %10v|%x %+v %v", s, s, s, s, i, p, p.String()), `x y x y "x y"        x y|ff {x:1 y:2} {1 2}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "handle", s, "number", i)
	if got := log.String(); !strings.Contains(got, `handle="x y" number=255`) {
		t.Errorf("logged %s", got)
	}
	var zero Handle[string]
	if !zero.IsZero() || s.IsZero() || zero.Value() != "" || zero.String() != "" || zero == strs.Intern("") {
		t.Error("the zero Handle is not what it should be")
	}
}

func TestMarshal(t *testing.T) {
	var strs Table[string]
	var ints Table[int]
	var times Table[time.Time]
	type doc struct {
		S    Handle[string]
		None Handle[string] `json:",omitzero"`
		Keys map[Handle[int]]Handle[time.Time]
		T    Tuple[any]
		F    FrozenSet[int]
		E    Tuple[int]
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	got, err := json.Marshal(doc{
		S:    strs.Intern(`a"b`),
		Keys: map[Handle[int]]Handle[time.Time]{ints.Intern(7): times.Intern(at)},
		T:    TupleOf[any](1, "x", nil),
		F:    FrozenSetOf(3),
	})
	want := `{"S":"a\"b","Keys":{"7":"2026-01-02T03:04:05Z"},"T":[1,"x",null],"F":[3],"E":[]}`
	if err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

func TestMarshalText(t *testing.T) {
	type name string
	var names Table[name]
	var bools Table[bool]
	var times Table[time.Time]
	var points Table[point]
	for _, c := range []struct {
		m    interface{ MarshalText() ([]byte, error) }
		want string
	}{
		{names.Intern("n"), "n"},
		{bools.Intern(true), "true"},
		{times.Intern(time.Unix(0, 0).UTC()), "1970-01-01T00:00:00Z"},
	} {
		if got, err := c.m.MarshalText(); err != nil || string(got) != c.want {
			t.Errorf("got %s, %v, want %s", got, err, c.want)
		}
	}
	_, err := points.Intern(point{}).MarshalText()
	if want := "interning: a Handle[interning.point] has no text form; give the type a MarshalText method"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
