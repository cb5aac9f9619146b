package debughttp_test

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/referent-go/referent/realweak/debughttp"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
)

// status asks for a path and returns the answer's code.
func status(h http.Handler, path string, header ...string) int {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

func ExampleHandler() {
	mux := http.NewServeMux()
	mux.Handle("/debug/realweak/", debughttp.Handler())

	fmt.Println(status(mux, "/debug/realweak/snapshot"))
	fmt.Println(status(mux, "/debug/realweak/metrics"))
	// Output:
	// 200
	// 200
}

// Below a prefix that is stripped, and with a name among replicas.
func ExampleHandler_prefix() {
	debug := debughttp.Handler(debughttp.Instance("payments-7f9c"))
	mux := http.NewServeMux()
	mux.Handle("/internal/rw/", http.StripPrefix("/internal/rw", debug))

	fmt.Println(status(mux, "/internal/rw/snapshot"))
	fmt.Println(debug.Snapshot().Process.Instance)
	// Output:
	// 200
	// payments-7f9c
}

// authorized lets nobody pass who does not know the token.
func authorized(token string, next http.Handler) http.Handler {
	want := sha256.Sum256([]byte("Bearer " + token)) // equal lengths, compared in equal time
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(r.Header.Get("Authorization")))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "401 unauthorized", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Behind a middleware that asks for a token, which probe sends with
// --header "Authorization: Bearer …", and Prometheus with credentials_file.
func ExampleHandler_authorized() {
	mux := http.NewServeMux()
	mux.Handle("/debug/realweak/", authorized("secret", debughttp.Handler()))

	fmt.Println(status(mux, "/debug/realweak/snapshot"))
	fmt.Println(status(mux, "/debug/realweak/snapshot", "Authorization", "Bearer secret"))
	// Output:
	// 401
	// 200
}

// A graceful shutdown waits for open streams, so it has to end them.
func ExampleServer_Close() {
	debug := debughttp.Handler()
	server := httptest.NewUnstartedServer(debug)
	server.Config.RegisterOnShutdown(func() { _ = debug.Close() })
	server.Start()
	defer server.Close()

	viewer, err := http.Get(server.URL + "/events?snapshot=1s")
	if err != nil {
		log.Fatal(err)
	}
	defer viewer.Body.Close()
	first, err := wire.NewStreamReader(viewer.Body).Next()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("viewers:", first.Snapshot.Stream.Viewers, "listening:", event.Default.Listening())

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	fmt.Println("shutdown:", server.Config.Shutdown(ctx))
	fmt.Println("viewers:", debug.Snapshot().Stream.Viewers, "listening:", event.Default.Listening())
	// Output:
	// viewers: 1 listening: true
	// shutdown: <nil>
	// viewers: 0 listening: false
}
