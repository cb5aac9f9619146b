package main

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/google/pprof/profile"

	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/cmd/probe/internal/target"
	"github.com/referent-go/referent/realweak/track"
)

// mergeProfiles adds up what came of several targets. With byInstance each sample
// keeps the name of its target, as the label "instance". It changes the profiles.
func mergeProfiles(a *app, results []target.Result[*profile.Profile], byInstance bool) (*profile.Profile, error) {
	var all []*profile.Profile
	types := make(map[string]bool)
	for _, r := range results {
		p := r.Value
		if p.PeriodType == nil {
			p.PeriodType = &profile.ValueType{} // Merge takes it to be there
		}
		if byInstance {
			p.SetLabel("instance", []string{r.Target.Name})
		}
		types[typesOf(p)] = true
		all = append(all, p)
	}
	if len(types) > 1 {
		fmt.Fprintln(a.stderr, "probe: the profiles do not measure the same; what only some of them measure is left out")
		if err := profile.CompatibilizeSampleTypes(all); err != nil {
			return nil, &problem.Error{Code: problem.Unreachable, What: "merge the profiles", Why: err, Next: "name targets that run the same version"}
		}
		for _, p := range all {
			p.PeriodType, p.Period = all[0].PeriodType, all[0].Period
		}
	}
	merged, err := profile.Merge(all)
	if err != nil {
		return nil, &problem.Error{Code: problem.Unreachable, What: "merge the profiles", Why: err, Next: "name profiles of one kind, as `probe live -o` writes them"}
	}
	return merged, nil
}

func typesOf(p *profile.Profile) string {
	var b strings.Builder
	for _, t := range append(slices.Clone(p.SampleType), p.PeriodType) {
		fmt.Fprintf(&b, "%s/%s ", t.Type, t.Unit)
	}
	return b.String()
}

// origin is where objects come from.
type origin struct {
	group, typ string
	stack      string // the key of the frames
}

// alive are the objects of one origin.
type alive struct {
	Group    string      `json:"group"`
	Type     string      `json:"type"`
	Objects  int64       `json:"objects"`
	Retained int64       `json:"retained"`
	Bytes    int64       `json:"bytes"`
	Created  track.Stack `json:"created"`
}

// wheres returns for each origin the call that its objects come from. Where that is
// the same for several of one type, it is the first call that differs.
func wheres(list []alive) []string {
	clash := make(map[string][]int) // indices, by what would not tell them apart
	for i, o := range list {
		key := o.Group + "\x00" + o.Type
		if len(o.Created) > 0 {
			key += "\x00" + o.Created[0].String()
		}
		clash[key] = append(clash[key], i)
	}
	all := make([]string, len(list))
	for _, same := range clash {
		k := firstDifference(list, same)
		for _, i := range same {
			stack := list[i].Created
			switch {
			case len(stack) == 0:
				all[i] = "(not recorded)"
			case k > 0 && k < len(stack):
				f := stack[k]
				f.Function = bareFunction(f.Function)
				all[i] = "via " + place(f)
			default:
				all[i] = place(stack[0])
			}
		}
	}
	return all
}

// firstDifference returns the first call in which the stacks of some origins differ,
// and 0 if there is none.
func firstDifference(list []alive, of []int) int {
	for k := 0; ; k++ {
		longer := 0
		for _, i := range of {
			if len(list[i].Created) > k {
				longer++
			}
		}
		switch {
		case longer == 0:
			return 0
		case longer < len(of):
			return k
		}
		for _, i := range of[1:] {
			if list[i].Created[k] != list[of[0]].Created[k] {
				return k
			}
		}
	}
}

// place returns a call in the form that fits a table: pool.(*Pool).Get pool.go:12.
func place(f track.Frame) string {
	if f.File == "" {
		return shortFunction(f.Function)
	}
	return fmt.Sprintf("%s %s:%d", shortFunction(f.Function), path.Base(f.File), f.Line)
}

// shortFunction returns a function's name without the directories of its package.
func shortFunction(name string) string {
	// The slashes in type arguments are none of the package's.
	head, _, _ := strings.Cut(name, "[")
	return name[strings.LastIndexByte(head, '/')+1:]
}

// bareFunction returns a function's name without its package.
func bareFunction(name string) string {
	_, bare, ok := strings.Cut(shortFunction(name), ".")
	if !ok {
		return name
	}
	return bare
}

// byOrigin adds up the samples of a profile by where the objects come from.
func byOrigin(p *profile.Profile) (map[origin]*alive, error) {
	objects, bytes := valueIndex(p, "live_objects", "count"), valueIndex(p, "live_space", "bytes")
	if objects < 0 {
		return nil, &problem.Error{Code: problem.Unreachable, What: "the profile counts no objects", Next: "name a profile as `probe live -o` writes it"}
	}
	all := make(map[origin]*alive)
	for _, s := range p.Sample {
		stack := stackOf(s)
		key := origin{label(s, "group"), label(s, "type"), fmt.Sprint(stack)}
		o := all[key]
		if o == nil {
			o = &alive{Group: key.group, Type: key.typ, Created: stack}
			all[key] = o
		}
		n := s.Value[objects]
		o.Objects += n
		if label(s, "state") == track.StateRetained.String() {
			o.Retained += n
		}
		if bytes >= 0 {
			o.Bytes += s.Value[bytes]
		}
	}
	return all, nil
}

// valueIndex returns which of a sample's values is of this type, or else of this unit,
// or -1.
func valueIndex(p *profile.Profile, typ, unit string) int {
	i := slices.IndexFunc(p.SampleType, func(t *profile.ValueType) bool { return t.Type == typ })
	if i < 0 {
		i = slices.IndexFunc(p.SampleType, func(t *profile.ValueType) bool { return t.Unit == unit })
	}
	return i
}

func label(s *profile.Sample, key string) string { return strings.Join(s.Label[key], ",") }

func stackOf(s *profile.Sample) track.Stack {
	var stack track.Stack
	for _, l := range s.Location {
		for _, line := range l.Line {
			f := track.Frame{Line: int(line.Line)}
			if line.Function != nil {
				f.Function, f.File = line.Function.Name, line.Function.Filename
			}
			stack = append(stack, f)
		}
	}
	return stack
}

// sortedOrigins returns the origins, most objects first.
func sortedOrigins(all map[origin]*alive) []alive {
	list := make([]alive, 0, len(all))
	for _, o := range all {
		list = append(list, *o)
	}
	slices.SortFunc(list, func(a, b alive) int {
		return cmp.Or(cmp.Compare(b.Objects, a.Objects), cmp.Compare(b.Bytes, a.Bytes), compareOrigins(a, b))
	})
	return list
}

func compareOrigins(a, b alive) int {
	return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Type, b.Type), cmp.Compare(fmt.Sprint(a.Created), fmt.Sprint(b.Created)))
}
