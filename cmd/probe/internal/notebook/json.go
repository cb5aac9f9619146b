package notebook

import (
	"context"
	"io"
	"sync"

	"github.com/referent-go/referent/cmd/probe/internal/records"
	"github.com/referent-go/referent/realweak/event"
)

// JSON writes a notebook as records: a "cell", the "event"s of an engine, its
// "result", and in the end a "summary".
type JSON struct {
	mu  sync.Mutex
	out io.Writer
	err error
}

// NewJSON returns a viewer that writes to out.
func NewJSON(out io.Writer) *JSON { return &JSON{out: out} }

// Cell implements [Viewer].
func (j *JSON) Cell(c Cell, code map[string]string) {
	j.write("cell", struct {
		Cell   string            `json:"cell"`
		Title  string            `json:"title"`
		Source string            `json:"source"`
		Python string            `json:"python"`
		Go     map[string]string `json:"go"`
		Note   string            `json:"note,omitempty"`
	}{c.Name, c.Title, c.Source, c.Python, code, c.Note})
}

// Event implements [Viewer].
func (j *JSON) Event(engine string, e event.Event) {
	j.write("event", struct {
		Engine string `json:"engine"`
		event.Event
	}{engine, e})
}

// Result implements [Viewer].
func (j *JSON) Result(c Cell, r Result) {
	for _, lines := range []*[]string{&r.AtOnce, &r.Output, &r.Want} {
		if *lines == nil {
			*lines = []string{} // an empty list, not null
		}
	}
	j.write("result", struct {
		Cell string `json:"cell"`
		Result
	}{c.Name, r})
}

// Note implements [Viewer]. The note is part of the cell's record.
func (j *JSON) Note(Cell) {}

// Ask implements [Viewer].
func (j *JSON) Ask(context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err
}

// Summary writes the last record.
func (j *JSON) Summary(sum Summary) error {
	j.write("summary", sum)
	return j.Ask(context.Background())
}

func (j *JSON) write(record string, v any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err == nil {
		j.err = records.Write(j.out, record, v)
	}
}
