package refcount

import (
	"fmt"
	"log/slog"
	"sync/atomic"
)

// String returns the object's type, its label if it has one, and the counts, such
// as `Strong[main.Cheese]("Brie", 2 strong, 1 weak)`. It never panics and does not
// look at the object.
func (h *Strong[T]) String() string { return describe("Strong", typeName[T](), h.block, h.gen) }

// LogValue returns what String does in parts: type, label, state, strong and weak.
func (h *Strong[T]) LogValue() slog.Value { return logValue(typeName[T](), h.block, h.gen) }

// String returns the object's type, its label if it has one, and the counts, such
// as `Weak[main.Cheese]("Brie", 2 strong, 1 weak)` or "Weak[main.Cheese](destroyed)".
// It never panics.
func (w *Weak[T]) String() string { return describe("Weak", typeName[T](), w.block, w.gen) }

// LogValue returns what String does in parts: type, label, state, strong and weak.
func (w *Weak[T]) LogValue() slog.Value { return logValue(typeName[T](), w.block, w.gen) }

// String returns the object's type and how many Local handles share the count,
// such as "Local[main.Cheese](2 local)". It never panics.
func (l *Local[T]) String() string {
	var state string
	switch l.count {
	case nil:
		state = "nil"
	case &spent:
		state = "released"
	default:
		state = fmt.Sprintf("%d local", l.count.handles)
	}
	return fmt.Sprintf("Local[%s](%s)", typeName[T](), state)
}

// inspect returns what a handle with b can tell of its object.
func inspect(b *block, gen int64) (state, label string, strong, weak int) {
	switch b {
	case nil:
		return "nil", "", 0, 0
	case &gone:
		return "released", "", 0, 0
	}
	core, gen := b.core(gen)
	word := atomic.LoadInt64(&core.state)
	if !alive(word, gen) {
		return "destroyed", "", 0, 0
	}
	return "alive", core.describe().label, strongs(word, gen), weaks(word)
}

func describe(handle, typ string, b *block, gen int64) string {
	state, label, strong, weak := inspect(b, gen)
	if state == "alive" {
		state = fmt.Sprintf("%d strong, %d weak", strong, weak)
	}
	if label != "" {
		state = fmt.Sprintf("%q, %s", label, state)
	}
	return fmt.Sprintf("%s[%s](%s)", handle, typ, state)
}

func logValue(typ string, b *block, gen int64) slog.Value {
	state, label, strong, weak := inspect(b, gen)
	all := []slog.Attr{slog.String("type", typ)}
	if label != "" {
		all = append(all, slog.String("label", label))
	}
	all = append(all, slog.String("state", state))
	if state == "alive" {
		all = append(all, slog.Int("strong", strong), slog.Int("weak", weak))
	}
	return slog.GroupValue(all...)
}
