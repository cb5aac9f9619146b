package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// Opened is the answer to a request for a new session.
type Opened struct {
	ID    uint64 `json:"id"`
	Dir   string `json:"dir"`
	Files int    `json:"files"` // that could be parsed
}

// failure is an error with the status that it is answered with.
type failure struct {
	status int
	err    error
}

func (f *failure) Error() string { return f.err.Error() }

// answer makes a handler of a function that returns what is to be sent as JSON.
func (s *Service) answer(f func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := f(r)
		if err == nil {
			w.Header().Set("Content-Type", "application/json")
			// An error of a write means that the client has gone.
			_ = json.NewEncoder(w).Encode(v)
			return
		}
		s.failed.Add(1)
		status := http.StatusInternalServerError
		if f, ok := errors.AsType[*failure](err); ok {
			status = f.status
		}
		http.Error(w, err.Error(), status)
	}
}

func (s *Service) postSession(r *http.Request) (any, error) {
	session, err := s.begin(r.Context(), r.URL.Query().Get("dir"))
	if err != nil {
		return nil, notFound(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextID++
	session.ID = s.nextID
	s.open[session.ID] = session
	return Opened{session.ID, session.Dir, len(session.trees)}, nil
}

func (s *Service) getNames(r *http.Request) (any, error) {
	id, err := sessionID(r)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	session := s.open[id]
	s.mu.Unlock()
	if session == nil {
		return nil, noSession(id)
	}
	return session.declared(), nil
}

func (s *Service) deleteSession(r *http.Request) (any, error) {
	id, err := sessionID(r)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	session := s.open[id]
	delete(s.open, id)
	s.mu.Unlock()
	if session == nil {
		return nil, noSession(id)
	}
	s.close(session)
	return struct{}{}, nil
}

func (s *Service) getCompare(r *http.Request) (any, error) {
	q := r.URL.Query()
	c, err := s.compare(r.Context(), q.Get("left"), q.Get("right"))
	if err != nil {
		return nil, notFound(err)
	}
	return c, nil
}

func (s *Service) getComparisons(*http.Request) (any, error) { return s.history.newest(), nil }

func sessionID(r *http.Request) (uint64, error) {
	id, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, &failure{http.StatusBadRequest, fmt.Errorf("%q is no number of a session", r.PathValue("id"))}
	}
	return id, nil
}

func noSession(id uint64) error {
	return &failure{http.StatusNotFound, fmt.Errorf("session %d is not open", id)}
}

func notFound(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return &failure{http.StatusNotFound, err}
}
