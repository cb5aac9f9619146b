package top

import (
	"strings"

	"charm.land/bubbles/v2/key"
)

// keyMap is what can be pressed.
type keyMap struct {
	quit, help, up, down, pageUp, pageDown, home, end key.Binding
	enter, back, filter, sort, reverse, pause, totals key.Binding
	zero, unzero, collect, profile                    key.Binding
	groups, retained, events, next                    key.Binding
	yes                                               key.Binding
}

func newKeyMap(source Source) keyMap {
	bind := func(keys []string, shown, what string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, what))
	}
	k := keyMap{
		quit:     bind([]string{"q", "ctrl+c"}, "q", "quit"),
		help:     bind([]string{"?", "h", "f1"}, "?", "help"),
		up:       bind([]string{"up", "k"}, "k ↑", "up"),
		down:     bind([]string{"down", "j"}, "j ↓", "down"),
		pageUp:   bind([]string{"pgup", "ctrl+b", "b"}, "pgup b", "page up"),
		pageDown: bind([]string{"pgdown", "ctrl+f", "f"}, "pgdn f", "page down"),
		home:     bind([]string{"home"}, "home", "to the first"),
		end:      bind([]string{"end", "G"}, "end G", "to the last"),
		enter:    bind([]string{"enter"}, "enter", "open"),
		back:     bind([]string{"esc"}, "esc", "back"),
		filter:   bind([]string{"/"}, "/", "filter"),
		sort:     bind([]string{"s"}, "s", "sort"),
		reverse:  bind([]string{"S"}, "S", "reverse the order"),
		pause:    bind([]string{"space"}, "space", "pause"),
		totals:   bind([]string{"t"}, "t", "totals or rates"),
		zero:     bind([]string{"z"}, "z", "zero the totals"),
		unzero:   bind([]string{"Z"}, "Z", "undo z"),
		collect:  bind([]string{"g"}, "g", "collect"),
		profile:  bind([]string{"p"}, "p", "profile"),
		groups:   bind([]string{"1"}, "1", "groups"),
		retained: bind([]string{"2"}, "2", "retained"),
		events:   bind([]string{"3"}, "3", "events"),
		next:     bind([]string{"tab"}, "tab", "next of these"),
		yes:      bind([]string{"y", "Y"}, "y", "yes"),
	}
	k.profile.SetEnabled(source.SaveProfile != nil)
	k.collect.SetEnabled(false) // until a target allows it
	return k
}

// all returns the keys in the order in which help lists them, without the movers.
func (k keyMap) all() []key.Binding {
	return []key.Binding{
		k.groups, k.retained, k.events, k.next, k.enter, k.back,
		k.filter, k.sort, k.reverse, k.totals, k.zero, k.unzero,
		k.pause, k.collect, k.profile, k.help, k.quit,
	}
}

// movers returns the keys that go up and down.
func (k keyMap) movers() []key.Binding {
	return []key.Binding{k.up, k.down, k.pageUp, k.pageDown, k.home, k.end}
}

// keyNotes say more of a key than its name.
var keyNotes = map[string]string{
	"enter": "open what the cursor is on: its stacks, ages and counts",
	"esc":   "back; then clear the filter",
	"/":     "show only what contains a text; !text hides it",
	"s":     "order by retained, name, live, growth, deaths, age",
	"t":     "births and deaths as totals, or a second",
	"z":     "count totals, ages and NEW from now on",
	"Z":     "count from the start of each process again",
	"space": "pause: the picture stands, updates wait",
	"g":     "force a collection (asks first)",
	"p":     "save a pprof profile of what is alive",
	"tab":   "the next of the three",
	"1":     "groups: how many live, come and go",
	"2":     "retained: by the place that made them",
	"3":     "events: as they happen",
}

// helpText returns the page of help.
func (k keyMap) helpText(t *theme, width int) []string {
	var lines []string
	line := func(key, what string) {
		lines = append(lines, t.cut(" "+t.accent.Render(pad(key, 5))+"  "+what, width))
	}
	for _, b := range k.all() {
		if b.Enabled() {
			what := keyNotes[b.Help().Key]
			if what == "" {
				what = b.Help().Desc
			}
			line(b.Help().Key, what)
		}
	}
	var movers []string
	for _, b := range k.movers() {
		movers = append(movers, b.Help().Key)
	}
	line("move", strings.Join(movers, "  "))
	lines = append(lines, "")
	for _, w := range wordNotes {
		lines = append(lines, t.cut(" "+t.title.Render(pad(w[0], 9))+" "+w[1], width))
		for _, more := range w[2:] {
			lines = append(lines, t.cut("           "+more, width))
		}
	}
	return append(lines, "", t.cut(" More words: probe help words", width))
}

// wordNotes say what the columns mean.
var wordNotes = [][]string{
	{"live", "objects now"},
	{"Δ/s", "change of live objects a second, from the last two snapshots"},
	{"cleaned", "objects whose death was noticed"},
	{"expected", "told to die (Expect), and in their grace"},
	{"retained", "told to die, and alive after grace time and collections;", "healthy is 0"},
	{"age", "from creation to the moment when death was noticed; half of", "the dead were younger than p50, 99 % younger than p99"},
	{"trend", "live objects; its height is from lowest to highest, but at", "least a quarter of the highest"},
	{"queue", "cleanups queued and not yet run, approximate; healthy is 0", "most of the time, and one that grows means one that blocks"},
	{"lost", "events that did not reach this screen; numbers in the", "tables come from snapshots, and miss nothing by it"},
}
