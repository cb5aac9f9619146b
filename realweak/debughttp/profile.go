package debughttp

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"runtime/pprof"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/google/pprof/profile"

	"github.com/referent-go/referent/realweak/track"
)

// unrecorded stands for the stack of an object whose creation was not recorded, so
// that what a reader of the profile adds up is complete.
var unrecorded = track.Stack{{Function: "(creation not recorded)"}}

// profileBuilder makes a profile out of samples.
type profileBuilder struct {
	profile   *profile.Profile
	locations map[track.Frame]*profile.Location
	functions map[[2]string]*profile.Function // by name and file
}

// newProfileBuilder returns a builder of profiles with these types of value. The first
// is the one that is shown unless another is asked for.
func newProfileBuilder(at time.Time, types ...*profile.ValueType) *profileBuilder {
	p := &profile.Profile{
		SampleType:        types,
		DefaultSampleType: types[0].Type,
		TimeNanos:         at.UnixNano(),
		// Merging profiles takes a period to be there.
		PeriodType: &profile.ValueType{Type: types[0].Type, Unit: types[0].Unit},
		Period:     1,
	}
	m := binary()
	p.Mapping = []*profile.Mapping{&m}
	return &profileBuilder{p, map[track.Frame]*profile.Location{}, map[[2]string]*profile.Function{}}
}

// add adds a line to the profile.
func (b *profileBuilder) add(s track.Sample, numbers map[string]int64, values ...int64) {
	sample := &profile.Sample{
		Value: values,
		Label: map[string][]string{},
	}
	for _, l := range [...][2]string{{"group", s.Group}, {"type", s.Type}, {"state", s.State.String()}} {
		if l[1] != "" {
			sample.Label[l[0]] = []string{l[1]}
		}
	}
	if len(numbers) > 0 {
		sample.NumLabel, sample.NumUnit = map[string][]int64{}, map[string][]string{}
		for name, n := range numbers {
			sample.NumLabel[name], sample.NumUnit[name] = []int64{n}, []string{"nanoseconds"}
		}
	}
	stack := s.Stack
	if len(stack) == 0 {
		stack = unrecorded
	}
	for _, f := range stack {
		sample.Location = append(sample.Location, b.location(f))
	}
	b.profile.Sample = append(b.profile.Sample, sample)
}

// location returns the one of f. Its address is zero: what is known is the line, and
// profiles of processes that were loaded at different addresses add up.
func (b *profileBuilder) location(f track.Frame) *profile.Location {
	l := b.locations[f]
	if l == nil {
		l = &profile.Location{
			ID:      uint64(len(b.profile.Location) + 1),
			Mapping: b.profile.Mapping[0],
			Line:    []profile.Line{{Function: b.function(f), Line: int64(f.Line)}},
		}
		b.locations[f] = l
		b.profile.Location = append(b.profile.Location, l)
	}
	return l
}

func (b *profileBuilder) function(f track.Frame) *profile.Function {
	key := [2]string{f.Function, f.File}
	fn := b.functions[key]
	if fn == nil {
		fn = &profile.Function{ID: uint64(len(b.profile.Function) + 1), Name: f.Function, SystemName: f.Function, Filename: f.File}
		b.functions[key] = fn
		b.profile.Function = append(b.profile.Function, fn)
	}
	return fn
}

// binary describes the program as the runtime's own profiles do, without its place in
// memory, so that profiles of two builds stay apart and those of one build do not.
var binary = sync.OnceValue(func() profile.Mapping {
	m := profile.Mapping{ID: 1, File: programName(), HasFunctions: true, HasFilenames: true, HasLineNumbers: true}
	var text bytes.Buffer
	if err := pprof.Lookup("threadcreate").WriteTo(&text, 0); err != nil {
		return m
	}
	if p, err := profile.Parse(&text); err == nil && len(p.Mapping) > 0 {
		m.File, m.BuildID = p.Mapping[0].File, p.Mapping[0].BuildID
	}
	return m
})

// serveProfile answers with a profile in the format of pprof, compressed.
func serveProfile(w http.ResponseWriter, name string, p *profile.Profile) {
	if err := p.CheckValid(); err != nil {
		refuse(w, http.StatusInternalServerError, "the profile is not valid: "+err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name+".pb.gz"))
	_ = p.Write(w) // an error is the client's, who has gone
}

// serveText answers with the samples for people to read, most objects first.
func serveText(w http.ResponseWriter, what string, samples []track.Sample, age func(track.Sample) string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	samples = slices.Clone(samples)
	slices.SortFunc(samples, func(a, b track.Sample) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Group, b.Group),
			cmp.Compare(a.Fingerprint, b.Fingerprint), cmp.Compare(a.State, b.State), cmp.Compare(a.Age, b.Age))
	})
	var objects, bytes int64
	for _, s := range samples {
		objects += s.Count
		bytes += s.Bytes
	}
	fmt.Fprintf(w, "%s: %d tracked objects, %d bytes\n", what, objects, bytes)
	for _, s := range samples {
		fmt.Fprintf(w, "\n%d x %s in %q: %s, %d bytes, age %s, fingerprint %v\n",
			s.Count, s.Type, s.Group, s.State, s.Bytes, age(s), s.Fingerprint)
		stack := s.Stack
		if len(stack) == 0 {
			stack = unrecorded
		}
		writeStack(w, stack)
	}
}

func writeStack(w io.Writer, stack track.Stack) {
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, f := range stack {
		fmt.Fprint(table, "    ", f.Function)
		if f.File != "" {
			fmt.Fprintf(table, "\t%s:%d", f.File, f.Line)
		}
		fmt.Fprintln(table)
	}
	_ = table.Flush()
}

// rounded keeps three digits, which is all that a reader of an age wants.
func rounded(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}
