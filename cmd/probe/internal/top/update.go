package top

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/legible"
)

// Update implements [tea.Model].
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case updatesMsg:
		cmd = m.take(msg)
	case tickMsg:
		cmd = m.tick()
	case doneMsg:
		if msg.err != nil {
			m.say(true, "%s", legible.Text(msg.err.Error()))
		} else {
			m.say(false, "%s", legible.Text(msg.text))
		}
	case tea.KeyPressMsg:
		cmd = m.press(msg)
	case tea.PasteMsg:
		if m.typing {
			m.input, cmd = m.input.Update(msg)
			m.filter = parseFilter(m.input.Value())
			m.look()
		}
	}
	m.keys.collect.SetEnabled(m.source.Collect != nil && len(m.fleet.collectable()) > 0)
	return m, cmd
}

// take takes updates in, or holds them while paused.
func (m *Model) take(updates updatesMsg) tea.Cmd {
	if len(updates) == 0 {
		m.ended = true
		return nil
	}
	if m.paused {
		m.hold(updates)
		return m.listen()
	}
	news := false // in the tables
	for _, u := range updates {
		m.fleet.Apply(u)
		if u.Message.Snapshot != nil {
			m.heard = m.options.Now()
		}
		news = news || u.Message.Snapshot != nil || u.Err != nil
	}
	if news {
		m.look()
	} else {
		m.refreshEntries()
	}
	return m.listen()
}

func (m *Model) hold(updates []Update) {
	for _, u := range updates {
		if len(m.held) < holds || u.Message.Event == nil {
			m.held = append(m.held, u)
		} else {
			m.heldOut++
		}
	}
}

// resume takes in all that was held.
func (m *Model) resume() {
	for _, u := range m.held {
		m.fleet.Apply(u)
	}
	m.fleet.lost += m.heldOut
	m.held, m.heldOut, m.paused, m.heard = nil, 0, false, m.options.Now()
	m.look()
}

// look refreshes the picture and keeps the cursors on their items.
func (m *Model) look() {
	m.refresh()
	m.row.follow(m.rowKeys())
	m.origin.follow(m.originKeys())
}

func (m *Model) rowKeys() []string {
	keys := make([]string, len(m.rows))
	for i, r := range m.rows {
		keys[i] = r.Name
	}
	return keys
}

func (m *Model) originKeys() []opened {
	keys := make([]opened, len(m.origins))
	for i, o := range m.origins {
		keys[i] = opened{group: o.Group, fingerprint: o.Fingerprint, origin: true}
	}
	return keys
}

func (m *Model) say(bad bool, format string, args ...any) {
	m.notice = notice{fmt.Sprintf(format, args...), bad, m.options.Now().Add(noticeFor)}
}

// press does what a key asks for.
func (m *Model) press(msg tea.KeyPressMsg) tea.Cmd {
	switch msg.String() {
	case "ctrl+c":
		return tea.Quit
	case "ctrl+z":
		return tea.Suspend
	}
	switch {
	case m.typing:
		return m.typed(msg)
	case m.asking != nil:
		return m.answered(msg)
	}
	m.notice = notice{}
	is := func(b key.Binding) bool { return key.Matches(msg, b) }
	switch k := &m.keys; {
	case is(k.quit):
		return tea.Quit
	case is(k.help):
		m.helping = !m.helping
		m.scroll.GotoTop()
	case is(k.back):
		m.back()
	case is(k.pause):
		if m.paused {
			m.resume()
		} else {
			m.paused = true
		}
	case m.helping && m.moved(msg):
	case is(k.groups):
		m.turn(pageGroups)
	case is(k.retained):
		m.turn(pageRetained)
	case is(k.events):
		m.turn(pageEvents)
	case is(k.next):
		m.turn((m.page + 1) % pages)
	case is(k.filter):
		m.typing = true
		m.input.SetValue(m.filter.String())
		m.input.CursorEnd()
		return m.input.Focus()
	case is(k.sort):
		m.order, m.reverse = (m.order+1)%orders, false
		m.look()
	case is(k.reverse):
		m.reverse = !m.reverse
		m.look()
	case is(k.totals):
		m.totals = !m.totals
	case is(k.zero):
		m.fleet.Zero(m.options.Now())
		m.totals = true
		m.look()
		m.say(false, "totals count from now on; Z undoes it")
	case is(k.unzero):
		m.fleet.Unzero()
		m.look()
	case is(k.collect):
		m.asking = m.fleet.collectable()
	case is(k.profile):
		return m.save()
	case is(k.enter):
		m.open()
	default:
		m.moved(msg)
	}
	return nil
}

// typed edits the filter, which works while it is typed.
func (m *Model) typed(msg tea.KeyPressMsg) tea.Cmd {
	var cmd tea.Cmd
	switch msg.String() {
	case "enter":
		m.typing = false
		m.input.Blur()
	case "esc":
		m.typing = false
		m.input.Blur()
		m.input.SetValue("")
	default:
		m.input, cmd = m.input.Update(msg)
	}
	m.filter = parseFilter(m.input.Value())
	m.look()
	return cmd
}

// answered forces a collection if the answer is yes.
func (m *Model) answered(msg tea.KeyPressMsg) tea.Cmd {
	targets := m.asking
	m.asking = nil
	if !key.Matches(msg, m.keys.yes) {
		return nil
	}
	m.say(false, "collecting%s", m.theme.ellipsis)
	ctx, collect := m.context, m.source.Collect
	return func() tea.Msg {
		err := collect(ctx, targets)
		return doneMsg{"collected in " + human.Plural(len(targets), "target"), err}
	}
}

// save writes a profile.
func (m *Model) save() tea.Cmd {
	var names []string
	for _, t := range m.fleet.current() {
		names = append(names, t.name)
	}
	if names == nil {
		m.say(true, "no target can be reached, so there is no profile")
		return nil
	}
	m.say(false, "fetching the profile%s", m.theme.ellipsis)
	ctx, save := m.context, m.source.SaveProfile
	return func() tea.Msg {
		file, err := save(ctx, names)
		return doneMsg{"saved; read it with: go tool pprof -http=: " + file, err}
	}
}

func (m *Model) turn(to page) {
	m.page, m.opened, m.helping = to, nil, false
	m.scroll.GotoTop()
	if to == pageEvents {
		m.scroll.GotoBottom()
	}
}

// open opens what the cursor is on.
func (m *Model) open() {
	if m.opened != nil || m.helping {
		return
	}
	switch {
	case m.page == pageGroups && len(m.rows) > 0:
		m.opened = &opened{group: m.rows[m.row.index].Name}
	case m.page == pageRetained && len(m.origins) > 0:
		o := m.origins[m.origin.index]
		m.opened = &opened{group: o.Group, fingerprint: o.Fingerprint, origin: true}
	}
	m.scroll.GotoTop()
}

func (m *Model) back() {
	switch {
	case m.helping:
		m.helping = false
	case m.opened != nil:
		m.opened = nil
	default:
		m.filter = filter{}
		m.look()
	}
	m.scroll.GotoTop()
}

// moved moves the cursor, or the lines where there is none, and reports whether
// the key asks for that.
func (m *Model) moved(msg tea.KeyPressMsg) bool {
	is := func(b key.Binding) bool { return key.Matches(msg, b) }
	const far = 1 << 30
	by := 0
	half := max(m.height/2, 1)
	switch k := &m.keys; {
	case is(k.up):
		by = -1
	case is(k.down):
		by = 1
	case is(k.pageUp):
		by = -half
	case is(k.pageDown):
		by = half
	case is(k.home):
		by = -far
	case is(k.end):
		by = far
	default:
		return false
	}
	switch {
	case m.helping || m.opened != nil || m.page == pageEvents:
		m.scroll.SetYOffset(m.scroll.YOffset() + min(max(by, -m.scroll.YOffset()), m.scroll.TotalLineCount()))
	case m.page == pageGroups:
		m.row.move(by, m.rowKeys())
	default:
		m.origin.move(by, m.originKeys())
	}
	return true
}

// title returns what is open, as a path.
func (o *opened) title(sep string) string {
	parts := []string{"groups", o.group}
	if o.origin {
		parts = []string{"retained", o.group, o.fingerprint.String()[:8]}
	}
	return strings.Join(parts, sep)
}
