package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/cmd/probe/internal/records"
	"github.com/referent-go/referent/cmd/probe/internal/target"
)

// headerVariable is the environment variable with headers to send, one a line, for
// what should not stand in a list of processes.
const headerVariable = "PROBE_HEADER"

// targetHelp tells of targets in the help of commands that have some.
const targetHelp = `A target is host:port (the handler is then at /debug/realweak/), a URL,
unix:///socket, a file that was saved before, or - for standard input; @file names
a list, one a line. Without any it is PROBE_TARGET, or else localhost:6060.`

// targetFlags are the flags of a command that reads from targets, and how it gets at
// those.
type targetFlags struct {
	a       *app
	header  []string
	timeout time.Duration
	ca      string
	cert    string
	key     string
}

// targetFlags adds the flags of a command whose arguments are targets.
func (a *app) targetFlags(cmd *cobra.Command) *targetFlags {
	f := &targetFlags{a: a}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.header, "header", nil, "send a header, as in `'name: value'`; also "+headerVariable)
	flags.DurationVar(&f.timeout, "timeout", target.DefaultTimeout, "wait so long for an answer")
	flags.StringVar(&f.ca, "tls-ca", "", "PEM `file` of the authorities to trust")
	flags.StringVar(&f.cert, "tls-cert", "", "PEM `file` of the certificate to show")
	flags.StringVar(&f.key, "tls-key", "", "PEM `file` of its key")
	// pprof writes its flags with underscores.
	flags.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		return pflag.NormalizedName(strings.ReplaceAll(name, "_", "-"))
	})
	cmd.ValidArgsFunction = completeTargets
	return f
}

// client returns a client by the flags, which must be closed.
func (f *targetFlags) client() (*target.Client, error) {
	if f.timeout <= 0 {
		return nil, &problem.Error{Code: problem.Usage, What: "--timeout must be more than 0", Next: "write it as in --timeout 10s"}
	}
	header := http.Header{}
	for _, text := range append(strings.Split(f.a.env(headerVariable), "\n"), f.header...) {
		if strings.TrimSpace(text) == "" {
			continue
		}
		name, value, ok := strings.Cut(text, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || name == "" || strings.ContainsAny(name, " \t") || strings.ContainsAny(text, "\r\n") {
			return nil, &problem.Error{Code: problem.Usage, What: "--header: no name and colon at its start", Next: "write it as in --header 'Authorization: Bearer …'"}
		}
		header.Add(name, value)
	}
	return target.NewClient(target.Options{
		Header: header, Timeout: f.timeout, CA: f.ca, Cert: f.cert, Key: f.key, Stdin: f.a.stdin,
	})
}

// open returns the targets that the arguments name, and a client by the flags, which
// must be closed.
func (f *targetFlags) open(args []string) ([]*target.Target, *target.Client, error) {
	targets, err := target.ParseAll(args, target.Sources{Env: f.a.env, Stdin: f.a.stdin})
	if err != nil {
		return nil, nil, err
	}
	client, err := f.client()
	if err != nil {
		return nil, nil, err
	}
	return targets, client, nil
}

// completeTargets completes files, and lists of targets.
func completeTargets(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	prefix, isList := strings.CutPrefix(typed, "@")
	if !isList {
		return nil, cobra.ShellCompDirectiveDefault
	}
	files, _ := filepath.Glob(prefix + "*") // a bad pattern matches nothing
	var lists []string
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && info.IsDir() {
			file += "/"
		}
		lists = append(lists, "@"+file)
	}
	return lists, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}

// unreachable is the record of a target that could not be read.
type unreachable struct {
	Target string `json:"target"`
	Error  string `json:"error"`
}

// reached names the targets that could not be read and returns what came of the
// others. If there are none, err says so. If only some are missing, missing is the
// error for a command that has nothing worse to tell in the end.
func reached[T any](a *app, results []target.Result[T]) (good []target.Result[T], missing, err error) {
	var failed []target.Result[T]
	code := problem.OK
	for _, r := range results {
		if r.Err == nil {
			good = append(good, r)
			continue
		}
		failed = append(failed, r)
		code = max(code, problem.CodeOf(r.Err))
	}
	if len(failed) == 0 {
		return good, nil, nil
	}
	if a.json {
		for _, r := range failed {
			if err := records.Write(a.stdout, "unreachable", unreachable{r.Target.Name, r.Err.Error()}); err != nil {
				return nil, nil, err
			}
		}
	}
	if len(results) == 1 {
		return nil, nil, failed[0].Err
	}
	for _, r := range failed {
		fmt.Fprintf(a.stderr, "probe: %v\n", r.Err)
	}
	if len(good) == 0 {
		return nil, nil, missingTargets(code, len(failed), len(results))
	}
	return good, missingTargets(code, len(failed), len(results)), nil
}

// noteSkipped says if messages were left out since only a newer probe knows them.
func (a *app) noteSkipped(c *target.Client) {
	if n := c.Skipped(); n > 0 {
		fmt.Fprintf(a.stderr, "probe: %s left out, of a kind that this probe does not know; use a newer one\n", human.Plural(n, "message"))
	}
}

// missingTargets is the error about targets that have been named before.
func missingTargets(code problem.Code, n, of int) error {
	if n == of {
		return &problem.Error{Code: code, What: fmt.Sprintf("none of %s could be read", human.Plural(of, "target"))}
	}
	return &problem.Error{
		Code: code,
		What: fmt.Sprintf("%d of %s could not be read", n, human.Plural(of, "target")),
		Next: "what is shown is about the others",
	}
}

// worst returns the error to end with: what was found, or else what is missing, which
// has been named before.
func worst(found, missing error) error {
	if found != nil {
		return found
	}
	return missing
}
