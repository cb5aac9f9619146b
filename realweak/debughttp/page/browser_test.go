package page_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a test waits for what should take a moment.
const patience = 2 * time.Minute

// findChromium skips the test if there is no browser to run it in.
func findChromium(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser; run without -short")
	}
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Skip("no Chromium on the PATH; install one (Debian: apt-get install chromium) or set CHROMIUM to its path")
	return ""
}

// theBrowser is the one that all tests share, from the first that needs it on.
var theBrowser struct {
	sync.Mutex
	ctx   context.Context
	close func()
}

func openBrowser(t *testing.T) context.Context {
	t.Helper()
	path := findChromium(t)
	theBrowser.Lock()
	defer theBrowser.Unlock()
	if theBrowser.ctx == nil {
		options := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(path),
			chromedp.NoSandbox, // tests in containers run as root; the browser sees our page only
			chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		)
		allocated, freed := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, cancel := chromedp.NewContext(allocated)
		if err := chromedp.Do(ctx); err != nil {
			cancel()
			freed()
			t.Fatalf("start of %s: %v", path, err)
		}
		theBrowser.ctx = ctx
		theBrowser.close = func() {
			chromedp.Cancel(ctx)
			cancel()
			freed()
		}
	}
	return theBrowser.ctx
}

func closeBrowser() {
	theBrowser.Lock()
	defer theBrowser.Unlock()
	if theBrowser.ctx != nil {
		theBrowser.close()
	}
}

// tab is a page in the browser, and all that it complained of and asked for.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string // what came to the console
	requests   []string // addresses
}

// look is how a tab looks at the page.
type look struct {
	width, height int64 // 1280 by 900 if zero
	dark          bool
	noScript      bool
}

// browse opens the address.
func browse(t *testing.T, address string, l look) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(openBrowser(t))
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal("a new tab: ", err)
	}
	if l.width == 0 {
		l.width, l.height = 1280, 900
	}
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	call(b, log.Enable, cdp.Empty{})
	call(b, network.Enable, network.EnableParams{})
	call(b, runtime.Enable, cdp.Empty{})
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.noScript})
	b.do(chromedp.EmulateViewport(l.width, l.height), chromedp.Navigate(address))
	return b
}

func (b *tab) listen(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *runtime.EventConsoleAPICalled:
		b.complaints = append(b.complaints, fmt.Sprintf("console.%s: %v", ev.Type, ev.Args))
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, fmt.Sprintf("exception: %+v", ev.ExceptionDetails))
	case *log.EventEntryAdded:
		b.complaints = append(b.complaints, fmt.Sprintf("%s: %s %s", ev.Entry.Level, ev.Entry.Text, ev.Entry.URL))
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, ev.Request.URL)
	}
}

// call runs a command of the browser's protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, command, params); err != nil {
		b.t.Fatal(err)
	}
}

// do runs the actions, each of which must succeed within the time of patience.
func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// value runs an action that yields something.
func value[T any](b *tab, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// eval evaluates an expression of JavaScript in the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	return value(b, chromedp.Evaluate[T](expression))
}

// await waits until an expression is true, and returns how long that took.
func (b *tab) await(expression string) time.Duration {
	b.t.Helper()
	start := time.Now()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](expression, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(patience)))
	if err != nil {
		b.t.Fatalf("waiting for %s: %v\nthe state is %q, complaints: %q", expression, err, eval[string](b, `document.querySelector("#state").innerText`), b.complaints)
	}
	return time.Since(start)
}

// live waits until the page follows the stream and has drawn.
func (b *tab) live() {
	b.t.Helper()
	b.await(`document.querySelector("#state").dataset.state === "live" && document.querySelectorAll(".uplot").length === 4`)
}

// quiet shows that the page asked nobody but its own folder, and had nothing to
// complain of.
func (b *tab) quiet(address string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		b.t.Errorf("the browser complains: %s", c)
	}
	for _, url := range b.requests {
		if !strings.HasPrefix(url, address) {
			b.t.Errorf("the page asked for %s, outside of %s", url, address)
		}
	}
	if len(b.requests) < 5 {
		b.t.Errorf("only the requests %q were seen; style, scripts and stream are missing", b.requests)
	}
}

// shot takes a picture of the whole page, if PAGE_SHOTS names a folder for it.
func (b *tab) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("PAGE_SHOTS")
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), value(b, chromedp.FullScreenshot(100)), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// serve mounts the service and returns the page's address.
func serve(t *testing.T, s *service) (address string) {
	t.Helper()
	server := httptest.NewServer(s.mounted())
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL + prefix + "/"
}

// fits shows that nothing makes the page wider than the window.
func (b *tab) fits() {
	b.t.Helper()
	type box struct {
		Element string
		Right   float64
	}
	if wide := eval[[]box](b, `[...document.querySelectorAll("body *")].filter(e => e.checkVisibility() && !e.closest(".vh, .skip, .scroll, thead"))
		.map(e => ({Element: e.outerHTML.slice(0, 120), Right: e.getBoundingClientRect().right}))
		.filter(b => b.Right > document.documentElement.clientWidth + 1)`); len(wide) > 0 {
		b.t.Errorf("wider than the window: %+v", wide)
	}
	if overflow := eval[float64](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); overflow > 0 {
		b.t.Errorf("the page scrolls sideways by %v pixels", overflow)
	}
}

// TestLooks shows the page in each of its looks. The layout of the dark ones is that of
// the light ones, so most of them are only taken for their pictures.
func TestLooks(t *testing.T) {
	pictures := os.Getenv("PAGE_SHOTS") != ""
	for _, l := range []struct {
		name string
		look
	}{
		{"light-1280", look{width: 1280, height: 900}},
		{"dark-1280", look{width: 1280, height: 900, dark: true}},
		{"light-400", look{width: 400, height: 800}},
		{"dark-400", look{width: 400, height: 800, dark: true}},
	} {
		if l.name == "dark-400" && !pictures {
			continue
		}
		t.Run(l.name, func(t *testing.T) {
			s := newService(busy())
			address := serve(t, s)
			b := browse(t, address, l.look)
			b.live()
			s.aMinuteMore()
			b.await(`document.querySelector("#events").textContent.includes("leaked")`)
			b.fits()
			b.shot(l.name)
			eval[chromedp.Void](b, `document.querySelectorAll("details").forEach(d => d.open = true)`)
			b.fits()
			b.shot(l.name + "-open")
			b.quiet(address)
		})
		if l.dark && !pictures {
			continue
		}
		t.Run(l.name+"-empty", func(t *testing.T) {
			address := serve(t, newService(quiet()))
			b := browse(t, address, l.look)
			b.live()
			b.fits()
			b.shot(l.name + "-empty")
			b.quiet(address)
		})
		t.Run(l.name+"-noscript", func(t *testing.T) {
			l.noScript = true
			b := browse(t, serve(t, newService(busy())), l.look)
			b.fits()
			b.shot(l.name + "-noscript")
		})
	}
}
