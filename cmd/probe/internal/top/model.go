package top

import (
	"context"
	"time"

	"charm.land/bubbles/v2/help"
	"charm.land/bubbles/v2/textinput"
	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"

	"github.com/referent-go/referent/realweak/event"
)

// Options are how things are shown. The zero Options are plain and at home.
type Options struct {
	Interval time.Duration    // between snapshots; 1 s if zero
	Width    int              // columns, where the terminal does not tell; 0 is 80
	Color    bool             //
	ASCII    bool             // no character beyond ASCII
	Order    string           // of groups, one of Orders; the first of these if empty
	Filter   string           // as it is typed after "/"
	Location *time.Location   // of the times shown; nil is the local one
	Now      func() time.Time // nil is time.Now
}

func (o Options) withDefaults() Options {
	if o.Interval <= 0 {
		o.Interval = time.Second
	}
	if o.Width <= 0 {
		o.Width = 80
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// The pages, in the order of their keys.
type page int

const (
	pageGroups page = iota
	pageRetained
	pageEvents
	pages // how many there are
)

// opened is what the person has opened with enter.
type opened struct {
	group       string
	fingerprint event.Fingerprint
	origin      bool // the one origin, and not the whole group
}

// Model is the state of the screen. It implements [tea.Model].
type Model struct {
	scene
	source  Source
	options Options
	context context.Context

	keys   keyMap
	help   help.Model
	input  textinput.Model // the filter while it is typed
	scroll viewport.Model  // of the page, where it scrolls by lines

	width, height int
	page          page
	opened        *opened
	helping       bool
	typing        bool
	asking        []string // targets that a collection is about to be forced in
	row           cursor[string]
	origin        cursor[opened]
	notice        notice

	paused  bool
	held    []Update  // while paused
	heldOut uint64    // events that found no room in held
	ended   bool      // the source has no more to say
	heard   time.Time // when the newest snapshot came, also if it tells of another time
}

// holds is how many updates are kept while paused.
const holds = 10_000

// notice is a line that goes away by itself.
type notice struct {
	text  string
	bad   bool
	until time.Time
}

// noticeFor is how long a notice stays.
const noticeFor = 10 * time.Second

// NewModel returns the screen before the first update. Commands that it starts end
// with ctx.
func NewModel(ctx context.Context, source Source, options Options) *Model {
	options = options.withDefaults()
	m := &Model{
		scene:   newScene(source, options),
		source:  source,
		options: options,
		context: ctx,
		keys:    newKeyMap(source),
		help:    help.New(),
		input:   textinput.New(),
		scroll:  viewport.New(),
		width:   options.Width,
		height:  24,
	}
	m.help.Ellipsis = m.theme.ellipsis
	m.help.ShortSeparator = "  "
	m.help.Styles = help.Styles{ShortKey: m.theme.accent, ShortDesc: m.theme.dim, ShortSeparator: m.theme.dim, Ellipsis: m.theme.dim}
	m.input.Prompt = ""
	m.input.CharLimit = 100
	m.input.SetVirtualCursor(false)
	m.refresh()
	return m
}

// Init implements [tea.Model].
func (m *Model) Init() tea.Cmd { return tea.Batch(m.listen(), m.tick()) }

// updatesMsg are updates that came; none says that no more will come.
type updatesMsg []Update

// Updates are taken in together where they come thick and fast, for each time makes
// a new picture.
const (
	batch  = 10_000                 // at most so many
	gather = 100 * time.Millisecond // and for so long
)

// listen waits for updates, and takes those that come soon after with them.
func (m *Model) listen() tea.Cmd {
	updates, done := m.source.Updates, m.context.Done()
	return func() tea.Msg {
		var all updatesMsg
		var soon <-chan time.Time // nil, and so never, before the first
		for len(all) < batch {
			select {
			case u, ok := <-updates:
				if !ok {
					return all // if there are any, the next listen sees the end again
				}
				if all = append(all, u); soon == nil {
					timer := time.NewTimer(gather)
					defer timer.Stop()
					soon = timer.C
				}
			case <-soon:
				return all
			case <-done:
				return nil
			}
		}
		return all
	}
}

// tickMsg makes what depends on the time of day move.
type tickMsg struct{}

func (m *Model) tick() tea.Cmd {
	return tea.Tick(time.Second, func(time.Time) tea.Msg { return tickMsg{} })
}

// doneMsg is the end of something that was asked of the source.
type doneMsg struct {
	text string
	err  error
}
