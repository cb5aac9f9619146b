package event_test

import (
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak/event"
)

type container struct {
	name string
	live int
	_    [4]*int // no tiny block
}

func (c *container) stats() event.GroupStats {
	return event.GroupStats{Name: c.name, Kind: "test", Type: "T", Live: c.live}
}

func TestRegistryMergesByName(t *testing.T) {
	var r event.Registry
	a, b, c := &container{name: "x", live: 1}, &container{name: "a", live: 2}, &container{name: "x", live: 4}
	for _, p := range []*container{a, b, c} {
		defer event.Join(&r, p, (*container).stats)()
	}
	got := r.Stats()
	want := []event.GroupStats{
		{Name: "a", Kind: "test", Type: "T", Live: 2},
		{Name: "x", Kind: "test", Type: "T", Live: 5},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	runtime.KeepAlive(a)
	runtime.KeepAlive(b)
	runtime.KeepAlive(c)
}

func TestRegistryLeave(t *testing.T) {
	var r event.Registry
	p := &container{name: "x"}
	leave := event.Join(&r, p, (*container).stats)
	leave()
	leave()
	if got := r.Stats(); len(got) != 0 {
		t.Errorf("after leaving: %+v", got)
	}
	runtime.KeepAlive(p)
}

func TestRegistryDoesNotKeepContainers(t *testing.T) {
	var r event.Registry
	join := func() { event.Join(&r, &container{name: "x"}, (*container).stats) }
	join()
	for range 1000 {
		runtime.GC()
		if len(r.Stats()) == 0 {
			return
		}
	}
	t.Error("a container that nobody holds is still in the registry")
}

func TestJoinPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Join took a nil container")
		}
	}()
	event.Join(&event.Groups, (*container)(nil), (*container).stats)
}

func TestGroupStats(t *testing.T) {
	var young, old event.Histogram
	young.Observe(time.Millisecond)
	old.Observe(time.Millisecond)
	old.Observe(time.Hour)
	earlier := event.GroupStats{
		Name: "x", Kind: "cache", Type: "A", Live: 7, Created: 10, Cleaned: 3, Ages: young,
		Counters: []event.Counter{{Name: "hits", Value: 5}, {Name: "recent", Value: 9, Gauge: true}},
	}
	later := event.GroupStats{
		Name: "x", Kind: "cache", Type: "A", Live: 8, Created: 13, Cleaned: 5, Ages: old,
		Counters: []event.Counter{{Name: "hits", Value: 8}, {Name: "recent", Value: 2, Gauge: true}},
	}
	d := later.Sub(earlier)
	if d.Live != 8 || d.Created != 3 || d.Cleaned != 2 || d.Ages.Count != 1 || d.Counters[0].Value != 3 || d.Counters[1].Value != 2 {
		t.Errorf("Sub: %+v", d)
	}
	if later.Counters[0].Value != 8 {
		t.Error("Sub changed its receiver's counters")
	}
	sum := earlier.Add(event.GroupStats{Name: "x", Kind: "tracked", Type: "A, B", Live: 1, Counters: []event.Counter{{Name: "hits", Value: 1}}})
	if sum.Kind != "cache, tracked" || sum.Type != "A, B" || sum.Live != 8 || sum.Counters[0].Value != 6 {
		t.Errorf("Add: %+v", sum)
	}
}

func TestHistogram(t *testing.T) {
	var h event.Histogram
	if h.Quantile(0.5) != 0 {
		t.Error("an empty histogram has a median")
	}
	for _, d := range []time.Duration{-5, 0, 1, 2, 3, 1000, 1 << 40, 1<<63 - 1} {
		h.Observe(d)
	}
	if h.Count != 8 || h.Max != 1<<63-1 {
		t.Errorf("%+v", h)
	}
	for i, b := range h.Buckets {
		if i > 0 && b.Below <= h.Buckets[i-1].Below {
			t.Errorf("buckets out of order: %+v", h.Buckets)
		}
	}
	if got := h.Buckets[0]; got != (event.Bucket{Below: 1, Count: 2}) {
		t.Errorf("the bucket of zero: %+v", got)
	}
	var one event.Histogram
	one.Observe(3 * time.Millisecond)
	for _, q := range []float64{0, 0.5, 0.99, 1} {
		if got := one.Quantile(q); got != 3*time.Millisecond {
			t.Errorf("quantile %v of one duration: %v", q, got)
		}
	}
	if both := one.Add(h); both.Count != 9 || both.Sub(h).Count != 1 || len(both.Sub(h).Buckets) != 1 {
		t.Errorf("%+v", both)
	}
}

func TestFingerprintText(t *testing.T) {
	f := event.Fingerprint(0x9c1e)
	text, _ := f.MarshalText()
	var back event.Fingerprint
	if err := back.UnmarshalText(text); err != nil || back != f || string(text) != "0000000000009c1e" {
		t.Errorf("%s, %v, %v", text, back, err)
	}
	if back.UnmarshalText([]byte("xyz")) == nil {
		t.Error("took xyz for a fingerprint")
	}
}
