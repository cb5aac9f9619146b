package service

import (
	"context"
	"errors"
	"net/http"
	"path"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/referent-go/referent/cmd/probe/internal/index"
	"github.com/referent-go/referent/interning"
	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
	"github.com/referent-go/referent/refcount"
)

// ErrNoDirectory says that a request names a directory that has no Go files.
var ErrNoDirectory = errors.New("no such directory, or no Go file in it")

// Config says what to serve.
type Config struct {
	Root string // directory whose Go files are served
	Leak bool   // have the leak
}

// recent is how many trees the cache keeps by itself.
const recent = 64

// Service answers requests about a tree of Go files. Its methods are safe for
// concurrent use.
type Service struct {
	root  string
	dirs  map[string][]string // files by directory, all relative to root
	names []string            // of the directories, in order

	trees    *realweak.Cache[string, index.Tree]
	idents   *interning.Table[string]
	contents *refcount.Group[contents]
	sessions *track.Group[Session]
	history  history

	mu     sync.Mutex
	open   map[uint64]*Session
	nextID uint64

	opened, closed, compared, failed atomic.Uint64
}

// New returns a service for the Go files below c.Root. It fails if the directory
// cannot be read or has none, or ctx is done.
func New(ctx context.Context, c Config) (*Service, error) {
	root, files, err := index.Files(ctx, c.Root)
	if err != nil {
		return nil, err
	}
	s := &Service{
		root:     root,
		dirs:     make(map[string][]string),
		trees:    realweak.NewCache[string, index.Tree](realweak.Named("trees"), realweak.KeepRecent(recent)),
		idents:   interning.NewTable[string](interning.Named("names")),
		contents: refcount.NewGroup[contents]("contents", nil),
		sessions: track.NewGroup[Session]("sessions"),
		history:  history{leaks: c.Leak},
		open:     make(map[uint64]*Session),
	}
	for _, f := range files {
		dir := path.Dir(f)
		s.dirs[dir] = append(s.dirs[dir], f)
	}
	for dir := range s.dirs {
		s.names = append(s.names, dir)
	}
	slices.Sort(s.names)
	return s, nil
}

// Totals are what a service has done since it was made.
type Totals struct {
	Files       int    `json:"files"`
	Directories int    `json:"directories"`
	Open        int    `json:"open"`     // sessions now
	Opened      uint64 `json:"opened"`   // sessions
	Closed      uint64 `json:"closed"`   // sessions
	Compared    uint64 `json:"compared"` // pairs of directories
	Failed      uint64 `json:"failed"`   // requests that were answered with an error
}

// Totals returns what the service has done.
func (s *Service) Totals() Totals {
	t := Totals{
		Directories: len(s.names), Opened: s.opened.Load(), Closed: s.closed.Load(),
		Compared: s.compared.Load(), Failed: s.failed.Load(),
	}
	for _, files := range s.dirs {
		t.Files += len(files)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t.Open = len(s.open)
	return t
}

// Sessions returns the statistics of the service's sessions, as they are in
// [event.Groups] too.
func (s *Service) Sessions() event.GroupStats { return s.sessions.Stats() }

// Directories returns the directories that have Go files, in order. The slice must
// not be changed.
func (s *Service) Directories() []string { return s.names }

// Close closes what is still open.
func (s *Service) Close() {
	s.mu.Lock()
	open := s.open
	s.open = make(map[uint64]*Session)
	s.mu.Unlock()
	for _, session := range open {
		s.close(session)
	}
}

// Handler returns the service's HTTP interface.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sessions", s.answer(s.postSession))
	mux.HandleFunc("GET /sessions/{id}/names", s.answer(s.getNames))
	mux.HandleFunc("DELETE /sessions/{id}", s.answer(s.deleteSession))
	mux.HandleFunc("GET /compare", s.answer(s.getCompare))
	mux.HandleFunc("GET /comparisons", s.answer(s.getComparisons))
	return mux
}
