package target

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"unicode"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/realweak/debughttp/wire"
)

// The kinds of content that the endpoints answer with.
const (
	jsonContent   = "application/json"
	streamContent = "text/event-stream"
	binaryContent = "application/octet-stream"
)

// errSilent is the cause of a context that ended because nothing came in time.
var errSilent = errors.New("timeout")

// errWrongAnswer is in the chain of the errors for answers that will not be better the
// next time.
var errWrongAnswer = errors.New("wrong answer")

// answerError is such an error.
type answerError struct{ text string }

func (e answerError) Error() string        { return e.text }
func (e answerError) Is(target error) bool { return target == errWrongAnswer }

var errHTTPS = answerError{"it speaks HTTPS, not HTTP"}

// request is one request to a service.
type request struct {
	target   *Target
	method   string // GET if it is empty
	endpoint string
	query    url.Values
	header   http.Header
	accept   string // the content that must come back
}

// String returns the request as it is named in errors.
func (r request) String() string {
	t := *r.target
	u := *t.base
	u.Path += r.endpoint
	u.RawQuery = r.rawQuery()
	if t.socket != "" {
		return r.verb() + " " + u.Path + " at unix://" + t.socket
	}
	return r.verb() + " " + u.Redacted()
}

func (r request) verb() string { return cmp.Or(r.method, http.MethodGet) }

func (r request) rawQuery() string {
	q := r.target.base.Query()
	for k, v := range r.query {
		q[k] = v
	}
	return q.Encode()
}

// do sends the request and returns the answer if it is a good one.
func (c *Client) do(ctx context.Context, r request) (*http.Response, error) {
	u := *r.target.base
	u.Path += r.endpoint
	u.RawQuery = r.rawQuery()
	if r.target.socket != "" {
		ctx = context.WithValue(ctx, socketKey{}, r.target.socket)
	}
	q, err := http.NewRequestWithContext(ctx, r.verb(), u.String(), nil)
	if err != nil {
		return nil, c.problem(ctx, r, err)
	}
	q.Header.Set("User-Agent", c.options.Agent)
	q.Header.Set("Accept", r.accept)
	for _, h := range []http.Header{c.options.Header, r.header} {
		for k, v := range h {
			q.Header[k] = v
		}
	}
	if host := q.Header.Get("Host"); host != "" {
		q.Host = host // package http ignores the header
	}
	client := &c.secure
	if r.target.insecure {
		client = &c.insecure
	}
	answer, err := client.Do(q)
	if err != nil {
		return nil, c.problem(ctx, r, err)
	}
	if err := check(r, answer); err != nil {
		answer.Body.Close()
		return nil, err
	}
	return answer, nil
}

// check returns what is wrong about an answer before its content is read.
func check(r request, answer *http.Response) error {
	if answer.StatusCode != http.StatusOK {
		p := &problem.Error{
			Code: problem.Unreachable,
			What: r.String(),
			Next: nextByStatus(answer.StatusCode),
		}
		text, explained := status(answer)
		p.Why = errors.New(text)
		if explained && answer.StatusCode != http.StatusUnauthorized {
			p.Next = "" // it knows better
		}
		if answer.StatusCode < 500 && answer.StatusCode != http.StatusTooManyRequests {
			p.Why = answerError{p.Why.Error()}
		}
		if strings.Contains(p.Why.Error(), "HTTP request to an HTTPS server") {
			p.Why, p.Next = errHTTPS, "write https://"
		}
		return p
	}
	kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	good := err == nil && kind == r.accept
	if r.accept == binaryContent {
		good = !strings.HasPrefix(kind, "text/") && kind != jsonContent // the profile speaks for itself
	}
	if !good {
		why := answerError{fmt.Sprintf("the answer is %s and not %s", kind, r.accept)}
		if kind == "" {
			why.text = "the answer does not say that it is " + r.accept
		}
		return &problem.Error{Code: problem.Unreachable, What: r.String(), Why: why, Next: "is that another handler? " + seeAttach}
	}
	return nil
}

const seeAttach = "see `probe help attach`"

// status returns the status and what the answer says about it, if it does.
func status(answer *http.Response) (text string, explained bool) {
	s := fmt.Sprintf("%d %s", answer.StatusCode, http.StatusText(answer.StatusCode))
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if kind != "" && kind != "text/plain" || answer.StatusCode == http.StatusNotFound {
		return s, false
	}
	body, _ := io.ReadAll(io.LimitReader(answer.Body, 300)) // it is an extra
	line, _, _ := bytes.Cut(bytes.TrimSpace(body), []byte("\n"))
	text = strings.TrimSpace(strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) || c == unicode.ReplacementChar {
			return -1
		}
		return c
	}, string(line)))
	if text == "" || strings.EqualFold(text, http.StatusText(answer.StatusCode)) {
		return s, false
	}
	return s + ": " + text, true
}

func nextByStatus(code int) string {
	switch code {
	case http.StatusNotFound:
		return "is the handler mounted? " + seeAttach
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return "give what it asks for, as in --header 'Authorization: Bearer …'; " + seeAttach
	case http.StatusBadRequest, http.StatusMethodNotAllowed:
		return "is that another handler, or one of another version? " + seeAttach
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "is the service ready?"
	}
	return seeAttach
}

// problem returns the error for a request that failed while it was sent or while the
// answer was read.
func (c *Client) problem(ctx context.Context, r request, err error) error {
	if _, ok := errors.AsType[*problem.Error](err); ok {
		return err
	}
	p := &problem.Error{Code: problem.Unreachable, What: r.String(), Why: err, Next: seeAttach}
	if e, ok := errors.AsType[*url.Error](err); ok {
		p.Why = e.Err // the rest is in What
	}
	timeout := false
	if e, ok := errors.AsType[net.Error](err); ok {
		timeout = e.Timeout()
	}
	switch text := err.Error(); {
	case errors.Is(context.Cause(ctx), errSilent), timeout && context.Cause(ctx) == nil:
		p.Why = fmt.Errorf("no answer within %s", human.Duration(c.options.Timeout))
		p.Next = "is the service stopped or busy? allow more with --timeout"
	case ctx.Err() != nil:
		p.Why = ctx.Err()
		p.Next = ""
	case errors.Is(err, wire.ErrSchema):
		p.Code = problem.TooNew
		p.Next = "use a newer probe"
	case errors.Is(err, wire.ErrTooLarge), errors.Is(err, wire.ErrFormat):
		p.Next = "is that another handler? " + seeAttach
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		p.Next = "the connection broke, or the service ended"
	case errors.Is(err, syscall.ECONNREFUSED):
		p.Why = syscall.ECONNREFUSED
		p.Next = "is the service running, and is that its address? " + seeAttach
	case errors.Is(err, syscall.ENOENT) && r.target.socket != "":
		p.Why = errors.New("no such socket")
		p.Next = "is the service running, and is that its socket? " + seeAttach
	case isDNS(err):
		p.Next = "is the name spelled right?"
	case isTLS(err):
		p.Next = "name its authority with --tls-ca, or write https+insecure:// to go without"
	case strings.Contains(text, "server gave HTTP response to HTTPS client"):
		p.Why = errors.New("it speaks HTTP, not HTTPS")
		p.Next = "write http://"
	case strings.Contains(text, `malformed HTTP response "\x15\x03`):
		p.Why = errHTTPS
		p.Next = "write https://"
	case strings.Contains(text, "malformed HTTP"):
		p.Why = errors.New("it does not speak HTTP")
	case errors.Is(err, errElsewhere):
		p.Next = "name that one"
	}
	return p
}

func isDNS(err error) bool {
	_, ok := errors.AsType[*net.DNSError](err)
	return ok
}

func isTLS(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	_, ok := errors.AsType[x509.UnknownAuthorityError](err)
	return ok
}
