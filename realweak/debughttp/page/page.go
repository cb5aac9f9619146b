package page

import (
	"embed"
	"errors"
	"html/template"
	"io"
	"io/fs"

	"github.com/referent-go/referent/realweak/debughttp/wire"
)

// ContentSecurityPolicy is the policy that the page works under: nothing from
// another host, no script or style in the HTML. Send it as the header
// Content-Security-Policy with the page.
const ContentSecurityPolicy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"

//go:generate go test -run TestGenerated -generate

//go:embed assets
var assets embed.FS

//go:embed page.html
var html string

// Files has what the page loads: styles, scripts, an icon and the licence of the
// one script that is not ours. The page expects them in the folder assets beside
// it. None of them changes while the program runs.
var Files fs.FS = mustSub(assets, "assets")

func mustSub(f fs.FS, dir string) fs.FS {
	sub, err := fs.Sub(f, dir)
	if err != nil {
		panic("page: the folder " + dir + " is not embedded: " + err.Error())
	}
	return sub
}

var tmpl = template.Must(template.New("page").Funcs(funcs).Parse(html))

// Render writes the page with the values of s in it, as HTML in UTF-8. Whatever a
// name in s contains comes out as text. The page refers to its files and to the
// other endpoints by relative addresses, so it works below any path that ends in
// a slash.
//
// Render only fails if s is nil, or with an error of w, which may then have a part
// of the page. It is safe for concurrent use.
func Render(w io.Writer, s *wire.Snapshot) error {
	if s == nil {
		return errors.New("page: no snapshot to render; pass one, be it without groups")
	}
	return tmpl.Execute(w, newView(s))
}
