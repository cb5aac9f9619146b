package debughttp_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/referent-go/referent/realweak/debughttp"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
)

// small is a listener whose connections take in little before a write blocks.
type small struct{ net.Listener }

func (l small) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(4096)
	}
	return conn, err
}

// A hundred viewers that do not read: the emitters go on to the end, and when the
// viewers read again, every event is accounted for, as delivered or as lost.
func TestSlowViewersLoseAndAreTold(t *testing.T) {
	viewers, emitters, each := 100, 4, 8_000
	if testing.Short() {
		viewers, each = 20, 4_000
	}
	var hub event.Hub
	debug := debughttp.Handler(debughttp.From(debughttp.Sources{Hub: &hub}), debughttp.Events(512))
	server := httptest.NewUnstartedServer(debug)
	server.Listener = small{server.Listener}
	server.Start()
	defer server.Close()
	defer debug.Close()
	dialer := net.Dialer{}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if err == nil {
			err = conn.(*net.TCPConn).SetReadBuffer(4096)
		}
		return conn, err
	}}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	// Every second one wants births only.
	bodies := make([]io.ReadCloser, viewers)
	for i := range bodies {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/events"+[]string{"", "?kinds=created,retained"}[i%2], nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		bodies[i] = answer.Body
	}
	if n := hub.Stats().Subscribers; n != 1 {
		t.Errorf("to those who emit, %d viewers are %d subscribers; want 1", viewers, n)
	}

	var emitting sync.WaitGroup
	for range emitters {
		emitting.Go(func() {
			for i := range each {
				hub.Emit(event.Event{Kind: []event.Kind{event.Created, event.Cleared}[i%2], Type: "main.Conn"})
			}
		})
	}
	emitting.Wait() // nobody has read anything
	emitted := uint64(emitters * each)
	await(t, "the last event is in the ring", func() bool { return debug.Snapshot().Stream.Newest == emitted })
	blocked := debug.Snapshot().Stream
	if blocked.Viewers != viewers || blocked.Emitted != emitted || blocked.Dropped == 0 {
		t.Fatalf("with all viewers blocked the stream's state is %+v", blocked)
	}

	hub.Emit(event.Event{Kind: event.Retained}) // tells the viewers that it is over
	emitted++
	type account struct{ delivered, lost uint64 }
	accounts := make([]account, viewers)
	var reading sync.WaitGroup
	for i, body := range bodies {
		reading.Go(func() {
			for r, a := wire.NewStreamReader(body), &accounts[i]; ; {
				m, err := r.Next()
				if err != nil {
					t.Errorf("viewer %d: %v", i, err)
					return
				}
				if m.Lost != nil {
					a.lost += m.Lost.Count
					continue
				}
				a.delivered++
				if m.Event.Kind == event.Retained {
					return
				}
			}
		})
	}
	reading.Wait()
	end := debug.Snapshot().Stream
	births := (emitted-1)/2 + 1 // and the one that ends it
	var lost uint64
	for i, a := range accounts {
		lost += a.lost
		if a.lost == 0 || a.delivered == 0 {
			t.Errorf("viewer %d was delivered %d events and lost %d; want some of both", i, a.delivered, a.lost)
		}
		switch sum := a.delivered + a.lost; {
		case i%2 == 0 && sum != emitted:
			t.Errorf("viewer %d was delivered %d events and lost %d: %d, want the %d emitted", i, a.delivered, a.lost, sum, emitted)
		// What the handler itself loses counts for everybody, since its kind is not known.
		case i%2 == 1 && (sum < births || sum > births+end.Lost):
			t.Errorf("viewer %d of births was delivered %d events and lost %d: %d, want the %d births", i, a.delivered, a.lost, sum, births)
		}
	}
	if want := end.Dropped + uint64(viewers)*end.Lost; lost != want {
		t.Errorf("viewers were told of %d lost events; the stream has counted %d", lost, want)
	}
	if end.Emitted != emitted {
		t.Errorf("the stream has counted %d events, want %d", end.Emitted, emitted)
	}
	t.Logf("%d events for each of %d viewers: %d dropped in all, %d lost by the handler itself", emitted, viewers, end.Dropped, end.Lost)
}

// What an emission costs the emitter while viewers block: the same for one and for a
// hundred, and what a single subscriber that does not read costs.
func BenchmarkEmit(b *testing.B) {
	emit := func(b *testing.B, hub *event.Hub) {
		b.ReportAllocs()
		for b.Loop() {
			hub.Emit(event.Event{Kind: event.Created, Type: "main.Conn"})
		}
	}
	b.Run("subscribers=1", func(b *testing.B) {
		var hub event.Hub
		defer hub.Subscribe(16384).Close()
		emit(b, &hub)
	})
	for _, viewers := range []int{1, 100} {
		b.Run(fmt.Sprintf("blocked-viewers=%d", viewers), func(b *testing.B) {
			s := serve(b, debughttp.Events(512))
			for range viewers {
				watch(b, s.url+"events")
			}
			block(b, s)
			emit(b, s.hub)
		})
	}
}
