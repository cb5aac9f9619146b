package event_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak/event"
)

func TestKindNames(t *testing.T) {
	want := strings.Fields("created cleared callback-queued callback-run callback-panicked detached released dropped leaked interned evicted retained cycle gc")
	var got []string
	for _, k := range event.Kinds() {
		got = append(got, k.String())
		var back event.Kind
		if err := back.UnmarshalText([]byte(k.String())); err != nil || back != k {
			t.Errorf("%v read back as %v: %v", k, back, err)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("kinds are %v, want %v", got, want)
	}
	var k event.Kind
	if err := k.UnmarshalText([]byte("died")); err == nil || !strings.Contains(err.Error(), `"died"`) {
		t.Errorf("an unknown kind was read: %v, %v", k, err)
	}
	if _, err := event.Kind(99).MarshalText(); err == nil {
		t.Error("kind 99 has a name")
	}
	if got := event.Kind(99).String(); got != "Kind(99)" {
		t.Errorf("String of an unknown kind: %s", got)
	}
}

func TestActorNames(t *testing.T) {
	for a := event.Unknown; a <= event.Interpreter; a++ {
		var back event.Actor
		if err := back.UnmarshalText([]byte(a.String())); err != nil || back != a {
			t.Errorf("%v read back as %v: %v", a, back, err)
		}
	}
	var a event.Actor
	if err := a.UnmarshalText([]byte("nobody")); err == nil {
		t.Error("an unknown actor was read")
	}
}

func TestEventAsJSON(t *testing.T) {
	e := event.Event{
		Seq: 7, Time: time.Unix(1, 5).UTC(), Kind: event.CallbackRun, Object: 3, Type: "main.Cheese",
		Label: "Brie", Age: 1500 * time.Millisecond, Collections: 2, Actor: event.Dispatcher,
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"seq":7,"time":"1970-01-01T00:00:01.000000005Z","kind":"callback-run","object":3,` +
		`"type":"main.Cheese","label":"Brie","age_ns":1500000000,"collections":2,"actor":"dispatcher"}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	var back event.Event
	if err := json.Unmarshal(text, &back); err != nil || back != e {
		t.Errorf("read back as %+v: %v", back, err)
	}
}

func TestEventAsText(t *testing.T) {
	for _, c := range []struct {
		e    event.Event
		want string
	}{
		{event.Event{Kind: event.Cleared, Object: 3, Type: "main.Cheese", Label: "Brie", Age: 1234567 * time.Microsecond, Collections: 2, Actor: event.Collector},
			`cleared #3 main.Cheese "Brie" age 1.23s, 2 collections, by collector`},
		{event.Event{Kind: event.Created, Type: "int"}, "created int"},
		{event.Event{Kind: event.Released, Object: 1, Collections: 1}, "released #1 1 collection"},
		{event.Event{Kind: event.GC, GC: &event.Collection{Number: 9, Pause: time.Millisecond, Queued: 5, Executed: 3}},
			"gc #9, 1ms pause, 5 cleanups queued, 3 executed"},
	} {
		if got := c.e.String(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestQueueIsNeverNegative(t *testing.T) {
	if q := (event.Collection{Queued: 5, Executed: 3}).Queue(); q != 2 {
		t.Errorf("queue = %d", q)
	}
	if q := (event.Collection{Queued: 3, Executed: 5}).Queue(); q != 0 {
		t.Errorf("queue = %d", q)
	}
}

func TestBirth(t *testing.T) {
	a, b := event.NewBirth(), event.NewBirth()
	if b.Object <= a.Object {
		t.Errorf("ids do not grow: %d, then %d", a.Object, b.Object)
	}
	if e := a.Event(event.Released, "T"); e.Object != a.Object || e.Age <= 0 || e.Kind != event.Released {
		t.Errorf("event: %+v", e)
	}
	if e := a.Event(event.Created, "T"); e.Object != a.Object || e.Age != 0 {
		t.Errorf("event of a birth: %+v", e)
	}
	var unknown event.Birth
	if e := unknown.Death(event.Cleared, "T"); e.Object != 0 || e.Age != 0 || e.Collections != 0 {
		t.Errorf("event of an unknown birth: %+v", e)
	}
}
