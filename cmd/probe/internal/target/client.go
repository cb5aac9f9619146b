package target

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"github.com/referent-go/referent/cmd/probe/internal/problem"
)

// Options say how to reach targets.
type Options struct {
	Header  http.Header   // sent with every request
	Timeout time.Duration // for an answer as a whole, and for a stream's first sign of life; 0 is 5 seconds
	CA      string        // PEM file of the authorities to trust, instead of the system's
	Cert    string        // PEM file of the certificate to show
	Key     string        // PEM file of its key
	Stdin   io.Reader     // what "-" reads
	Agent   string        // the User-Agent; by default probe
}

// DefaultTimeout is the default of Options.Timeout.
const DefaultTimeout = 5 * time.Second

// Client reads from targets. It is safe for concurrent use. It must be closed.
type Client struct {
	options Options

	// Tests have clocks of their own.
	now   func() time.Time
	sleep func(context.Context, time.Duration) error

	skipped          atomic.Uint64
	secure, insecure http.Client
	transports       []*http.Transport
}

// NewClient returns a client. It fails if the certificates cannot be read.
func NewClient(o Options) (*Client, error) {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Agent == "" {
		o.Agent = "probe"
	}
	c := &Client{options: o, now: time.Now, sleep: sleep}
	config, err := o.tls()
	if err != nil {
		return nil, &problem.Error{Code: problem.Usage, What: "TLS", Why: err, Next: "give PEM files to --tls-ca, --tls-cert and --tls-key"}
	}
	unchecked := config.Clone()
	unchecked.InsecureSkipVerify = true // asked for by https+insecure
	c.secure = c.httpClient(config)
	c.insecure = c.httpClient(unchecked)
	return c, nil
}

func (o Options) tls() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CA != "" {
		pem, err := os.ReadFile(o.CA)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("no certificate in %s", o.CA)
		}
	}
	if (o.Cert == "") != (o.Key == "") {
		return nil, errors.New("a certificate needs its key, and a key its certificate")
	}
	if o.Cert != "" {
		pair, err := tls.LoadX509KeyPair(o.Cert, o.Key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// socketKey is the key of a socket's path in the context of a request.
type socketKey struct{}

func (c *Client) httpClient(config *tls.Config) http.Client {
	dialer := &net.Dialer{Timeout: c.options.Timeout}
	t := &http.Transport{
		Proxy: func(r *http.Request) (proxy *url.URL, err error) {
			if _, ok := r.Context().Value(socketKey{}).(string); ok {
				return nil, nil
			}
			return http.ProxyFromEnvironment(r)
		},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if socket, ok := ctx.Value(socketKey{}).(string); ok {
				network, address = "unix", socket
			}
			return dialer.DialContext(ctx, network, address)
		},
		TLSClientConfig:     config,
		TLSHandshakeTimeout: c.options.Timeout,
		ForceAttemptHTTP2:   true,
		// Two sockets have the same host, so connections are not kept for later.
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: 1 << 20,
	}
	c.transports = append(c.transports, t)
	return http.Client{Transport: t, CheckRedirect: sameHost}
}

// errElsewhere is the error for a redirection that is not followed.
var errElsewhere = errors.New("it redirects to another host, which does not get the headers of --header")

func sameHost(r *http.Request, via []*http.Request) error {
	if len(via) >= 10 {
		return errors.New("it redirects in a circle")
	}
	if r.URL.Host != via[0].URL.Host {
		return fmt.Errorf("%w: %s", errElsewhere, r.URL.Host)
	}
	return nil
}

// Skipped returns how many messages were of a kind that this program does not know, of
// streams and recordings that came to their end.
func (c *Client) Skipped() uint64 { return c.skipped.Load() }

// Close ends connections that are not in use.
func (c *Client) Close() {
	for _, t := range c.transports {
		t.CloseIdleConnections()
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
