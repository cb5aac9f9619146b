package track

import (
	"cmp"
	"slices"
	"time"

	"github.com/referent-go/referent/realweak/event"
)

// addLiving adds the living objects of a group to a summary.
func (c *core) addLiving(sum summary, at moment) {
	type kind struct {
		place *place
		state State
		age   int
	}
	counts := make(map[kind]int64)
	c.each(func(r *record) {
		counts[kind{r.place, r.state(), event.BucketIndex(at.since(r.born))}]++
	})
	for k, n := range counts {
		sum.add(Sample{
			Fingerprint: k.place.fingerprint(), Group: c.name, Type: c.typ, State: k.state,
			Age: event.BucketBound(k.age), Count: n, Bytes: n * int64(c.size), Stack: k.place.stack(),
		})
	}
}

func (c *core) addDead(sum summary) {
	for p := range c.places.all() {
		n := p.dead.Load()
		if n == 0 {
			continue
		}
		sum.add(Sample{
			Fingerprint: p.fingerprint(), Group: c.name, Type: c.typ, State: StateDead,
			Age: time.Duration(p.aged.Load()), Count: n, Bytes: n * int64(c.size), Stack: p.stack(),
		})
	}
}

// each calls f with every record, a batch of them with a lock held. A record that is
// moved meanwhile may be seen twice or not at all.
func (c *core) each(f func(*record)) {
	for i := range c.shards {
		s := &c.shards[i]
		for from := uint32(0); ; from += batch {
			s.mu.Lock()
			end := s.records.len()
			for j := from; j < min(from+batch, end); j++ {
				f(s.records.at(j))
			}
			s.mu.Unlock()
			if from+batch >= end {
				break
			}
		}
	}
}

func (r *record) state() State {
	switch {
	case r.end == nil:
		return StateLive
	case r.end.retained:
		return StateRetained
	}
	return StateExpected
}

// summary merges samples of several groups, and of several places with the same
// fingerprint.
type summary map[sampleKey]*Sample

type sampleKey struct {
	print      event.Fingerprint
	group, typ string
	state      State
	age        time.Duration // of the living
}

func (sum summary) add(s Sample) {
	key := sampleKey{s.Fingerprint, s.Group, s.Type, s.State, s.Age}
	if s.State == StateDead {
		key.age = 0
	}
	if known := sum[key]; known != nil {
		known.Count += s.Count
		known.Bytes += s.Bytes
		if s.State == StateDead {
			known.Age += s.Age
		}
		return
	}
	sum[key] = &s
}

func (sum summary) samples() []Sample {
	all := make([]Sample, 0, len(sum))
	for _, s := range sum {
		all = append(all, *s)
	}
	slices.SortFunc(all, func(a, b Sample) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Fingerprint, b.Fingerprint),
			cmp.Compare(a.Type, b.Type), cmp.Compare(a.State, b.State), cmp.Compare(a.Age, b.Age))
	})
	return all
}

// retained returns the retained objects of some groups.
func retained(groups []*core) []Retained {
	type key struct {
		print      event.Fingerprint
		group, typ string
	}
	found := make(map[key]*Retained)
	for _, c := range groups {
		for at, r := range c.retained() {
			r.Fingerprint, r.Created, r.Expected = at.fingerprint(), at.stack(), r.first.stack()
			k := key{r.Fingerprint, r.Group, r.Type}
			if known := found[k]; known != nil {
				known.merge(&r.Retained)
			} else {
				found[k] = &r.Retained
			}
		}
	}
	all := make([]Retained, 0, len(found))
	for _, r := range found {
		all = append(all, *r)
	}
	slices.SortFunc(all, func(a, b Retained) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Fingerprint, b.Fingerprint), cmp.Compare(a.Type, b.Type))
	})
	return all
}

// retained returns the retained objects of a group by their place of creation, without
// the stacks, which are not made with a lock held.
func (c *core) retained() map[*place]*retainedAt {
	if c.expecting() == 0 {
		return nil
	}
	cores.passing.Lock()
	at := now()
	c.pass(at)
	cores.passing.Unlock()
	numbered := cycle.Load()
	found := make(map[*place]*retainedAt)
	c.each(func(r *record) {
		if r.state() != StateRetained {
			return
		}
		sum := found[r.place]
		if sum == nil {
			sum = &retainedAt{Retained: Retained{Group: c.name, Type: c.typ}}
			found[r.place] = sum
		}
		sum.Count++
		sum.Bytes += c.size
		sum.Age = max(sum.Age, at.since(r.born))
		if since := at.since(r.end.since); since > sum.Since || sum.first == nil {
			sum.Since, sum.Collections, sum.first = since, survived(numbered, r.end.cycle), r.end.place
		}
	})
	return found
}

// retainedAt are the retained objects of one place.
type retainedAt struct {
	Retained
	first *place // where the one expected first was expected
}

// merge adds the objects of o, which have the same fingerprint.
func (r *Retained) merge(o *Retained) {
	r.Count += o.Count
	r.Bytes += o.Bytes
	r.Age = max(r.Age, o.Age)
	if o.Since > r.Since {
		r.Since, r.Collections, r.Expected = o.Since, o.Collections, o.Expected
	}
}
