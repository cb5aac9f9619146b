package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// newAttachCommand is a help topic: it has nothing to run.
func newAttachCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "attach",
		Short: "How to make a program that can be watched, and reach it",
		Long:  strings.TrimSpace(attachText),
	}
}

const attachText = `
In the program, mount the handler on a port that is not public:

  import "github.com/referent-go/referent/realweak/debughttp"

  debug := debughttp.Handler()
  defer debug.Close()
  mux := http.NewServeMux()
  mux.Handle("/debug/realweak/", debug)
  go http.ListenAndServe("localhost:6060", mux)

and name what to watch:

  var conns = track.NewGroup[Conn]("conns")

  c := conns.Track(newConn())   // counted, and held weakly
  conns.Expect(c)               // nobody should need it from here on

It shows type names, the program's stacks and statistics to whoever can reach it,
so put it behind what protects your other debug pages.

Reach it:

  on this machine       probe top                     (localhost:6060)
  another port, path    probe top localhost:8080/admin/realweak/
  a Unix socket         probe top unix:///run/payments.sock
  another machine       ssh -N -L 6060:localhost:6060 host &
                        probe top
  in Kubernetes         kubectl port-forward deploy/payments 6060 &
                        probe top
  all pods              port=6060
                        for p in $(kubectl get pods -l app=payments -o name); do
                          port=$((port+1)); echo localhost:$port
                          kubectl port-forward $p $port:6060 > /dev/null &
                        done > pods.txt
                        probe leaks @pods.txt
  behind a login        probe top https://svc/debug/realweak/ \
                          --header 'Authorization: Bearer …'
                        or export PROBE_HEADER='Authorization: Bearer …', which
                        does not show in the list of processes
  with certificates     --tls-ca ca.pem --tls-cert me.pem --tls-key me.key
  without checking      probe top https+insecure://svc:8443

If it does not answer:

  connection refused    the program does not listen there, or only on another
                        address; kubectl port-forward has ended
  404                   the handler is mounted elsewhere: give its path, as in
                        localhost:6060/admin/realweak/
  the answer is text/html
                        another handler answers, often one that catches all paths
  401, 403              see "behind a login"
  no answer within 5s   the program is stopped, or too busy; try --timeout 30s
`
