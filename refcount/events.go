package refcount

import "github.com/referent-go/referent/realweak/event"

// extra is what only some objects have: those that were born while somebody
// listened, and those with a label. It is never changed, only replaced.
type extra struct {
	birth event.Birth
	label string
}

func listening() bool { return event.Default.Listening() }

func (b *block) describe() extra {
	if x := b.extra.Load(); x != nil {
		return *x
	}
	return extra{}
}

func (b *block) setLabel(label string) {
	for {
		old := b.extra.Load()
		x := &extra{label: label}
		if old != nil {
			x.birth = old.birth
		}
		if b.extra.CompareAndSwap(old, x) {
			return
		}
	}
}

// created is called before anybody else can see b.
func (b *block) created() {
	b.extra.Store(&extra{birth: event.NewBirth()})
	b.emit(event.Created)
}

func (b *block) emit(kind event.Kind) {
	x := b.describe()
	e := x.birth.Event(kind, b.drop.typ())
	e.Label = x.label
	e.Actor = event.Caller
	event.Default.Emit(e)
}
