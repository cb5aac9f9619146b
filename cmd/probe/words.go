package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// words explains every word that probe prints and that means something special
// here, in two lines each.
var words = []struct{ word, text string }{
	{"age", "Time from an object's birth to the event. When an object became unreachable is\nknown to nobody, so no time since then is ever shown."},
	{"birth", "The moment an object came under watch (event `created`), which may be later than\nits allocation. Objects born while nobody listened have neither id nor age."},
	{"callback", "A function to be called once after an object's death, newest first per object.\nEvents: `callback-queued` when it waits for its turn, then `callback-run`."},
	{"cleared", "The object is dead and every weak reference to it now yields nil. This comes\nbefore any of its callbacks."},
	{"collected", "Left to Go's collector: dies at some collection after the last pointer to it is\ngone. Which collection is the collector's choice."},
	{"collection", "One run of the garbage collector. Collections survived: those that completed\nwithin an object's life, not counting the one that found it dead."},
	{"counted", "Held by reference count: dies when the last strong handle is released, at once,\nin the goroutine that released it. No collection is needed."},
	{"detached", "A callback was unregistered before it ran. It never will."},
	{"dropped", "The owner said that the object should die now. Pointers to it may remain;\nwhether any do is what the next collections show."},
	{"evicted", "A container removed an entry though its object was alive, for lack of room or\nbecause somebody asked for it."},
	{"expected", "Due to happen: the deaths and callbacks that follow from what was dropped.\nExpected and run must be equal in the end."},
	{"finalizer", "A callback with its argument, registered on one object: Finalize in Go,\nweakref.finalize in Python. It never runs twice."},
	{"interned", "Replaced by the one canonical copy of equal values. A hit found the copy there;\nwhat it saved is the size of the copy that was not kept."},
	{"leaked", "A counted handle was collected without having been released: a missing Release.\nThe collector is the safety net; the destructor runs late."},
	{"lost", "Events that were overwritten before they were read, because the reader was too\nslow. They are counted, and 0 is the only good number."},
	{"queue", "Cleanups that the runtime has queued and not yet executed. Its counters move in\nsteps, so this is approximate; it should fall to 0 between collections."},
	{"referent", "The object that a weak reference refers to. Not everything can be one: see\n`probe limits`."},
	{"released", "The last strong handle of a counted object was given back and its destructor has\nrun."},
	{"retained", "Should have died and did not: dropped, then alive after a grace period and some\ncollections. Somebody still holds it."},
	{"strong", "A reference that keeps its object alive: any Go pointer, and a counted handle\nuntil it is released."},
	{"upgrade", "To turn a weak reference into a strong one, for as long as the object is used.\nFails if the object is dead."},
	{"weak", "A reference that does not keep its object alive. It yields the object while\nsomething else does, and nil after that."},
}

// newWordsCommand is a help topic: it has nothing to run, so cobra lists it apart.
func newWordsCommand() *cobra.Command {
	var b strings.Builder
	b.WriteString("What the words in probe's output mean.\n")
	for _, w := range words {
		fmt.Fprintf(&b, "\n%s\n  %s\n", w.word, strings.ReplaceAll(w.text, "\n", "\n  "))
	}
	return &cobra.Command{
		Use:   "words",
		Short: "What the words in the output mean",
		Long:  strings.TrimSuffix(b.String(), "\n"),
	}
}
