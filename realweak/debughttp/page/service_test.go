package page_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/referent-go/referent/realweak/debughttp"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/track"
	"github.com/referent-go/referent/realweak/weaktest"
)

// parcel is what the service of TestService holds. The test alone has this type.
type parcel [32]byte

var parcels = track.NewGroup[parcel]("parcels", track.Grace(0), track.Collections(1))

// send makes n parcels in a frame of its own, which may keep the last.
//
//go:noinline
func send(n int) []*parcel {
	held := make([]*parcel, n)
	for i := range held {
		held[i] = parcels.Track(new(parcel))
	}
	return held
}

// TestService looks at a real program through the real handler: objects that live,
// are dropped, collected, and retained. The time from a drop to the page is logged;
// PAGE_STRICT=1 makes more than two seconds a failure.
func TestService(t *testing.T) {
	debug := debughttp.Handler(debughttp.Instance("the test"), debughttp.AllowGC(true))
	mux := http.NewServeMux()
	mux.Handle(prefix+"/", debug)
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		debug.Close()
		server.CloseClientConnections()
		server.Close()
	})
	address := server.URL + prefix + "/"
	snapshot := func() (s wire.Snapshot) {
		answer, err := http.Get(address + "snapshot")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if err := json.NewDecoder(answer.Body).Decode(&s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	row := func(field string) string {
		return fmt.Sprintf(`document.querySelector("[data-key=parcels] [data-f=%s]").textContent`, field)
	}

	held := send(5000)
	b := browse(t, address, look{})
	b.live()
	b.await(row("live") + ` === "5,000"`)

	// What the page shows is what the snapshot says.
	before := parcels.Stats()
	for _, g := range snapshot().Groups {
		if g.Name != "parcels" {
			continue
		}
		for field, want := range map[string]uint64{"live": uint64(g.Live), "created": g.Created, "cleaned": g.Cleaned, "expected": uint64(g.Expected), "retained": uint64(g.Retained)} {
			if got := number(t, eval[string](b, row(field))); got != int(want) {
				t.Errorf("%s on the page is %d, and %d in the snapshot", field, got, want)
			}
		}
		if g.Live != before.Live || g.Live != 5000 {
			t.Errorf("%d live in the snapshot, %d by Stats; want 5000", g.Live, before.Live)
		}
	}

	// A drop.
	start := time.Now()
	kept := held[:30:30]
	clear(held[30:])
	weaktest.AwaitDone(t, func() bool { return parcels.Stats().Live <= len(kept)+1 })
	noticed := time.Since(start)
	b.await(row("live") + `.length <= 2`)
	shown := time.Since(start)
	t.Logf("dropped 4,970 objects: the collector knew after %v, the page after %v", noticed, shown)
	if os.Getenv("PAGE_STRICT") != "" && shown > 2*time.Second {
		t.Errorf("a drop in the service was on the page after %v, want 2 s at most", shown)
	}
	b.await(`document.querySelector("#ages-text").textContent.includes("died")`)
	b.await(`document.querySelectorAll("#gcs tr").length >= 1 && /^[1-9]/.test(document.querySelector("#gcs").textContent)`)

	// A leak, with the place that made it.
	for _, p := range kept {
		parcels.Expect(p)
	}
	weaktest.AwaitDone(t, func() bool { return parcels.Stats().Retained == len(kept) })
	b.await(row("retained") + ` === "30"`)
	b.await(`document.querySelector("#retained-panel").checkVisibility() && document.querySelector("#retained [data-f=count]").textContent === "30"`)
	b.await(`document.querySelector("#events").textContent.includes("retained")`)
	if got := eval[string](b, `document.querySelector("#retained [data-f=created]").textContent`); !contains(got, "page_test.send", "service_test.go:") {
		t.Errorf("the page says that %s made what is retained; want the function send", got)
	}
	if got := eval[string](b, `document.querySelector("#retained [data-f=expected]").textContent`); !contains(got, "page_test.TestService") {
		t.Errorf("the page says that %s expected the death; want this test", got)
	}
	b.shot("service")
	runtime.KeepAlive(kept)
	clear(kept)

	// The button collects, until the last is gone.
	weaktest.AwaitDone(t, func() bool {
		eval[chromedp.Void](b, `document.querySelector("#collect button").click()`)
		return parcels.Stats().Live <= 1
	})
	b.await(`!document.querySelector("#retained-panel").checkVisibility()`)
	b.quiet(address)

	// The handler ends its streams, and serves on; the page asks.
	debug.Close()
	b.await(`document.querySelector("#state").dataset.state === "polling"`)
}
