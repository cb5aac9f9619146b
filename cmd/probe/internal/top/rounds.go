package top

import (
	"context"
	"time"
)

// rounds calls each whenever every target has sent a snapshot since the last call
// or cannot be reached, until each returns false, the source ends or ctx is done.
// A target that is silent holds nobody up for longer than the others take to send
// a second snapshot.
func rounds(ctx context.Context, source Source, f *Fleet, each func() (more bool, err error)) error {
	sent := make(map[string]int) // snapshots since the last round
	said := make(map[string]string)
	for {
		var u Update
		var open bool
		select {
		case u, open = <-source.Updates:
		case <-ctx.Done():
			return ctx.Err()
		}
		if !open {
			return nil
		}
		f.Apply(u)
		switch {
		case u.Err != nil && said[u.Target] != u.Err.Error(): // and not each time that it is tried again
			said[u.Target] = u.Err.Error()
			sent[u.Target]++
		case u.Message.Snapshot != nil:
			delete(said, u.Target)
			sent[u.Target]++
		default:
			continue
		}
		if !complete(f, sent) {
			continue
		}
		clear(sent)
		if more, err := each(); !more || err != nil {
			return err
		}
	}
}

func complete(f *Fleet, sent map[string]int) bool {
	any, all, twice := false, true, false
	for _, t := range f.targets {
		n := sent[t.name]
		any = any || n > 0
		twice = twice || n > 1
		all = all && (n > 0 || t.err != nil)
	}
	return any && (all || twice)
}

// patience is how many intervals a picture waits for its second snapshot.
const patience = 3

// final waits until a picture with rates is possible: for the end of a source that
// ends, and otherwise for two rounds, or one where the second does not come.
func final(ctx context.Context, source Source, f *Fleet) error {
	wait, stop := context.WithCancel(ctx)
	defer stop()
	var timer *time.Timer
	round := 0
	err := rounds(wait, source, f, func() (bool, error) {
		round++
		if source.Ends {
			return true, nil
		}
		if timer == nil {
			timer = time.AfterFunc(patience*f.interval, stop)
		}
		for _, t := range f.current() {
			if t.before == nil {
				return true, nil
			}
		}
		return false, nil
	})
	if timer != nil {
		timer.Stop()
	}
	if err != nil && ctx.Err() == nil && round > 0 {
		err = nil // patience is over; what there is will do
	}
	if err == nil && len(f.current()) == 0 && !f.nobody() {
		return ErrNoSnapshot
	}
	return err
}
