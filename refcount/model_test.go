package refcount_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/referent-go/referent/refcount"
)

// The model: objects that own objects, counted by hand and destroyed by plain
// recursion over what the order of destruction should be.
type modelObject struct {
	strong, weak int
	owns         []int
}

type model struct {
	objects []modelObject
	log     []int
}

func (m *model) release(id int) {
	m.objects[id].strong--
	if m.objects[id].strong > 0 {
		return
	}
	m.log = append(m.log, id)
	// All children lose their count before the first of them ends.
	var free []int
	for _, child := range m.objects[id].owns {
		m.objects[child].strong--
		if m.objects[child].strong == 0 {
			free = append(free, child)
		}
	}
	for _, child := range free {
		m.objects[child].strong++
		m.release(child)
	}
}

type counted struct {
	id   int
	owns []*refcount.Strong[counted]
}

type strongVar struct {
	handle refcount.Strong[counted]
	id     int
}

type weakVar struct {
	handle refcount.Weak[counted]
	id     int
}

// TestModel runs random programs over handles, which own each other without
// cycles, on the package and on the model. Counts, destructions and their order
// must agree after each step.
func TestModel(t *testing.T) {
	programs := 300
	if testing.Short() {
		programs = 50
	}
	for seed := range programs {
		if step, why := runProgram(uint64(seed), 120); why != "" {
			t.Fatalf("seed %d, step %d: %s", seed, step, why)
		}
	}
}

func runProgram(seed uint64, steps int) (step int, why string) {
	r := rand.New(rand.NewPCG(seed, 1))
	var (
		m       model
		log     []int
		strongs []*strongVar
		weaks   []*weakVar
	)
	drop := func(c *counted) {
		log = append(log, c.id)
		for _, child := range c.owns {
			child.Release()
		}
	}
	take := func() *strongVar {
		at := r.IntN(len(strongs))
		v := strongs[at]
		strongs = slices.Delete(strongs, at, at+1)
		return v
	}
	for step = range steps {
		switch op := r.IntN(12); {
		case op < 3 || len(strongs) == 0: // a new object that owns up to three others
			c := counted{id: len(m.objects)}
			var o modelObject
			for range r.IntN(4) {
				if len(strongs) == 0 {
					break
				}
				var child refcount.Strong[counted]
				var id int
				if r.IntN(2) == 0 {
					v := take()
					child, id = v.handle.Move(), v.id
				} else {
					v := strongs[r.IntN(len(strongs))]
					child, id = v.handle.Clone(), v.id
					m.objects[id].strong++
				}
				c.owns = append(c.owns, &child)
				o.owns = append(o.owns, id)
			}
			o.strong = 1
			v := &strongVar{id: c.id}
			switch r.IntN(3) {
			case 0:
				v.handle = refcount.New(c, drop)
			case 1:
				v.handle = refcount.Wrap(&c, drop)
			default:
				fresh := refcount.New(c, drop)
				v.handle = refcount.Watched(&fresh, r.IntN(2) == 0)
			}
			m.objects = append(m.objects, o)
			strongs = append(strongs, v)
		case op < 5:
			v := strongs[r.IntN(len(strongs))]
			strongs = append(strongs, &strongVar{handle: v.handle.Clone(), id: v.id})
			m.objects[v.id].strong++
		case op < 8:
			v := take()
			last := v.handle.Release()
			if last != (m.objects[v.id].strong == 1) {
				return step, fmt.Sprintf("Release of #%d returned %v", v.id, last)
			}
			m.release(v.id)
		case op < 9:
			v := strongs[r.IntN(len(strongs))]
			weaks = append(weaks, &weakVar{handle: v.handle.Downgrade(), id: v.id})
			m.objects[v.id].weak++
		case op < 11 && len(weaks) > 0:
			w := weaks[r.IntN(len(weaks))]
			s, ok := w.handle.Upgrade()
			if ok != (m.objects[w.id].strong > 0) {
				return step, fmt.Sprintf("Upgrade of #%d returned %v", w.id, ok)
			}
			if ok {
				if s.Value().id != w.id {
					return step, fmt.Sprintf("Upgrade of #%d led to #%d", w.id, s.Value().id)
				}
				m.objects[w.id].strong++
				strongs = append(strongs, &strongVar{handle: s.Move(), id: w.id})
			}
		case len(weaks) > 0:
			at := r.IntN(len(weaks))
			weaks[at].handle.Release()
			m.objects[weaks[at].id].weak--
			weaks = slices.Delete(weaks, at, at+1)
		}
		if !slices.Equal(log, m.log) {
			return step, fmt.Sprintf("destroyed %v, want %v", log, m.log)
		}
		for _, v := range strongs {
			o := m.objects[v.id]
			if v.handle.StrongCount() != o.strong || v.handle.WeakCount() != o.weak {
				return step, fmt.Sprintf("#%d has %d strong, %d weak; want %d, %d", v.id, v.handle.StrongCount(), v.handle.WeakCount(), o.strong, o.weak)
			}
		}
		for _, w := range weaks {
			o := m.objects[w.id]
			if o.strong == 0 {
				o.weak = 0
			}
			if w.handle.StrongCount() != o.strong || w.handle.WeakCount() != o.weak {
				return step, fmt.Sprintf("dead or alive, #%d has %d strong, %d weak; want %d, %d", w.id, w.handle.StrongCount(), w.handle.WeakCount(), o.strong, o.weak)
			}
		}
	}
	for len(strongs) > 0 {
		v := take()
		v.handle.Release()
		m.release(v.id)
	}
	if !slices.Equal(log, m.log) || len(log) != len(m.objects) {
		return steps, fmt.Sprintf("at the end destroyed %v, want all of %v", log, m.log)
	}
	return steps, ""
}
