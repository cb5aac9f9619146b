package refcount

import "weak"

// remains are what is known of an object that a trial has let go.
type remains struct{ typ, label string }

// suspect lets go of the object, and fails if it is lost or over already.
func (t *tracked) suspect() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.core == nil {
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
