package service

import (
	"context"
	"slices"
	"sync"
)

// kept is how many comparisons are remembered.
const kept = 50

// Comparison is what two directories differ in.
type Comparison struct {
	Left      string   `json:"left"`
	Right     string   `json:"right"`
	OnlyLeft  []string `json:"only_left"`  // names that only the left one declares
	OnlyRight []string `json:"only_right"` // names that only the right one declares
}

// compare opens both directories, and closes them when it has seen enough.
func (s *Service) compare(ctx context.Context, left, right string) (Comparison, error) {
	a, err := s.begin(ctx, left)
	if err != nil {
		return Comparison{}, err
	}
	defer s.close(a)
	b, err := s.begin(ctx, right)
	if err != nil {
		return Comparison{}, err
	}
	defer s.close(b)

	c := Comparison{Left: left, Right: right}
	ours, theirs := a.declared(), b.declared()
	c.OnlyLeft = slices.DeleteFunc(slices.Clone(ours), func(n string) bool { return has(theirs, n) })
	c.OnlyRight = slices.DeleteFunc(slices.Clone(theirs), func(n string) bool { return has(ours, n) })
	s.history.add(a, c)
	s.compared.Add(1)
	return c, nil
}

func has(names []string, name string) bool {
	_, found := slices.BinarySearch(names, name)
	return found
}

// history remembers the newest comparisons.
type history struct {
	leaks bool

	mu  sync.Mutex
	all []remembered
}

// remembered is one comparison. This is the leak: the comparison has all that the
// list wants, but it holds the session of the left directory too, and with that
// all of its syntax trees, for as long as the comparison is among the newest.
type remembered struct {
	session    *Session
	comparison Comparison
}

func (h *history) add(session *Session, c Comparison) {
	r := remembered{comparison: c}
	if h.leaks {
		r.session = session
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, r)
	if len(h.all) > kept {
		h.all = slices.Delete(h.all, 0, len(h.all)-kept)
	}
}

// newest returns what is remembered, newest first.
func (h *history) newest() []Comparison {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]Comparison, 0, len(h.all))
	for _, r := range slices.Backward(h.all) {
		list = append(list, r.comparison)
	}
	return list
}
