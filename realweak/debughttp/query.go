package debughttp

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/referent-go/referent/realweak/event"
)

// query reads the values of a request's query, and keeps the first error.
type query struct {
	values url.Values
	err    error
}

func newQuery(r *http.Request) *query {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		err = fmt.Errorf("the query cannot be read: %w; escape what is no letter or digit as %%XX", err)
	}
	return &query{values, err}
}

func (q *query) fail(name, value, want string) {
	if q.err == nil {
		q.err = fmt.Errorf("%s=%s: %s", name, value, want)
	}
}

// bad answers the request if a value could not be read.
func (q *query) bad(w http.ResponseWriter) bool {
	if q.err != nil {
		refuse(w, http.StatusBadRequest, q.err.Error())
	}
	return q.err != nil
}

// flag reads a value that is 0 or 1.
func (q *query) flag(name string) bool {
	switch v := q.values.Get(name); v {
	case "", "0":
		return false
	case "1":
		return true
	default:
		q.fail(name, v, "it takes 0 or 1")
		return false
	}
}

// level reads a number that says how much is to be shown.
func (q *query) level(name string) int {
	v := q.values.Get(name)
	if v == "" {
		return 0
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		q.fail(name, v, "it takes 0 for a profile or 1 for text")
	}
	return n
}

// The limits of what may be asked for.
const (
	maxSeconds  = 3600
	minInterval = 100 * time.Millisecond
	maxInterval = time.Hour
)

// seconds reads a whole number of seconds, and 0 if none is given.
func (q *query) seconds(name string) time.Duration {
	v := q.values.Get(name)
	if v == "" {
		return 0
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > maxSeconds {
		q.fail(name, v, fmt.Sprintf("it takes a whole number of seconds, 1 to %d", maxSeconds))
		return 0
	}
	return time.Duration(n) * time.Second
}

// interval reads a duration such as 1s or 500ms, and 0 if none is given.
func (q *query) interval(name string) time.Duration {
	v := q.values.Get(name)
	if v == "" {
		return 0
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < minInterval || d > maxInterval {
		q.fail(name, v, fmt.Sprintf("it takes a time between two snapshots, such as 1s or 500ms, from %v to %v", minInterval, maxInterval))
		return 0
	}
	return d
}

// kinds reads a list of kinds of event as a set of bits, and all if none is given.
func (q *query) kinds(name string) uint64 {
	list := q.values[name]
	if len(list) == 0 || len(list) == 1 && list[0] == "" {
		return ^uint64(0)
	}
	var bits uint64
	for kind := range strings.SplitSeq(strings.Join(list, ","), ",") {
		var k event.Kind
		if err := k.UnmarshalText([]byte(strings.TrimSpace(kind))); err != nil {
			var all []string
			for _, k := range event.Kinds() {
				all = append(all, k.String())
			}
			q.fail(name, kind, "it takes a list of kinds of event, separated by commas, out of "+strings.Join(all, ", "))
			return 0
		}
		bits |= 1 << k
	}
	return bits
}

// lastID reads the id of the event to resume after, which a reconnecting browser sends
// as a header; nil if there is none.
func (q *query) lastID(r *http.Request) *uint64 {
	name, v := "Last-Event-ID", r.Header.Get("Last-Event-ID")
	if v == "" {
		name, v = "last_event_id", q.values.Get("last_event_id")
	}
	if v == "" {
		return nil
	}
	id, err := strconv.ParseUint(v, 10, 64)
	if err != nil {
		q.fail(name, v, "it takes the id of the last event that was received, or nothing to begin now")
		return nil
	}
	return &id
}
