package top

import (
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/referent-go/referent/cmd/probe/internal/human"
)

// View implements [tea.Model].
func (m *Model) View() tea.View {
	v := tea.NewView(m.frame())
	v.AltScreen = true
	v.WindowTitle = "probe top"
	if m.typing {
		x := min(ansi.StringWidth(" /"+m.input.Value()[:runeOffset(m.input.Value(), m.input.Position())]), max(m.width-1, 0))
		v.Cursor = tea.NewCursor(x, max(m.height-1, 0))
	}
	return v
}

// runeOffset returns where in text the rune with that number starts.
func runeOffset(text string, n int) int {
	for i := range text {
		if n == 0 {
			return i
		}
		n--
	}
	return len(text)
}

// frame returns the picture: exactly height lines of at most width cells.
func (m *Model) frame() string {
	lines := append(m.header(m.status(), m.width), m.tabs())
	room := max(m.height-len(lines)-1, 0)
	body := m.body(room)
	for len(body) < room {
		body = append(body, "")
	}
	lines = append(append(lines, body[:room]...), m.footer())
	if len(lines) > m.height { // there is no room for all; the table stays
		lines = lines[len(lines)-max(m.height, 1):]
	}
	for i, line := range lines {
		if ansi.StringWidth(line) > m.width {
			lines[i] = m.theme.cut(line, m.width)
		}
	}
	return strings.Join(lines, "\n")
}

// status says how fresh the picture is.
func (m *Model) status() string {
	t := m.theme
	silence := m.options.Now().Sub(m.heard)
	switch {
	case m.paused:
		return t.bad.Render(t.pause + " paused, " + human.Count(len(m.held)+int(m.heldOut)) + " held")
	case m.ended:
		return t.dim.Render(t.end + " ended")
	case m.fleet.nobody():
		return t.bad.Render(t.off + " unreachable")
	case m.heard.IsZero():
		return t.dim.Render(t.off + " waiting")
	case m.source.Ends:
		return t.good.Render(t.on) + " playing"
	case silence > 3*m.options.Interval+time.Second:
		return t.bad.Render(t.off + " silent for " + human.Age(silence.Round(time.Second)))
	}
	return t.good.Render(t.on) + " live " + human.Age(m.options.Interval)
}

// tabs names the pages, or what is open.
func (m *Model) tabs() string {
	t := m.theme
	sep := " " + t.dash + " "
	switch {
	case m.helping:
		return t.spread(" "+t.title.Render("help"), t.dim.Render("esc back"), m.width)
	case m.opened != nil:
		return t.spread(" "+t.title.Render(m.opened.title(sep)), t.dim.Render("esc back"), m.width)
	}
	names := []string{
		"1 groups",
		"2 retained " + human.Count(m.retained()),
		"3 events",
	}
	for i, name := range names {
		style := t.dim
		if i == int(pageRetained) && m.retained() > 0 {
			style = t.bad
			name += " !"
		}
		if page(i) == m.page {
			style = style.Faint(false).Inherit(t.title)
			name = "[" + name + "]"
		} else {
			name = " " + name + " "
		}
		names[i] = style.Render(name)
	}
	left := " " + strings.Join(names, " ")
	var right []string
	if m.filter.part != "" {
		text := "/" + m.filter.String()
		if m.hidden > 0 {
			text += fmt.Sprintf(" hides %d", m.hidden)
		}
		right = append(right, t.accent.Render(t.cut(text, max(m.width/3, 1))))
	}
	if m.totals {
		right = append(right, m.since())
	}
	return t.spread(left, strings.Join(right, sep), m.width)
}

// body returns at most room lines for what is between head and foot.
func (m *Model) body(room int) []string {
	if room <= 0 {
		return nil
	}
	switch {
	case m.helping:
		return m.scrolled(m.keys.helpText(m.theme, m.width), room)
	case m.opened != nil:
		return m.scrolled(m.openedLines(), room)
	case m.page == pageRetained:
		return m.retainedBody(room)
	case m.page == pageEvents:
		return m.eventsBody(room)
	}
	return m.groupsBody(room)
}

// scrolled shows a window of lines.
func (m *Model) scrolled(lines []string, room int) []string {
	first, end := m.scrollTo(len(lines), room)
	window := lines[first:end]
	if rest := len(lines) - end; rest > 0 {
		window = append(window[:len(window)-1:len(window)-1], m.theme.dim.Render(fmt.Sprintf(" %s %d more lines below", m.theme.ellipsis, rest+1)))
	}
	return window
}

// scrollTo fits the window to n lines, and returns which of them to show.
func (m *Model) scrollTo(n, room int) (first, end int) {
	m.scroll.SetWidth(m.width)
	m.scroll.SetHeight(room)
	m.scroll.SetContentLines(make([]string, n)) // only their number matters for where the window is
	first = min(max(m.scroll.YOffset(), 0), n)
	return first, min(first+room, n)
}

// eventsBody shows the events, and stays at the newest once it is there.
func (m *Model) eventsBody(room int) []string {
	if len(m.entries) == 0 {
		return m.nothing("event", " No events yet.")
	}
	atEnd := m.scroll.AtBottom()
	m.scrollTo(len(m.entries), room)
	if atEnd {
		m.scroll.GotoBottom()
	}
	first, end := m.scrollTo(len(m.entries), room)
	lines := make([]string, 0, room)
	for _, e := range m.entries[first:end] {
		lines = append(lines, m.entry(e, m.width))
	}
	return lines
}

// nothing says why a page is empty.
func (m *Model) nothing(what string, otherwise ...string) []string {
	switch {
	case len(m.fleet.current()) == 0:
		return append([]string{""}, m.teach(m.width)...)
	case m.filter.part != "":
		return append([]string{""}, m.noMatch(what)...)
	}
	return append([]string{""}, otherwise...)
}

// groupsBody shows the groups, below them what is retained if there is room, and
// the last events.
func (m *Model) groupsBody(room int) []string {
	if len(m.rows) == 0 {
		return m.nothing("group", m.teach(m.width)...)
	}
	events := min(max(room*3/10, 4), 12)
	if room < 10 {
		events = min(max(room-6, 0), 3)
	}
	origins := 0
	if len(m.origins) > 0 && room >= 24 {
		origins = min(len(m.origins), 5) + 2
	}
	groups := min(len(m.rows)+1, max(room-events-origins, 2))
	// What the groups leave is for events.
	events = room - groups - origins

	lines := m.window(groups - 1)
	if origins > 0 {
		lines = append(lines, m.rule("retained, by the place that made them"))
		lines = append(lines, tabulate(m.theme, m.originColumns(), m.origins[:origins-2], -1, m.width)...)
	}
	if events > 1 {
		lines = append(lines, m.rule("events"))
		tail := m.tail(events-1, m.width)
		if len(tail) == 0 {
			tail = []string{m.theme.dim.Render(" none yet")}
		}
		lines = append(lines, tail...)
	}
	return lines
}

// window shows the groups around the cursor.
func (m *Model) window(n int) []string {
	first, end := m.row.window(n, len(m.rows))
	return tabulate(m.theme, m.groupColumns(m.width), m.rows[first:end], m.row.index-first, m.width)
}

func (m *Model) retainedBody(room int) []string {
	if len(m.origins) == 0 {
		return m.nothing("origin", m.teachRetained()...)
	}
	first, end := m.origin.window(room-1, len(m.origins))
	return tabulate(m.theme, m.originColumns(), m.origins[first:end], m.origin.index-first, m.width)
}

// openedLines tells all about what is open.
func (m *Model) openedLines() []string {
	var origins []Origin
	for _, o := range m.fleet.Origins() {
		if o.Group == m.opened.group && (!m.opened.origin || o.Fingerprint == m.opened.fingerprint) {
			origins = append(origins, o)
		}
	}
	if m.opened.origin {
		if len(origins) == 0 {
			return []string{"", " These objects are gone: nothing of this origin is retained any more."}
		}
		return append([]string{""}, m.scene.origin(origins[0], m.width)...)
	}
	for _, r := range m.fleet.Rows() {
		if r.Name == m.opened.group {
			return m.group(r, origins, m.width)
		}
	}
	return []string{"", " No target has this group any more."}
}

// rule is a line across the screen with a title.
func (m *Model) rule(title string) string {
	t := m.theme
	return t.dim.Render(t.cut(" "+t.rule+t.rule+" "+title+" "+strings.Repeat(t.rule, max(m.width-ansi.StringWidth(title)-5, 0)), m.width))
}

// footer is the last line: what is asked, what has happened, or the keys.
func (m *Model) footer() string {
	t := m.theme
	lost := m.lost(m.heldOut)
	if m.fleet.lost+m.heldOut > 0 || m.fleet.gap {
		lost = t.bad.Render("! " + lost)
	} else {
		lost = t.dim.Render(lost)
	}
	switch {
	case m.typing:
		return t.spread(" /"+m.input.Value(), t.dim.Render("enter keeps it, esc clears it"), m.width)
	case m.asking != nil:
		return t.cut(" "+t.bad.Render("Force a collection in "+human.Plural(len(m.asking), "target")+"?")+" y yes, any other key no", m.width)
	case m.notice.text != "" && m.options.Now().Before(m.notice.until):
		style := t.accent
		if m.notice.bad {
			style = t.bad
		}
		return t.spread(" "+style.Render(m.notice.text), lost, m.width)
	}
	m.help.SetWidth(max(m.width-ansi.StringWidth(lost)-3, 1))
	return t.spread(" "+m.help.ShortHelpView(m.usual()), lost, m.width)
}

// usual returns the keys that the last line names.
func (m *Model) usual() []key.Binding {
	k := &m.keys
	keys := []key.Binding{k.quit, k.help, k.filter}
	if m.opened == nil && !m.helping && m.page != pageEvents {
		keys = append(keys, k.enter)
	}
	return append(keys, k.pause, k.profile, k.collect)
}
