package refcount

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// String returns the report for people: what leaked, where it was made, the last
// accesses, and what to do. It has several lines and ends in a line feed.
func (l Leak) String() string {
	var b strings.Builder
	b.WriteString("LEAK: ")
	left := l.Strong - l.Lost
	switch {
	case l.Cycle:
		fmt.Fprintf(&b, "%s was lost in a cycle of handles.\n", l.name())
	case left > 0:
		fmt.Fprintf(&b, "%s to %s %s lost without Release; %s it alive.\n", plural(l.Lost, "handle"), l.name(),
			verb(l.Lost, "was", "were"), verb(left, "1 other keeps", fmt.Sprintf("%d others keep", left)))
	case l.Lost > 1:
		fmt.Fprintf(&b, "%s was not released: its last %d handles were lost.\n", l.name(), l.Lost)
	default:
		fmt.Fprintf(&b, "%s was not released: its last handle was lost.\n", l.name())
	}
	fmt.Fprintf(&b, "  It was found %s after the object was made", l.age())
	if l.Count > 1 {
		fmt.Fprintf(&b, ", with %d more like it", l.Count-1)
	}
	if l.level < Paranoid {
		fmt.Fprintf(&b, " (1 in %d objects is looked at)", sampling)
	}
	switch {
	case l.Cycle:
		b.WriteString(".\n  The object is gone, and its destructor has not run.\n")
	case left > 0:
		b.WriteString(".\n  The lost count is given back now.\n")
	default:
		b.WriteString(".\n  It is released now, on the goroutine that reports leaks.\n")
	}
	l.writeWhere(&b, l.From)
	l.advise(&b)
	return b.String()
}

// writeWhere writes the stacks: that of lost, if it has one, the object's, those of
// its other handles, and the accesses. A call that led to the creation too is not
// repeated.
func (i HandleInfo) writeWhere(b *strings.Builder, lost Access) {
	if lost.Stack != nil {
		fmt.Fprintf(b, "  The lost handle was made by %s at\n%s", lost.Op, lost.Stack.indented("    "))
	}
	fmt.Fprintf(b, "  Created at\n%s", i.Created.indented("    "))
	for _, m := range i.Made {
		fmt.Fprintf(b, "  Another handle was made by %s at\n%s", m.Op, m.Stack.branch(i.Created, "    "))
	}
	if len(i.Accesses) == 0 {
		return
	}
	b.WriteString("  Last accesses, newest first")
	if i.Thinned > 0 {
		fmt.Fprintf(b, " (of %d)", i.Thinned+len(i.Accesses))
	}
	b.WriteString("\n")
	for n := 0; n < len(i.Accesses); {
		a, first := i.Accesses[n], n
		for n++; n < len(i.Accesses) && i.Accesses[n].equal(a); n++ {
		}
		if n-first > 1 {
			fmt.Fprintf(b, "    #%d to #%d %s", first+1, n, a.Op)
		} else {
			fmt.Fprintf(b, "    #%d %s", n, a.Op)
		}
		if a.Hint != "" {
			fmt.Fprintf(b, ": %s", a.Hint)
		}
		fmt.Fprintf(b, "\n%s", a.Stack.branch(i.Created, "      "))
	}
}

func (a Access) equal(b Access) bool {
	return a.Op == b.Op && a.Hint == b.Hint && slices.Equal(a.Stack, b.Stack)
}

// advise says what to do about a leak, and how to learn more.
func (l Leak) advise(b *strings.Builder) {
	made := l.Created
	if l.From.Stack != nil {
		made = l.From.Stack
	}
	switch {
	case l.Cycle:
		b.WriteString("  To mend it, make one of the handles in the cycle a Weak, or release one by hand.\n")
	default:
		fmt.Fprintf(b, "  To mend it, release the handle that comes from %s on every path,\n"+
			"  at best with defer; or Move it to whom it is meant to belong to.\n", made.line())
	}
	switch l.level {
	case Simple:
		b.WriteString("  To learn more, SetLeakLevel(Advanced) notes the last accesses, and Paranoid follows every handle\n" +
			"  of every object instead of one object in 128.\n")
	case Advanced:
		b.WriteString("  To learn more, SetLeakLevel(Paranoid) follows every handle of every object instead of one object\n" +
			"  in 128.\n")
	}
}

// name is the object as a report calls it: main.Conn "db-7" (#12).
func (i HandleInfo) name() string {
	if i.Label == "" {
		return fmt.Sprintf("%s (#%d)", i.Type, i.Object)
	}
	return fmt.Sprintf("%s %q (#%d)", i.Type, i.Label, i.Object)
}

func (i HandleInfo) age() string {
	age := threeDigits(i.Age).String()
	if i.Collections > 0 {
		age += " and " + plural(int(i.Collections), "collection")
	}
	return age
}

// threeDigits rounds to what a reader of an age wants.
func threeDigits(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}

func plural(n int, what string) string { return fmt.Sprintf("%d %s%s", n, what, verb(n, "", "s")) }

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
