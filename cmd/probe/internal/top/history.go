package top

import "math"

// window is how many intervals a trend looks back.
const window = 60

// history holds one number for each of the last intervals.
type history struct {
	values [window]float64 // of interval i at i modulo window; NaN where there was none
	newest int64           // interval; 0 before the first
}

// put sets the number of an interval. Intervals only go forward; what comes late
// counts for the newest.
func (h *history) put(interval int64, v float64) {
	if h.newest == 0 || interval-h.newest >= window {
		for i := range h.values {
			h.values[i] = math.NaN()
		}
		h.newest = interval
	}
	for h.newest < interval {
		h.newest++
		h.values[h.newest%window] = math.NaN()
	}
	h.values[h.newest%window] = v
}

// at returns the number of an interval, and NaN if there is none.
func (h *history) at(interval int64) float64 {
	if interval > h.newest || interval <= h.newest-window || interval < 1 {
		return math.NaN()
	}
	return h.values[interval%window]
}

// columns divides the window that ends with the given interval into n columns,
// oldest first, and returns the highest number in each. The borders of columns are
// fixed in time, or the shape of a curve would change as it moves.
func (h *history) columns(end int64, n int) []float64 {
	per := int64(max(window/max(n, 1), 1))
	columns := make([]float64, n)
	for i := range columns {
		first := (end/per - int64(n-1-i)) * per
		columns[i] = math.NaN()
		for at := first; at < first+per; at++ {
			if v := h.at(at); !math.IsNaN(v) && !(v <= columns[i]) {
				columns[i] = v
			}
		}
	}
	return columns
}
