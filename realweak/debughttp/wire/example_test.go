package wire_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
)

func ExampleStreamReader() {
	// What GET /debug/realweak/events answers.
	body := strings.NewReader(`: ping

id: 41
event: cleared
data: {"seq":41,"time":"2026-01-02T03:04:05Z","kind":"cleared","object":7,"type":"pool.Conn","age_ns":1200000000}

event: lost
data: {"count":12}

`)
	stream := wire.NewStreamReader(body)
	for {
		m, err := stream.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fmt.Println(err)
			break
		}
		switch {
		case m.Event != nil:
			fmt.Println(m.Event)
		case m.Lost != nil:
			fmt.Println(m.Lost.Count, "events lost")
		}
	}
	fmt.Println("resume after", stream.LastID())
	// Output:
	// cleared #7 pool.Conn age 1.2s
	// 12 events lost
	// resume after 41
}

func ExampleWriteMessage() {
	e := event.Event{Seq: 41, Time: time.Unix(0, 0).UTC(), Kind: event.Created, Object: 7, Type: "pool.Conn"}
	if err := wire.WriteMessage(os.Stdout, wire.Message{Event: &e}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// id: 41
	// event: created
	// data: {"seq":41,"time":"1970-01-01T00:00:00Z","kind":"created","object":7,"type":"pool.Conn"}
}

func ExampleRecorder() {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := wire.NewRecorder(os.Stdout)
	if err := r.Record(wire.Recorded{Time: at, Message: wire.Message{Lost: &wire.Lost{Count: 12}}}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"schema":1,"time":"2026-01-02T03:04:05Z","lost":{"count":12}}
}
