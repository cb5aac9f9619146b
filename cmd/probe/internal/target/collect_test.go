package target_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/cmd/probe/internal/target"
	"github.com/referent-go/referent/realweak/debughttp"
)

func TestCollect(t *testing.T) {
	client, err := target.NewClient(target.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, allowed := range []bool{true, false} {
		handler := debughttp.Handler(debughttp.AllowGC(allowed))
		mux := http.NewServeMux()
		mux.Handle("/debug/realweak/", handler)
		server := httptest.NewServer(mux)
		defer server.Close()
		defer handler.Close()
		service, err := target.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		before := handler.Snapshot().Runtime.Collections
		err = client.Collect(t.Context(), service)
		if allowed {
			if after := handler.Snapshot().Runtime.Collections; err != nil || after == before {
				t.Errorf("error %v, and %d collections after %d", err, after, before)
			}
			continue
		}
		if problem.CodeOf(err) != problem.Unreachable || !strings.Contains(err.Error(), "POST "+server.URL) || !strings.Contains(err.Error(), "AllowGC") {
			t.Errorf("where it is not allowed: %v", err)
		}
	}

	file := filepath.Join(t.TempDir(), "f.ndjson")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	recording, err := target.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Collect(t.Context(), recording); problem.CodeOf(err) != problem.Usage {
		t.Errorf("in a file: %v", err)
	}
}
