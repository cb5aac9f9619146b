package service_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/referent-go/referent/cmd/probe/internal/index"
	"github.com/referent-go/referent/cmd/probe/internal/service"
	"github.com/referent-go/referent/realweak/track"
	"github.com/referent-go/referent/realweak/weaktest"
)

// project is a tree with two directories that declare nearly the same.
func project(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	for path, text := range map[string]string{
		"a/a.go":      "package a\n\nfunc Both() {}\n\ntype OnlyA struct{}\n",
		"a/broken.go": "package a\n\nfunc {\n",
		"b/b.go":      "package b\n\nfunc Both() {}\n\nvar OnlyB, alsoB int\n\nfunc (t T) Method() {}\n",
		"notes.txt":   "no Go",
	} {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

type client struct {
	t   *testing.T
	url string
}

func start(t *testing.T, leak bool) (*service.Service, client) {
	s, err := service.New(t.Context(), service.Config{Root: project(t), Leak: leak})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		server.Close()
		s.Close()
	})
	return s, client{t, server.URL + "/"}
}

// do makes a request and returns the status; an answer is stored in v unless that is nil.
func (c client) do(method, path string, v any) int {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	if v != nil && response.StatusCode == http.StatusOK {
		if err := json.NewDecoder(response.Body).Decode(v); err != nil {
			c.t.Fatal(err)
		}
	}
	return response.StatusCode
}

func TestService(t *testing.T) {
	s, c := start(t, false)
	var opened service.Opened
	if status := c.do("POST", "sessions?dir=b", &opened); status != 200 || opened.Dir != "b" || opened.Files != 1 {
		t.Fatalf("status %d, %+v", status, opened)
	}
	path := fmt.Sprint("sessions/", opened.ID)
	var names []string
	c.do("GET", path+"/names", &names)
	if want := []string{"Both", "OnlyB", "alsoB"}; !slices.Equal(names, want) {
		t.Errorf("names %q, want %q", names, want)
	}
	if status := c.do("DELETE", path, nil); status != 200 {
		t.Errorf("close: status %d", status)
	}
	var compared service.Comparison
	c.do("GET", "compare?left=a&right=b", &compared)
	if !slices.Equal(compared.OnlyLeft, []string{"OnlyA"}) || !slices.Equal(compared.OnlyRight, []string{"OnlyB", "alsoB"}) {
		t.Errorf("compared: %+v", compared)
	}
	var list []service.Comparison
	c.do("GET", "comparisons", &list)
	if len(list) != 1 || list[0].Left != "a" {
		t.Errorf("comparisons: %+v", list)
	}
	for path, want := range map[string]int{
		"GET sessions/77/names": 404, "GET sessions/x/names": 400, "DELETE sessions/77": 404,
		"POST sessions?dir=c": 404, "GET compare?left=a&right=c": 404, "GET nothing": 404, "PUT sessions": 405,
	} {
		method, path, _ := strings.Cut(path, " ")
		if status := c.do(method, path, nil); status != want {
			t.Errorf("%s %s: status %d, want %d", method, path, status, want)
		}
	}
	if got := s.Totals(); got.Open != 0 || got.Opened != 4 || got.Closed != 4 || got.Compared != 1 || got.Failed != 5 || got.Files != 3 {
		t.Errorf("%+v", got)
	}
}

func TestNewFails(t *testing.T) {
	if _, err := service.New(t.Context(), service.Config{Root: t.TempDir()}); !errors.Is(err, index.ErrNoFiles) {
		t.Errorf("of an empty directory: %v", err)
	}
	if _, err := service.New(t.Context(), service.Config{Root: filepath.Join(t.TempDir(), "none")}); err == nil {
		t.Error("of nothing: no error")
	}
}

func TestLeak(t *testing.T) {
	for _, leak := range []bool{false, true} {
		t.Run(fmt.Sprint("leak=", leak), func(t *testing.T) {
			s, c := start(t, leak)
			const n = 10
			for range n {
				c.do("GET", "compare?left=a&right=b", nil)
			}
			want := uint64(2 * n) // sessions that die
			if leak {
				want = n
			}
			// Once more than it should take, for what should not die.
			for range 3 {
				weaktest.Collect(t)
				if err := track.Drain(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if got := s.Sessions(); got.Created != 2*n || got.Cleaned != want {
				t.Errorf("%d sessions were made and %d found dead, want %d and %d", got.Created, got.Cleaned, 2*n, want)
			}
		})
	}
}

func TestUsers(t *testing.T) {
	s, c := start(t, true)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	client := &http.Client{Transport: new(http.Transport)}
	defer client.CloseIdleConnections()
	done := make(chan int)
	go func() {
		done <- service.Users{URL: c.url, Directories: s.Directories(), N: 3, Rate: 1000, Client: client}.Run(ctx)
	}()
	for s.Totals().Compared < 5 {
		runtime.Gosched()
	}
	cancel()
	if failed := <-done; failed != 0 {
		t.Errorf("%d turns failed", failed)
	}
	if got := s.Totals(); got.Failed != 0 || got.Opened < 10 {
		t.Errorf("%+v", got)
	}
}
