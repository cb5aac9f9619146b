package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/index"
	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/cmd/probe/internal/records"
	"github.com/referent-go/referent/cmd/probe/internal/service"
	"github.com/referent-go/referent/realweak/debughttp"
)

// serveFlags are the flags of `probe serve`.
type serveFlags struct {
	addr     string
	instance string
	users    int
	rate     float64
	leak     bool
	length   time.Duration
}

func newServeCommand(a *app) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve [directory]",
		Short: "Run a service with a leak in it, to try the others on",
		Long: `Serve runs a small HTTP service on the Go files below a directory, by default the
source of the Go installation, with the debug handler mounted at /debug/realweak/,
and a few users of its own that open sessions, read names, compare directories and
close what they opened.

It holds syntax trees weakly in a cache, the contents of files by reference count,
names in an interning table, and tracks its sessions. A session that has been
closed should die; some do not. Finding out which, and why, is what the other
commands are for:

  probe top                 watch the groups
  probe leaks               what should be dead, and where it was made
  probe watch               each birth and death
  probe live                a profile of what is alive

or open the page that serve names in a browser. --leak=false shows how it looks
without the leak.

Serve runs until it is interrupted, which is not an error.`,
		Example: `  probe serve
  probe serve --addr localhost:0 --for 1m ~/src/project
  probe serve --leak=false --rate 100`,
		GroupID: groupLive,
		Args:    atMost(1),
		RunE: a.runs(func(cmd *cobra.Command, args []string) error {
			return a.serve(cmd.Context(), f, args)
		}),
	}
	a.outputFlags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.addr, "addr", "localhost:6060", "`address` to listen on; port 0 is any free one")
	flags.StringVar(&f.instance, "instance", "", "`name` of this process in snapshots and metrics (default host:pid)")
	flags.IntVar(&f.users, "users", 4, "users that make requests; 0 leaves that to you")
	flags.Float64Var(&f.rate, "rate", 20, "sessions and comparisons a second, of all users together")
	flags.BoolVar(&f.leak, "leak", true, "have the leak")
	flags.DurationVar(&f.length, "for", 0, "stop after this `time` (default: when interrupted)")
	return cmd
}

func (f serveFlags) check() error {
	for _, bad := range []struct {
		is   bool
		what string
	}{
		{f.users < 0, "--users must not be negative"},
		{f.rate <= 0, "--rate must be more than 0"},
		{f.length < 0, "--for must not be negative"},
	} {
		if bad.is {
			return &problem.Error{Code: problem.Usage, What: "serve: " + bad.what, Next: "see `probe serve --help`"}
		}
	}
	return nil
}

// serving is what serve says when it is ready.
type serving struct {
	Service     string `json:"service"`
	Debug       string `json:"debug"`
	Root        string `json:"root"`
	Files       int    `json:"files"`
	Directories int    `json:"directories"`
	Users       int    `json:"users"`
}

// served is what serve says at its end.
type served struct {
	service.Totals
	Took          time.Duration `json:"took_ns"`
	FailedTurns   int           `json:"failed_turns"` // of the users
	EventsLost    uint64        `json:"events_lost"`
	EventsDropped uint64        `json:"events_dropped"` // by viewers that were too slow
}

func (a *app) serve(ctx context.Context, f serveFlags, args []string) error {
	if err := f.check(); err != nil {
		return err
	}
	root, err := a.indexRoot(ctx, args)
	if err != nil {
		return err
	}
	svc, err := service.New(ctx, service.Config{Root: root, Leak: f.leak})
	switch {
	case errors.Is(err, index.ErrNoFiles):
		return &problem.Error{Code: problem.Usage, What: "serve " + root, Why: err, Next: "name a directory with Go code"}
	case err != nil:
		return &problem.Error{Code: problem.Unreachable, What: "serve " + root, Why: bare(err), Next: "name a directory that can be read"}
	}
	listener, err := net.Listen("tcp", f.addr)
	if err != nil {
		return &problem.Error{Code: problem.Unreachable, What: "serve: listen", Why: err, Next: "choose another --addr, such as localhost:0"}
	}
	if f.length > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.length)
		defer cancel()
	}
	return a.serveOn(ctx, listener, svc, root, f)
}

// serveOn serves until ctx is done.
func (a *app) serveOn(ctx context.Context, listener net.Listener, svc *service.Service, root string, f serveFlags) error {
	start := time.Now()
	options := []debughttp.Option{debughttp.AllowGC(true)}
	if f.instance != "" {
		options = append(options, debughttp.Instance(f.instance))
	}
	debug := debughttp.Handler(options...)
	defer debug.Close()
	mux := http.NewServeMux()
	mux.Handle("/", svc.Handler())
	mux.Handle("/debug/realweak/", debug)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()

	base := "http://" + listener.Addr().String() + "/"
	totals := svc.Totals()
	ready := serving{base, base + "debug/realweak/", root, totals.Files, totals.Directories, f.users}
	if err := a.tellServing(ready, f); err != nil {
		server.Close()
		return err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: f.users}
	users := service.Users{
		URL: base, Directories: svc.Directories(), N: f.users, Rate: f.rate,
		Client: &http.Client{Transport: transport, Timeout: 30 * time.Second},
	}
	turnsFailed := make(chan int, 1)
	go func() { turnsFailed <- users.Run(ctx) }()

	var failure error
	select {
	case <-ctx.Done():
	case failure = <-ended:
	}
	// Streams of events do not end by themselves.
	debug.Close()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		server.Close()
	}
	if failure != nil {
		return &problem.Error{Code: problem.Unreachable, What: "serve", Why: failure}
	}
	stream := debug.Snapshot().Stream
	end := served{FailedTurns: <-turnsFailed, EventsLost: stream.Lost, EventsDropped: stream.Dropped}
	transport.CloseIdleConnections()
	svc.Close()
	end.Totals, end.Took = svc.Totals(), time.Since(start)
	return a.tellServed(end)
}

func (a *app) tellServing(s serving, f serveFlags) error {
	if a.json {
		return records.Write(a.stdout, "serving", s)
	}
	target := ""
	if f.addr != "localhost:6060" {
		target = " " + s.Debug
	}
	leak := ""
	if f.leak {
		leak = "\nSome of the sessions that are closed do not die. Which ones, and why?\n"
	}
	_, err := fmt.Fprintf(a.stdout, `Serving %s in %s below %s, with %s.

  page      %s
  top       probe top%s
  leaks     probe leaks%s
  watch     probe watch%s
%s
Ctrl-C ends it.
`, human.Plural(s.Files, "file"), human.Plural(s.Directories, "directory"), s.Root, human.Plural(s.Users, "user"),
		s.Debug, target, target, target, leak)
	return err
}

func (a *app) tellServed(s served) error {
	if a.json {
		return records.Write(a.stdout, "served", s)
	}
	_, err := fmt.Fprintf(a.stdout, "\n%s: %s opened, %s closed, %s, %s failed\n",
		human.Roughly(s.Took), human.Plural(int(s.Opened), "session"), human.Count(s.Closed),
		human.Plural(int(s.Compared), "comparison"), human.Plural(s.FailedTurns, "turn"))
	return err
}
