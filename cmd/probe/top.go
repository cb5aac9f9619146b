package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/pprof/profile"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/cmd/probe/internal/target"
	"github.com/referent-go/referent/cmd/probe/internal/top"
)

// topFlags are the flags of `probe top`.
type topFlags struct {
	*targetFlags
	once     bool
	width    int
	interval time.Duration
	filter   string
	sort     string
	speed    speedFlag
	atSpeed  bool // --speed was given
}

func newTopCommand(a *app) *cobra.Command {
	var f topFlags
	cmd := &cobra.Command{
		Use:   "top [target...]",
		Short: "A screen of what lives, what should not, and whether cleanups keep up",
		Long: `Top shows the groups of one target or many, as a table that moves: objects alive,
born and found dead a second, ages, and the last minute as a curve. Below it run the
events. Groups of the same name are one line; ON says how many of the targets have
it. Targets that cannot be reached are named, and tried again, while the rest go on.

  LIVE       objects now, of maps and tables with dead ones that no sweep has reached
  Δ/s        change of live objects a second
  CREATED/s  births a second, where there is room
  CLEANED/s  deaths noticed a second
  EXPECTED   told to die, and in their grace, where there is room
  RETAINED   told to die, and alive after it; healthy is 0, and "!" marks the rest
  AGE        at death: half were younger than p50, 99 % younger than p99
  TREND      live objects; its height is from lowest to highest

The keys:

  1 2 3   groups, retained objects by the place that made them, events; tab
  enter   open a group or a place: the stacks that created and expected; esc back
  /       show what contains a text; !text hides it; esc shows all
  s S     order by another column; reverse
  t       births and deaths as totals, or a second
  z Z     count totals from now on and mark what is retained since as new; undo
  space   pause: the picture stands, updates wait and are counted
  g       force a collection, where the handlers allow it (asks first)
  p       save a profile of what is alive, for ` + "`go tool pprof`" + `
  ?       help; q quits

Where the output is no terminal, or with --plain, each interval is a block of lines,
and with --json so many records ("target", "group", "retained", "lost"). With --once
there is one, taken when there are two snapshots to tell rates from, or at the end
of a recording. The screen plays a recording as fast as it was; all else reads it at
once, unless there is a --speed.

` + targetHelp,
		Example: `  probe top
  probe top a:6060 b:6060 c:6060
  probe top --once --sort live | head
  probe top --once --json | jq -c 'select(.record == "group" and .retained > 0)'
  probe top incident.ndjson`,
		GroupID: groupLive,
		RunE: a.runs(func(cmd *cobra.Command, args []string) error {
			f.atSpeed = cmd.Flags().Changed("speed")
			return a.top(cmd.Context(), f, args)
		}),
	}
	f.targetFlags = a.targetFlags(cmd)
	a.outputFlags(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.once, "once", false, "show one picture and end")
	flags.IntVar(&f.width, "width", 0, "use so many `columns`, and not the terminal's")
	flags.DurationVar(&f.interval, "interval", time.Second, "between two snapshots")
	flags.StringVar(&f.filter, "filter", "", "show what contains this `text`; !text hides it")
	flags.StringVar(&f.sort, "sort", "", "order by `name`, live, growth, deaths, age or retained")
	f.speed = 1
	flags.Var(&f.speed, "speed", "`times` as fast to play a recording, or max")
	_ = cmd.RegisterFlagCompletionFunc("sort", cobra.FixedCompletions(top.Orders(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (f *topFlags) check() error {
	for _, bad := range []struct {
		is         bool
		what, next string
	}{
		{f.width < 0, "--width must not be negative", "see `probe top --help`"},
		{f.interval < 100*time.Millisecond || f.interval > time.Hour, "--interval must be from 100ms to 1h", "write it as in --interval 5s"},
		{f.sort != "" && !slices.Contains(top.Orders(), f.sort), fmt.Sprintf("--sort %s: no column is called so", f.sort), "there are " + strings.Join(top.Orders(), ", ")},
	} {
		if bad.is {
			return &problem.Error{Code: problem.Usage, What: "top: " + bad.what, Next: bad.next}
		}
	}
	return nil
}

func (a *app) top(ctx context.Context, f topFlags, args []string) error {
	if err := f.check(); err != nil {
		return err
	}
	targets, client, err := f.open(args)
	if err != nil {
		return err
	}
	defer client.Close()
	defer a.noteSkipped(client)

	out := a.out()
	options := top.Options{
		Interval: f.interval, Order: f.sort, Filter: f.filter,
		Color: out.Style.Color, ASCII: out.Style.ASCII, Width: out.Width,
	}
	if f.width > 0 {
		options.Width = f.width
	}
	var keyboard *os.File
	if out.Redraws(a.env) && !a.json && !f.once {
		var closeKeyboard func()
		keyboard, closeKeyboard = a.keyboard()
		defer closeKeyboard()
	}

	ctx, stop := context.WithCancel(ctx)
	feed := newFeed(client, targets, target.WatchOptions{Snapshot: f.interval, Patient: !f.once})
	if keyboard != nil || f.atSpeed {
		feed.options.Speed = float64(f.speed)
	}
	wait := feed.start(ctx)
	defer wait()
	defer stop()

	if keyboard != nil {
		return top.Run(ctx, keyboard, a.stdout, a.environ, feed.source(), options)
	}
	show := top.Watch
	switch {
	case f.once && a.json:
		show = top.RecordsOnce
	case f.once:
		show = top.Once
	case a.json:
		show = top.Records
	}
	failures, err := show(ctx, a.stdout, feed.source(), options)
	switch {
	case errors.Is(err, top.ErrNoSnapshot):
		return &problem.Error{Code: problem.Unreachable, What: "top " + strings.Join(args, " "), Why: err, Next: "record with a snapshot, as `probe record` does"}
	case err != nil:
		return err
	}
	return a.missing(targets, failures)
}

// keyboard returns where keys come from: standard input, or if that is something
// else the terminal. It is nil if there is none.
func (a *app) keyboard() (*os.File, func()) {
	if f, ok := a.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f, func() {}
	}
	in, out, err := tea.OpenTTY()
	if err != nil {
		return nil, func() {}
	}
	return in, func() {
		in.Close()
		if out != in {
			out.Close()
		}
	}
}

// missing names the targets that a picture lacks, and returns the error for that.
func (a *app) missing(targets []*target.Target, failures top.Failures) error {
	if len(failures) == 0 {
		return nil
	}
	code := problem.OK
	for _, t := range targets {
		err := failures[t.Name]
		if err == nil {
			continue
		}
		if len(targets) == 1 {
			return err
		}
		fmt.Fprintf(a.stderr, "probe: %v\n", err)
		code = max(code, problem.CodeOf(err))
	}
	if len(failures) == len(targets) {
		return &problem.Error{Code: code, What: "top: no target could be reached"}
	}
	return &problem.Error{
		Code: code,
		What: fmt.Sprintf("top: %d of %s could not be reached", len(failures), human.Plural(len(targets), "target")),
		Next: "what is shown is about the others",
	}
}

// feed brings what targets say to top.
type feed struct {
	client  *target.Client
	targets []*target.Target
	options target.WatchOptions
	updates chan top.Update
}

func newFeed(client *target.Client, targets []*target.Target, options target.WatchOptions) *feed {
	// A reader that is slow holds up the services' streams, and these count what they drop.
	return &feed{client, targets, options, make(chan top.Update, 1024)}
}

// start reads from the targets until ctx is done or they end. wait waits for that.
func (f *feed) start(ctx context.Context) (wait func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(f.updates)
		f.client.Watch(ctx, f.targets, f.options, func(u target.Update) {
			select {
			case f.updates <- top.Update{Target: u.Source, Time: u.Time, Message: u.Message, Err: u.Err, Final: u.Retry == 0}:
			case <-ctx.Done():
			}
		})
	}()
	return func() { <-done }
}

// source returns the feed in the form that top reads.
func (f *feed) source() top.Source {
	s := top.Source{Updates: f.updates, Ends: true}
	services := make(map[string]*target.Target)
	for _, t := range f.targets {
		if t.Service() { // a recording may have several, which it names itself
			s.Targets = append(s.Targets, t.Name)
			s.Ends = false
			services[t.Name] = t
		}
	}
	if len(services) == 0 {
		return s
	}
	named := func(names []string) (chosen []*target.Target) {
		for _, name := range names {
			if t := services[name]; t != nil {
				chosen = append(chosen, t)
			}
		}
		return chosen
	}
	s.Collect = func(ctx context.Context, names []string) error {
		var errs []error
		for _, r := range target.Fetch(ctx, named(names), func(ctx context.Context, t *target.Target) (struct{}, error) {
			return struct{}{}, f.client.Collect(ctx, t)
		}) {
			errs = append(errs, r.Err)
		}
		return errors.Join(errs...)
	}
	s.SaveProfile = func(ctx context.Context, names []string) (string, error) {
		return saveLive(target.Fetch(ctx, named(names), func(ctx context.Context, t *target.Target) (*profile.Profile, error) {
			return f.client.Profile(ctx, t, false)
		}), time.Now())
	}
	return s
}

// saveLive writes the sum of profiles to a new file in the working directory. If
// some are missing it writes the others, and the error says so.
func saveLive(results []target.Result[*profile.Profile], now time.Time) (file string, err error) {
	var all []*profile.Profile
	var failed []error
	for _, r := range results {
		if r.Err != nil {
			failed = append(failed, r.Err)
			continue
		}
		if r.Value.PeriodType == nil {
			r.Value.PeriodType = &profile.ValueType{} // Merge takes it to be there
		}
		all = append(all, r.Value)
	}
	if len(all) == 0 {
		return "", errors.Join(failed...)
	}
	merged, err := profile.Merge(all)
	if err != nil {
		return "", fmt.Errorf("merge the profiles: %w", err)
	}
	file = "live-" + now.Format("20060102-150405") + ".pb.gz"
	w, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return "", err
	}
	if err := errors.Join(merged.Write(w), w.Close()); err != nil {
		return "", fmt.Errorf("write %s: %w", file, err)
	}
	if len(failed) > 0 {
		return file, fmt.Errorf("%s lacks %s: %w", file, human.Plural(len(failed), "target"), errors.Join(failed...))
	}
	return file, nil
}
