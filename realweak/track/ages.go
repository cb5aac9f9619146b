package track

import (
	"time"

	"github.com/referent-go/referent/realweak/event"
)

// ages is a histogram that is counted in place.
type ages struct {
	count   uint64
	sum     time.Duration
	longest time.Duration
	buckets [event.HistogramBuckets]uint64
}

func (a *ages) observe(d time.Duration) {
	a.count++
	a.sum += d
	a.longest = max(a.longest, d)
	a.buckets[event.BucketIndex(d)]++
}

func (a *ages) add(o *ages) {
	a.count += o.count
	a.sum += o.sum
	a.longest = max(a.longest, o.longest)
	for i, n := range o.buckets {
		a.buckets[i] += n
	}
}

func (a *ages) histogram() event.Histogram {
	h := event.Histogram{Count: a.count, Sum: a.sum, Max: a.longest}
	for i, n := range a.buckets {
		if n > 0 {
			h.Buckets = append(h.Buckets, event.Bucket{Below: event.BucketBound(i), Count: n})
		}
	}
	return h
}
