package refcount

import "weak"

// remains are what is known of an object that a trial has let go.
type remains struct{ typ, label string }

// What is known of an object's use since the last round of trials. Who uses it first
// learns from the same word whether it is on trial.
const (
	unused uint32 = iota
	used
	onTrial // and not used since
)

// use notes that the object is used. That ends its trial: should its handles be lost
// next, they were not lost in a cycle, and it must be there to be released.
func (t *tracked) use(core *block) {
	if t.usage.Load() == used || t.usage.Swap(used) != onTrial {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.over {
		t.core = core
	}
}

// suspect lets go of the object, and fails if it is lost, over or used already.
func (t *tracked) suspect() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.core == nil || !t.usage.CompareAndSwap(unused, onTrial) {
		return false
	}
	t.last = &remains{t.core.drop.typ(), t.core.describe().label}
	if t.weak == (weak.Pointer[block]{}) {
		t.weak = weak.Make(t.core)
	}
	t.core = nil
	return true
}

// acquit takes hold of the object again, if it is there.
func (t *tracked) acquit() {
	core := t.weak.Value()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.usage.CompareAndSwap(onTrial, unused)
	if !t.over {
		t.core = core
	}
}

// object returns the core, also during a trial, and nil when the object is over.
func (t *tracked) object() *block {
	t.mu.Lock()
	core, over, trial := t.core, t.over, t.weak
	t.mu.Unlock()
	if core == nil && !over {
		core = trial.Value()
	}
	return core
}
