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
	{"breach", "A limit of `probe check` that does not hold."},
	{"callback", "A function to be called once after an object's death, newest first per object.\nEvents: `callback-queued` when it waits for its turn, then `callback-run`."},
	{"cleared", "The object is dead and every weak reference to it now yields nil. This comes\nbefore any of its callbacks."},
	{"collected", "Left to Go's collector: dies at some collection after the last pointer to it is\ngone. Which collection is the collector's choice."},
	{"collection", "One run of the garbage collector. Collections survived: those that completed\nwithin an object's life, not counting the one that found it dead."},
	{"counted", "Held by reference count: dies when the last strong handle is released, at once,\nin the goroutine that released it. No collection is needed."},
	{"detached", "A callback was unregistered before it ran. It never will."},
	{"down", "A target that was reached and is lost. It is tried again, and resumes with the\nevents that came in between, as far as the program still has them."},
	{"dropped", "The owner said that the object should die now. Pointers to it may remain;\nwhether any do is what the next collections show. Of events: see lost."},
	{"evicted", "A container removed an entry though its object was alive, for lack of room or\nbecause somebody asked for it."},
	{"expected", "Told to die: from then on nobody should need the object. It has a grace before it\ncounts as retained. Of deaths and callbacks: due to happen."},
	{"finalizer", "A callback with its argument, registered on one object: Finalize in Go,\nweakref.finalize in Python. It never runs twice."},
	{"fingerprint", "A group and the stack that its objects were created by, as 16 digits. It is the\nsame in all processes of one build, so replicas can be added up."},
	{"group", "What the program gave a name, to watch it: tracked objects, the values of a map\nor cache, an interning table. Equal names are one group."},
	{"instance", "One process of a program, by default host:pid. In merged profiles it is the name\nof the target."},
	{"interned", "Replaced by the one canonical copy of equal values. A hit found the copy there;\nwhat it saved is the size of the copy that was not kept."},
	{"leaked", "A counted handle was collected without having been released: a missing Release.\nThe collector is the safety net; the destructor runs late."},
	{"live", "In use, for all that is known. Dead objects that no collection has found yet are\ncounted too."},
	{"lost", "Events that were overwritten before they were read, because the reader was too\nslow or away too long. They are counted, and 0 is the only good number."},
	{"queue", "Cleanups that the runtime has queued and not yet executed. Its counters move in\nsteps, so this is approximate; it should fall to 0 between collections."},
	{"referent", "The object that a weak reference refers to. Not everything can be one: see\n`probe limits`."},
	{"released", "The last strong handle of a counted object was given back and its destructor has\nrun."},
	{"retained", "Expected to die, then alive after a grace period and some collections. Somebody\nstill holds it: that is a leak, until it goes after all."},
	{"snapshot", "The state of a program at one moment: its groups, what is retained, its\ncollector, and the state of its stream of events."},
	{"strong", "A reference that keeps its object alive: any Go pointer, and a counted handle\nuntil it is released."},
	{"target", "A program to watch: host:port, a URL, unix:///socket, or a file of what one said;\nsee `probe help attach`."},
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
