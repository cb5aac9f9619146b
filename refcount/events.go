package refcount

import "github.com/referent-go/referent/realweak/event"

// extra is what only some objects have: those that were born while somebody
// listened, those with a label or with observers, and those that were
// resurrected. It is never changed, only replaced.
type extra struct {
	birth event.Birth
	label string
	watch *watch
	spent bool // the destructor has run
}

func listening() bool { return event.Default.Listening() }

func (b *block) describe() extra {
	if x := b.extra.Load(); x != nil {
		return *x
	}
	return extra{}
}

// edit replaces b's extra by a changed copy and returns that.
func (b *block) edit(change func(*extra)) *extra {
	for {
		old, x := b.extra.Load(), new(extra)
		if old != nil {
			*x = *old
		}
		change(x)
		if b.extra.CompareAndSwap(old, x) {
			return x
		}
	}
}

func (b *block) setLabel(label string) {
	b.edit(func(x *extra) { x.label = label })
}

// created is called before anybody else can see b.
func (b *block) created() {
	b.edit(func(x *extra) { x.birth = event.NewBirth() })
	b.emit(event.Created)
}

func (b *block) emit(kind event.Kind) {
	x := b.describe()
	e := x.birth.Event(kind, b.drop.typ())
	e.Label, e.Group = x.label, groupOf(b.drop)
	e.Actor = event.Caller
	if x.watch != nil && x.watch.given.Load() {
		e.Actor = event.Dispatcher
	}
	event.Default.Emit(e)
}
