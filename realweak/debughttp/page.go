package debughttp

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"time"

	"github.com/referent-go/referent/realweak/debughttp/page"
)

// servePage answers with the page, which has the snapshot's values in it and works
// without a script.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	var html bytes.Buffer
	if err := page.Render(&html, s.Snapshot()); err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", page.ContentSecurityPolicy)
	header.Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write(html.Bytes()) // an error is the client's, who has gone
}

// assetTypes are the types of the page's files. The system's own table of types may
// say anything, and with nosniff a browser believes it.
var assetTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
}

// serveAsset answers with one of the page's files.
func (s *Server) serveAsset(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.URL.Path)
	text, err := fs.ReadFile(page.Files, name)
	typ := assetTypes[path.Ext(name)]
	if err != nil || typ == "" {
		refuse(w, http.StatusNotFound, fmt.Sprintf("the page has no file %q", name))
		return
	}
	// It is the same until the program is another one, so a browser may keep it but
	// has to ask.
	sum := sha256.Sum256(text)
	header := w.Header()
	header.Set("Cache-Control", "no-cache")
	header.Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
	header.Set("Content-Type", typ)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(text))
}
