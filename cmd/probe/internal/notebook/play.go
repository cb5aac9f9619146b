package notebook

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/referent-go/referent/cmd/probe/internal/eventlog"
	"github.com/referent-go/referent/realweak/event"
)

// The engines.
const (
	Simulated = "sim"
	Counted   = "counted"
	Collected = "collected"
)

// maxCollections bounds how often the collected engine collects for one cell.
const maxCollections = 3

// Result is how a cell went on one engine.
type Result struct {
	Engine      string   `json:"engine"`
	AtOnce      []string `json:"at_once"`     // what it printed by itself
	Output      []string `json:"output"`      // what it had printed in the end
	Collections int      `json:"collections"` // that it needed for that
	Want        []string `json:"want"`
	Agrees      bool     `json:"agrees"`
}

// Viewer is shown a notebook as it is played. Event is called by other goroutines,
// perhaps while another method runs.
type Viewer interface {
	Cell(c Cell, code map[string]string) // code is the Go of the engines, by name
	Event(engine string, e event.Event)  // before the engine's result
	Result(c Cell, r Result)
	Note(c Cell)                   // after the results
	Ask(ctx context.Context) error // before each cell; fails to stop
}

// Summary is how the notebook went.
type Summary struct {
	Cells  int    `json:"cells"`
	Agree  int    `json:"agree"`
	Played int    `json:"played"` // fewer than Cells if it was interrupted
	Lost   uint64 `json:"events_lost"`
}

// Play plays the cells on the given engines and shows them to view. It stops
// between two cells when ctx is done, and then returns its error.
func Play(ctx context.Context, cells []Cell, engines []string, view Viewer) (summary Summary, err error) {
	summary.Cells = len(cells)
	stage := &stage{view: view}
	players := make([]*player, 0, len(engines))
	for _, name := range engines {
		players = append(players, stage.newPlayer(name))
	}
	defer func() { summary.Lost = stage.close() }()
	for _, c := range cells {
		if err := ctx.Err(); err != nil {
			return summary, err
		}
		if err := view.Ask(ctx); err != nil {
			return summary, err
		}
		view.Cell(c, code(engines, c))
		agree := true
		for _, p := range players {
			stage.enter(p)
			r, err := p.play(ctx, c)
			stage.flush()
			stage.enter(nil)
			if err != nil {
				return summary, fmt.Errorf("%s on %s: %w", c.Title, p.name, err)
			}
			view.Result(c, r)
			agree = agree && r.Agrees
		}
		view.Note(c)
		summary.Played++
		if agree {
			summary.Agree++
		}
	}
	return summary, nil
}

// stage knows who plays, so that an event can be told to be theirs.
type stage struct {
	view    Viewer
	players []*player
	taps    []*eventlog.Tap

	mu      sync.Mutex
	playing *player
}

func (s *stage) enter(p *player) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.playing = p
}

// tap shows the events of a hub while one of the engines that use it plays.
func (s *stage) tap(hub *event.Hub) {
	s.taps = append(s.taps, eventlog.Open(hub, 1<<12, func(e event.Event) {
		s.mu.Lock()
		p := s.playing
		s.mu.Unlock()
		if p == nil || p.hub != hub {
			return
		}
		// A collection is no news to an engine that does not depend on it.
		if e.Kind != event.GC || p.collect != nil || hub != event.Default {
			s.view.Event(p.name, e)
		}
	}))
}

// flush returns once all events so far have been shown.
func (s *stage) flush() {
	for _, t := range s.taps {
		t.Flush()
	}
}

func (s *stage) close() (lost uint64) {
	for _, t := range s.taps {
		lost += t.Close()
	}
	return lost
}

// player is an engine at work.
type player struct {
	name    string
	hub     *event.Hub
	cells   any // its methods are the cells
	output  *output
	collect func(context.Context) error // nil if all happens at once
}

func (s *stage) newPlayer(name string) *player {
	p := &player{name: name, hub: event.Default}
	switch name {
	case Collected:
		engine := new(collected)
		p.cells, p.output, p.collect = engine, &engine.output, collect
	case Counted:
		engine := new(counted)
		p.cells, p.output = engine, &engine.output
	case Simulated:
		p.hub = new(event.Hub)
		engine := newSimulated(p.hub)
		p.cells, p.output = engine, &engine.output
	default:
		panic("probe: no engine is called " + name)
	}
	if !slices.ContainsFunc(s.players, func(o *player) bool { return o.hub == p.hub }) {
		s.tap(p.hub)
	}
	s.players = append(s.players, p)
	return p
}

// play plays one cell. On Go's collector it then collects until the cell has
// printed what it must, and a cell that only looks is played again after one
// collection in any case: what it saw must stay true.
func (p *player) play(ctx context.Context, c Cell) (Result, error) {
	r := Result{Engine: p.name, Want: c.want(p.name)}
	cell := reflect.ValueOf(p.cells).MethodByName(c.Name)
	if !cell.IsValid() {
		return r, errors.New("the engine has no such cell")
	}
	cell.Call(nil)
	r.AtOnce = p.output.take()
	r.Output = r.AtOnce
	agrees := func() bool { return slices.Equal(r.Output, r.Want) }
	if p.collect != nil && (c.Looks || !agrees()) {
		for r.Collections = 1; r.Collections <= maxCollections; r.Collections++ {
			if err := p.collect(ctx); err != nil {
				return r, err
			}
			if c.Looks {
				r.Output = nil
				cell.Call(nil)
			}
			r.Output = append(slices.Clip(r.Output), p.output.take()...)
			if agrees() {
				break
			}
		}
		if slices.Equal(r.AtOnce, r.Output) {
			r.Collections = 0 // none was needed
		}
	}
	r.Agrees = agrees()
	return r, nil
}

// code returns the Go of a cell, by engine.
func code(engines []string, c Cell) map[string]string {
	code := make(map[string]string)
	for _, name := range engines {
		if source, ok := sources[name]; ok {
			code[name] = source()[c.Name]
		}
	}
	return code
}
