package debughttp_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak/debughttp"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

// soakEnv is the environment variable with the time that the soak takes, as "30s" or
// "10m".
const soakEnv = "REFERENT_SOAK"

func soakTime(t *testing.T) time.Duration {
	text := os.Getenv(soakEnv)
	if text == "" {
		return time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		t.Fatalf("%s=%q: set it to how long the soak is to take, such as 30s or 10m", soakEnv, text)
	}
	return d
}

// request is what the program under soak makes, and drops soon after.
type request struct {
	_ *request
	_ [56]byte
}

const (
	soakRate    = 100_000 // births a second, and as many deaths
	soakWorkers = 4
	soakViewers = 20 // every second one is slow
	soakWindow  = 500
)

// TestSoak has a program make and drop tracked objects while viewers watch all of its
// events. In the end every object and every event is accounted for, no goroutine is left
// (TestMain), and memory has not grown.
func TestSoak(t *testing.T) {
	duration := soakTime(t)
	group := track.NewGroup[request](t.Name(), track.Grace(time.Millisecond), track.Collections(1))
	debug := debughttp.Handler(debughttp.Events(1024)) // or the slow viewers have much to read at the end
	server := httptest.NewServer(debug)
	defer server.Close()
	defer debug.Close()
	transport := &http.Transport{MaxIdleConnsPerHost: soakViewers}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	ctx, cancel := context.WithTimeout(t.Context(), duration+5*patience)
	defer cancel()

	var hurry atomic.Bool // the slow ones too
	accounts := make([]viewerAccount, soakViewers)
	var viewing sync.WaitGroup
	for i := range accounts {
		body, from := openViewer(ctx, t, client, server.URL+"/events?snapshot=1s")
		accounts[i].from = from
		viewing.Go(func() {
			defer body.Close()
			accounts[i].err = accounts[i].read(body, t.Name(), func() {
				if i%2 == 1 && !hurry.Load() {
					time.Sleep(time.Millisecond)
				}
			})
		})
	}

	began := time.Now()
	var born atomic.Uint64
	memory := newMemoryWatch(duration)
	var working sync.WaitGroup
	for range soakWorkers {
		working.Go(func() { born.Add(work(group, began, duration)) })
	}
	for time.Since(began) < duration {
		time.Sleep(min(duration/10, time.Second))
		memory.look(time.Since(began))
		if s := group.Stats(); s.Created != s.Cleaned+uint64(s.Live) || s.Ages.Count != s.Cleaned {
			t.Fatalf("created %d, cleaned %d, live %d, ages of %d", s.Created, s.Cleaned, s.Live, s.Ages.Count)
		}
	}
	working.Wait()
	took := time.Since(began)

	// All are dead: the collections find that out.
	for range 3 {
		runtime.GC()
		if err := track.Drain(ctx); err != nil {
			t.Fatal(err)
		}
	}
	s := group.Stats()
	if s.Created != born.Load() || s.Live != 0 || s.Cleaned != s.Created || s.Expected != 0 || s.Retained != 0 {
		t.Errorf("born %d: created %d, cleaned %d, live %d, expected %d, retained %d", born.Load(), s.Created, s.Cleaned, s.Live, s.Expected, s.Retained)
	}

	hurry.Store(true)
	event.Default.Emit(event.Event{Kind: event.Detached, Label: t.Name()}) // it is over
	viewing.Wait()
	var delivered, lost uint64
	for i, a := range accounts {
		if a.err != nil {
			t.Errorf("viewer %d: %v", i, a.err)
			continue
		}
		if a.delivered+a.lost != a.until-a.from {
			t.Errorf("viewer %d: %d events delivered and %d lost of %d", i, a.delivered, a.lost, a.until-a.from)
		}
		if a.snapshots == 0 || a.wrong > 0 {
			t.Errorf("viewer %d: %d snapshots, of which %d do not add up", i, a.snapshots, a.wrong)
		}
		delivered += a.delivered
		lost += a.lost
	}
	memory.check(t)
	t.Logf("%.0f births a second for %v; %d viewers had %d events and lost %d; memory %s",
		float64(s.Created)/took.Seconds(), took.Round(time.Millisecond), soakViewers, delivered, lost, memory)
}

// work makes and drops objects at its share of the rate, as far as it can keep up.
func work(group *track.Group[request], began time.Time, duration time.Duration) (born uint64) {
	const burst = 100
	var window [soakWindow]*request
	for at := time.Duration(0); at < duration; at = time.Since(began) {
		due := uint64(at.Seconds() * soakRate / soakWorkers)
		if born >= due {
			time.Sleep(time.Millisecond)
			continue
		}
		for range burst {
			r := group.Track(new(request))
			if old := window[born%soakWindow]; old != nil && born%2 == 0 {
				group.Expect(old)
			}
			window[born%soakWindow] = r
			born++
		}
	}
	return born
}

// viewerAccount is what one viewer was told.
type viewerAccount struct {
	from, until      uint64 // the newest event when it came, and the last one that counts
	delivered, lost  uint64
	snapshots, wrong int
	err              error
}

// openViewer returns a stream of events, and the number of the last one before it.
func openViewer(ctx context.Context, t *testing.T, client *http.Client, url string) (body io.ReadCloser, from uint64) {
	for {
		before := event.Default.Stats().Emitted
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		// Only a collection is an event at this time.
		if event.Default.Stats().Emitted == before {
			return answer.Body, before
		}
		answer.Body.Close()
	}
}

// read reads a stream up to the event with the label last.
func (a *viewerAccount) read(body io.Reader, last string, pause func()) error {
	for r := wire.NewStreamReader(body); ; pause() {
		m, err := r.Next()
		switch {
		case err != nil:
			return err
		case m.Lost != nil:
			a.lost += m.Lost.Count
		case m.Snapshot != nil:
			a.snapshots++
			for _, g := range m.Snapshot.Groups {
				if g.Name == last && g.Created != g.Cleaned+uint64(g.Live) {
					a.wrong++
				}
			}
		case m.Event != nil:
			a.delivered++
			if m.Event.Label == last {
				a.until = m.Event.Seq
				return nil
			}
		}
	}
}

// memoryWatch notes what the program has in use after the first minute, or the first
// half of a shorter soak, and at the end.
type memoryWatch struct {
	settled       time.Duration
	first, newest uint64
}

func newMemoryWatch(duration time.Duration) *memoryWatch {
	return &memoryWatch{settled: min(duration/2, time.Minute)}
}

func (w *memoryWatch) look(at time.Duration) {
	if at < w.settled {
		return
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	w.newest = m.HeapAlloc + m.StackInuse
	if w.first == 0 {
		w.first = w.newest
	}
}

// check allows for what is alive by chance at the moment of a look.
func (w *memoryWatch) check(t *testing.T) {
	const slack = 16 << 20
	if w.newest > w.first+w.first/4+slack {
		t.Errorf("memory grew: %s", w)
	}
}

func (w *memoryWatch) String() string {
	return byteCount(w.first) + " at first, " + byteCount(w.newest) + " at last"
}

func byteCount(n uint64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
