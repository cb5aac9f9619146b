package debughttp

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
)

// endpoint is one thing to ask the handler for.
type endpoint struct {
	name    string // the last element of the path; empty for the page
	methods []string
	serve   func(*Server, http.ResponseWriter, *http.Request)
}

var (
	reads  = []string{http.MethodGet, http.MethodHead}
	writes = []string{http.MethodPost}
)

// endpoints are all there are, in the order in which the documentation has them. One
// that is to come takes a line here, a file and a section there.
var endpoints = []endpoint{
	{"", reads, (*Server).servePage},
	{"snapshot", reads, (*Server).serveSnapshot},
	{"events", reads, (*Server).serveEvents},
	{"live", reads, (*Server).serveLive},
	{"cleanups", reads, (*Server).serveCleanups},
	{"metrics", reads, (*Server).serveMetrics},
	{"gc", writes, (*Server).serveGC},
}

// serve passes the request to the endpoint that the end of its path names. The rest of
// the path is the prefix that the handler is mounted below, or what is left of it.
func serve(s *Server, w http.ResponseWriter, r *http.Request) {
	p := r.URL.Path
	if p == "" {
		// The prefix was stripped, and perhaps more than that: without the slash,
		// the page's links would lead to the folder above.
		original, _, _ := strings.Cut(r.RequestURI, "?")
		if original != "" && !strings.HasSuffix(original, "/") {
			w.Header().Set("Location", path.Base(original)+"/")
			w.WriteHeader(http.StatusMovedPermanently)
			return
		}
	}
	folder, name := path.Split(p)
	i := slices.IndexFunc(endpoints, func(e endpoint) bool { return e.name == name })
	var e endpoint
	switch {
	case i >= 0:
		e = endpoints[i]
	case path.Base(folder) == "assets":
		e = endpoint{name, reads, (*Server).serveAsset}
	default:
		refuse(w, http.StatusNotFound, fmt.Sprintf("there is no %q here; there are %s", name, strings.Join(endpointNames(), ", ")))
		return
	}
	if !slices.Contains(e.methods, r.Method) {
		w.Header().Set("Allow", strings.Join(e.methods, ", "))
		refuse(w, http.StatusMethodNotAllowed, fmt.Sprintf("%s takes %s", name, strings.Join(e.methods, " and ")))
		return
	}
	e.serve(s, w, r)
}

func endpointNames() []string {
	var names []string
	for _, e := range endpoints[1:] {
		names = append(names, e.name)
	}
	return names
}

// refuse answers with an error in one line of plain text.
func refuse(w http.ResponseWriter, code int, why string) {
	http.Error(w, "debughttp: "+why, code)
}
