package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"time"

	"github.com/google/pprof/profile"

	"github.com/referent-go/referent/cmd/probe/internal/index"
)

var errProfile = errors.New("write the profile")

func writeProfile(file, root string, alive []index.Alive) error {
	p := treeProfile(root, alive, time.Now())
	if err := p.CheckValid(); err != nil {
		return fmt.Errorf("%w: %w", errProfile, err)
	}
	f, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("%w: %w", errProfile, err)
	}
	if err := errors.Join(p.Write(f), f.Close()); err != nil {
		return fmt.Errorf("%w: %w", errProfile, err)
	}
	return nil
}

// treeProfile returns a profile of trees in which a directory stands where others
// have a function, called by its parent directory.
func treeProfile(root string, alive []index.Alive, now time.Time) *profile.Profile {
	trees, bytes := &profile.ValueType{Type: "trees", Unit: "count"}, &profile.ValueType{Type: "source", Unit: "bytes"}
	p := &profile.Profile{
		SampleType: []*profile.ValueType{trees, bytes},
		// Merge needs a period type.
		PeriodType:        &profile.ValueType{Type: "trees", Unit: "count"},
		Period:            1,
		TimeNanos:         now.UnixNano(),
		DefaultSampleType: "trees",
		Comments:          []string{"syntax trees alive below " + root},
	}
	// Without a mapping, pprof misses the program's file.
	mapping := &profile.Mapping{ID: 1, File: "probe", HasFunctions: true, HasFilenames: true, HasLineNumbers: true, HasInlineFrames: true}
	p.Mapping = []*profile.Mapping{mapping}

	locations := make(map[string]*profile.Location)
	location := func(dir string) *profile.Location {
		if l := locations[dir]; l != nil {
			return l
		}
		id := uint64(len(locations) + 1)
		f := &profile.Function{ID: id, Name: dir, SystemName: dir, Filename: path.Join(root, dir)}
		l := &profile.Location{ID: id, Mapping: mapping, Line: []profile.Line{{Function: f}}}
		locations[dir] = l
		p.Function = append(p.Function, f)
		p.Location = append(p.Location, l)
		return l
	}
	samples := make(map[[3]string]*profile.Sample)
	for _, t := range alive {
		key := [3]string{path.Dir(t.Path), t.Set, t.State}
		s := samples[key]
		if s == nil {
			s = &profile.Sample{
				Value: make([]int64, 2),
				Label: map[string][]string{"set": {t.Set}, "state": {t.State}},
			}
			for dir := key[0]; ; dir = path.Dir(dir) {
				s.Location = append(s.Location, location(dir))
				if dir == "." || !strings.Contains(dir, "/") {
					break
				}
			}
			samples[key] = s
			p.Sample = append(p.Sample, s)
		}
		s.Value[0]++
		s.Value[1] += t.Bytes
	}
	return p
}
