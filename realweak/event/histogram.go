package event

import (
	"cmp"
	"math/bits"
	"slices"
	"time"
)

// Histogram counts durations by their power of two. It is a plain value; the zero
// Histogram has counted nothing.
type Histogram struct {
	Count   uint64        `json:"count"`             // durations counted
	Sum     time.Duration `json:"sum_ns"`            // of all of them
	Max     time.Duration `json:"max_ns"`            // the longest since the start, in a difference too
	Buckets []Bucket      `json:"buckets,omitempty"` // those that are not empty, shortest first
}

// Bucket counts the durations below a power of two and not below half of it.
type Bucket struct {
	Below time.Duration `json:"below_ns"` // the power of two, in nanoseconds; 1 is for the duration zero
	Count uint64        `json:"count"`    // durations in it
}

// HistogramBuckets is how many buckets a histogram can have.
const HistogramBuckets = 64

// BucketIndex returns the bucket of d: the number of bits in its nanoseconds. A
// negative duration counts as zero.
func BucketIndex(d time.Duration) int { return bits.Len64(uint64(max(d, 0))) }

// BucketBound returns the power of two that the durations in bucket i are below.
func BucketBound(i int) time.Duration {
	return time.Duration(min(uint64(1)<<min(i, 63), 1<<63-1))
}

// Observe counts one duration.
func (h *Histogram) Observe(d time.Duration) {
	d = max(d, 0)
	h.add(BucketBound(BucketIndex(d)), 1)
	h.Count++
	h.Sum += d
	h.Max = max(h.Max, d)
}

func (h *Histogram) add(below time.Duration, n uint64) {
	i, found := slices.BinarySearchFunc(h.Buckets, below, func(b Bucket, below time.Duration) int { return cmp.Compare(b.Below, below) })
	if !found {
		h.Buckets = slices.Insert(h.Buckets, i, Bucket{Below: below})
	}
	h.Buckets[i].Count += n
}

// Add returns what h and o have counted together.
func (h Histogram) Add(o Histogram) Histogram {
	h.Buckets = slices.Clone(h.Buckets)
	for _, b := range o.Buckets {
		h.add(b.Below, b.Count)
	}
	h.Count += o.Count
	h.Sum += o.Sum
	h.Max = max(h.Max, o.Max)
	return h
}

// Sub returns what has been counted since earlier, an older state of the same
// histogram. What earlier has more of counts as nothing.
func (h Histogram) Sub(earlier Histogram) Histogram {
	before := make(map[time.Duration]uint64, len(earlier.Buckets))
	for _, b := range earlier.Buckets {
		before[b.Below] = b.Count
	}
	var since []Bucket
	for _, b := range h.Buckets {
		if b.Count -= min(b.Count, before[b.Below]); b.Count > 0 {
			since = append(since, b)
		}
	}
	h.Buckets = since
	h.Count -= min(h.Count, earlier.Count)
	h.Sum -= min(h.Sum, earlier.Sum)
	return h
}

// Quantile returns a duration that the share q of those counted, between 0 and 1,
// does not exceed: the upper end of its bucket, and so up to twice the true one,
// but never more than Max. It is zero if nothing has been counted.
func (h Histogram) Quantile(q float64) time.Duration {
	if h.Count == 0 {
		return 0
	}
	rank := uint64(q * float64(h.Count))
	var seen uint64
	for _, b := range h.Buckets {
		if seen += b.Count; seen > rank || seen == h.Count {
			return min(b.Below, h.Max)
		}
	}
	return h.Max
}
