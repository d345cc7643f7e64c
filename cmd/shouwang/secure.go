package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alecthomas/kong"
)

// The bounds of a connection. A request is bounded by the API itself; these end
// what never becomes one, and readers that do not read.
const (
	headerTime = 10 * time.Second
	readTime   = 6 * time.Minute // longer than the longest upload
	writeTime  = 10 * time.Minute
	idleTime   = 2 * time.Minute
	headerSize = 32 << 10
)

// server is the HTTP server, with TLS if there is a certificate.
func (a *app) server(h http.Handler, o ServeOptions) (*http.Server, error) {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: headerSize,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn)}
	if o.TLSCert == "" && o.TLSKey == "" {
		return srv, nil
	}
	if o.TLSCert == "" || o.TLSKey == "" {
		return nil, errors.New("--tls-cert 与 --tls-key 须一并给出")
	}
	c := &certificate{cert: o.TLSCert, key: o.TLSKey}
	if _, err := c.get(nil); err != nil {
		return nil, fmt.Errorf("证书：%w", err)
	}
	srv.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get, NextProtos: []string{"h2", "http/1.1"}}
	return srv, nil
}

// inTheClear refuses to serve a production network without TLS: cookies and personal data would cross it readable.
func inTheClear(profile string, o ServeOptions) error {
	if profile != "production" || o.TLSCert != "" || o.Proxy {
		return nil
	}
	host, _, err := net.SplitHostPort(o.Addr)
	if err != nil {
		return fmt.Errorf("监听地址 %q：%w", o.Addr, err)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("production 不以明文 HTTP 对外服务（监听地址 %s）：请用 --tls-cert、--tls-key 给出证书，或者置于 HTTPS 代理之后并加 --trust-proxy，或者只监听 127.0.0.1", o.Addr)
}

// certificate reads its files again when they have changed, since certificates are
// renewed while the server runs.
type certificate struct {
	cert, key string

	mu      sync.Mutex
	changed time.Time
	loaded  *tls.Certificate
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, err := c.newest()
	if err == nil && at.Equal(c.changed) {
		return c.loaded, nil
	}
	if err == nil {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(c.cert, c.key); err == nil {
			c.loaded, c.changed = &pair, at
		}
	}
	if c.loaded != nil { // half a renewal: the old one serves until the other half is there
		return c.loaded, nil
	}
	return nil, err
}

// newest is when the later of the two files was written.
func (c *certificate) newest() (time.Time, error) {
	cert, err := os.Stat(c.cert)
	if err != nil {
		return time.Time{}, err
	}
	key, err := os.Stat(c.key)
	if err != nil {
		return time.Time{}, err
	}
	if key.ModTime().After(cert.ModTime()) {
		return key.ModTime(), nil
	}
	return cert.ModTime(), nil
}

// networks reads the networks of trusted proxies.
func networks(texts []string) (out []*net.IPNet, err error) {
	for _, text := range texts {
		_, n, err := net.ParseCIDR(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("可信代理网段 %q 应写作 10.1.2.0/24", text)
		}
		out = append(out, n)
	}
	return out, nil
}

// noSecrets refuses a command line with a password: everybody on the machine can
// read it there, and the shell keeps it.
func noSecrets(args []string) error {
	if slices.ContainsFunc(args, func(arg string) bool { return redacted(arg) != arg }) {
		return errors.New("口令不能写在命令行上；请用环境变量（如 SHOUWANG_DB、PGPASSWORD）或 ~/.pgpass")
	}
	return nil
}

// secrets are the places of passwords in the address of a database.
var secrets = regexp.MustCompile(`(://[^:/@\s]*:)[^@\s]+(@)|(\bpassword=)[^&\s]+`)

// redacted is a database address without its password.
func redacted(address string) string { return secrets.ReplaceAllString(address, "${1}${3}xxxxx${2}") }

type configCmd struct{ ServeOptions }

// Run prints the settings in force, one a line, without passwords.
func (configCmd) Run(k *kong.Context) error {
	for _, f := range k.Flags() {
		if len(f.Envs) > 0 {
			fmt.Fprintf(k.Stdout, "%s=%s\n", f.Envs[0], redacted(fmt.Sprint(k.FlagValue(f))))
		}
	}
	return nil
}
