package index

import (
	"cmp"
	"slices"
	"strings"
)

// Alive is a tree that is alive, and why.
type Alive struct {
	Path  string
	Bytes int64
	Set   string // the working set that it was read into
	State string // "held" by its set, "open", or "lingering" though nobody should hold it
}

// snapshot passes on what is alive, if now is the time.
func (x *index) snapshot(point string) error {
	if x.Snapshot == nil || x.SnapshotAt != point {
		return nil
	}
	var alive []Alive
	for i, sets := range [][]*set{x.sets, x.gone} {
		for _, s := range sets {
			for _, f := range s.fates {
				state := "held"
				switch {
				case f.open:
					state = "open"
				case i == 1:
					state = "lingering"
				}
				if f.ref.Alive() {
					alive = append(alive, Alive{f.path, f.size, s.name, state})
				}
			}
		}
	}
	slices.SortFunc(alive, func(a, b Alive) int { return cmp.Or(strings.Compare(a.Path, b.Path)) })
	return x.Snapshot(alive)
}
