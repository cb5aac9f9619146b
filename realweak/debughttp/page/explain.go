package page

// explanation is what a title on the page says when it is opened.
type explanation struct {
	ID      string // of the part of the page
	Title   string
	What    string
	Unit    string
	Healthy string
	Source  string
}

// explanations are of all titles of the page, by ID.
var explanations = byID(
	explanation{
		ID: "live", Title: "Live objects by group",
		What:    "How many objects of each group are alive, as far as the collector has found out. Objects that died since the last collection still count, so the line is a saw: up as objects are made, down at each collection.",
		Unit:    "objects",
		Healthy: "a level that follows the load; after the load has gone, it falls back within a few collections. A line whose valleys rise under an even load is a leak.",
		Source:  "groups[].live in snapshot; realweak_live_objects in metrics",
	},
	explanation{
		ID: "queue", Title: "Cleanup queue",
		What:    "Cleanups that the runtime has queued and not yet executed. Dotted lines are collections, which fill the queue; where there are too many for lines, they are ticks at the bottom. Approximate, as the runtime's two counters are not read at the same instant.",
		Unit:    "cleanups",
		Healthy: "peaks at collections, and 0 between them. A queue that only grows means that a cleanup blocks: all others wait for it.",
		Source:  "/gc/cleanups/queued:cleanups less /gc/cleanups/executed:cleanups of runtime/metrics",
	},
	explanation{
		ID: "ages", Title: "Age at cleanup",
		What:    "How old objects were when their death was noticed: the time from creation to the first collection that found them dead, in buckets that double. When an object became unreachable nobody knows, so this is no latency. p50 and p99 are upper ends of buckets: at most twice too large.",
		Unit:    "objects in each bucket of age",
		Healthy: "the lifetime that the objects are meant to have, rounded up to the next collection. A second hump to the right is a second way in which they are held.",
		Source:  "groups[].ages in snapshot; the profile cleanups",
	},
	explanation{
		ID: "retained", Title: "Retained, by fingerprint",
		What:    "Objects that the program expected to die and that something still holds, after a grace of some time and some collections. Those of the same group and creation stack have the same fingerprint, in every replica of one build. What is marked “new” was not there when this page was opened.",
		Unit:    "objects",
		Healthy: "0",
		Source:  "retained[] in snapshot; the profile live, by its label state=retained",
	},
	explanation{
		ID: "groups", Title: "Groups",
		What:    "Everything in the program that has a name for this view: tracked objects, weak maps, caches, interning tables, counted objects. Totals run since the group began; the rates beside them are of the last 10 seconds. A group that does not count creations shows 0 there.",
		Unit:    "objects; bytes of the objects without what they refer to; ages from creation to noticed death",
		Healthy: "created less cleaned is live; retained is 0",
		Source:  "groups[] in snapshot",
	},
	explanation{
		ID: "events", Title: "Events",
		What:    "What happened while this page was open, of the kinds that need a look: retained, leaked, callback-panicked; and what went missing. Equal ones in a row are one line. Births and deaths are too many to list; see the groups, or run probe watch.",
		Unit:    "events, newest first, at most 100 lines",
		Healthy: "none",
		Source:  "the stream events",
	},
)

func byID(all ...explanation) map[string]explanation {
	m := make(map[string]explanation, len(all))
	for _, e := range all {
		m[e.ID] = e
	}
	return m
}

// words are the terms of the totals, in the order of the page.
var words = []struct{ Word, Meaning string }{
	{"live", "objects that the collector has not found dead, over all groups"},
	{"expected", "alive, though the program said that they should die; in their grace"},
	{"retained", "the same after their grace: some time and some collections; healthy is 0"},
	{"age", "from an object's creation to the moment when its death was noticed"},
	{"queue", "cleanups queued and not yet executed, approximately; healthy is 0 between collections"},
	{"lost", "events that the handler was too slow for; those dropped for slow viewers are counted apart; healthy is 0"},
}
