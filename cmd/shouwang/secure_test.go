package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
)

// writeCertificate writes a certificate of its own making for 127.0.0.1.
func writeCertificate(t *testing.T, cert, key, name string, at time.Time) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(at.UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: raw}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(block), 0o600))
		require.NoError(t, os.Chtimes(file, at, at))
	}
}

// serveTLS serves on a free port and returns its address.
func serveTLS(t *testing.T, o ServeOptions) string {
	t.Helper()
	a := &app{log: slog.New(slog.DiscardHandler)}
	srv, err := a.server(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }), o)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = srv.Serve(tls.NewListener(l, srv.TLSConfig)) }()
	t.Cleanup(func() { _ = srv.Close() })
	return l.Addr().String()
}

func TestTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := ServeOptions{TLSCert: filepath.Join(dir, "cert.pem"), TLSKey: filepath.Join(dir, "key.pem")}
	began := time.Now().Add(-time.Hour).Truncate(time.Second)
	writeCertificate(t, o.TLSCert, o.TLSKey, "first", began)
	addr := serveTLS(t, o)
	dial := func(lowest, highest uint16) (string, uint16, error) {
		c, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, MinVersion: lowest, MaxVersion: highest})
		if err != nil {
			return "", 0, err
		}
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0].Subject.CommonName, c.ConnectionState().Version, nil
	}
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		_, got, err := dial(tls.VersionTLS12, v)
		require.NoError(t, err)
		require.Equal(t, v, got, "the newest that both know")
	}
	_, _, err := dial(tls.VersionTLS10, tls.VersionTLS11)
	require.Error(t, err, "older than TLS 1.2")

	// A renewed certificate is used without a restart; half a renewal is waited out.
	require.NoError(t, os.WriteFile(o.TLSCert, []byte("half"), 0o600))
	name, _, err := dial(tls.VersionTLS12, 0)
	require.NoError(t, err)
	require.Equal(t, "first", name)
	writeCertificate(t, o.TLSCert, o.TLSKey, "second", began.Add(time.Minute))
	name, _, err = dial(tls.VersionTLS12, 0)
	require.NoError(t, err)
	require.Equal(t, "second", name)

	plain, err := http.Get("http://" + addr)
	require.NoError(t, err)
	defer plain.Body.Close()
	require.Equal(t, http.StatusBadRequest, plain.StatusCode, "no answer over HTTP")
}

func TestTLSNeedsBothFiles(t *testing.T) {
	t.Parallel()
	a := &app{log: slog.New(slog.DiscardHandler)}
	for _, o := range []ServeOptions{{TLSCert: "c"}, {TLSKey: "k"}, {TLSCert: "none.pem", TLSKey: "none.pem"}} {
		_, err := a.server(nil, o)
		require.Error(t, err)
	}
	srv, err := a.server(nil, ServeOptions{})
	require.NoError(t, err)
	require.Nil(t, srv.TLSConfig)
	require.NotZero(t, srv.ReadHeaderTimeout*srv.IdleTimeout)
	require.Greater(t, srv.WriteTimeout, srv.ReadTimeout)
	require.Equal(t, 32<<10, srv.MaxHeaderBytes)
}

func TestNoPasswordOnTheCommandLine(t *testing.T) {
	t.Parallel()
	for arg, secret := range map[string]bool{
		"--db=postgres://shouwang:geheim@db/shouwang":   true,
		"postgres://shouwang:ge%heim@db:5432/x":         true,
		"postgres://db/shouwang?user=x&password=geheim": true,
		"host=db user=x password=geheim":                true,
		"--temporal-db=postgres://u:p@h/engine":         true,
		"--db=postgres://shouwang@db:5432/shouwang":     false,
		"postgres:///shouwang?host=/var/run/postgresql": false,
		"--db=data/shouwang.db":                         false,
		"2026-11-22 12:00":                              false,
		"https://example.com:8080/x":                    false,
		"--name=李有田":                                    false,
	} {
		err := noSecrets([]string{"serve", arg})
		require.Equal(t, secret, err != nil, arg)
		if secret {
			require.NotContains(t, redacted(arg), "geheim")
			require.NotContains(t, err.Error(), arg)
		}
	}
}

// No flag takes a secret: they name files.
func TestNoFlagIsASecret(t *testing.T) {
	t.Parallel()
	var c cli
	k, err := kong.New(&c)
	require.NoError(t, err)
	seen := 0
	for _, node := range append(k.Model.Leaves(false), k.Model.Node) {
		for _, f := range node.Flags {
			seen++
			if strings.HasSuffix(f.Name, "-file") || f.Name == "password-profile" { // which names a set of rules
				continue
			}
			for _, word := range []string{"password", "secret", "token", "passwd"} {
				require.NotContains(t, f.Name, word)
			}
		}
	}
	require.Greater(t, seen, 20)
}

func TestConfigShowsNoPassword(t *testing.T) {
	t.Setenv("SHOUWANG_DB", "postgres://shouwang:geheim@db/shouwang")
	t.Setenv("SHOUWANG_PROXY_NETS", "10.1.2.0/24,10.1.3.0/24")
	var c cli
	var out bytes.Buffer
	k, err := kong.New(&c, kong.Writers(&out, &out))
	require.NoError(t, err)
	parsed, err := k.Parse([]string{"config", "--per-minute", "7"})
	require.NoError(t, err)
	require.NoError(t, parsed.Run(&c.Config))
	require.Contains(t, out.String(), "SHOUWANG_DB=postgres://shouwang:xxxxx@db/shouwang\n")
	require.Contains(t, out.String(), "SHOUWANG_PER_MINUTE=7\n")
	require.Contains(t, out.String(), "10.1.3.0/24")
	require.NotContains(t, out.String(), "geheim")
	for i := range reflect.TypeFor[Config]().NumField() {
		require.Contains(t, out.String(), reflect.TypeFor[Config]().Field(i).Tag.Get("env")+"=")
	}
}

func TestNetworks(t *testing.T) {
	t.Parallel()
	nets, err := networks([]string{"10.1.2.0/24", " fd00::/8"})
	require.NoError(t, err)
	require.Len(t, nets, 2)
	_, err = networks([]string{"10.1.2.3"})
	require.ErrorContains(t, err, "10.1.2.0/24")
}

// What goes wrong with a database names no password.
func TestFaultsOfTheDatabaseNameNoPassword(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{"postgres://shouwang:geheim@127.0.0.1:1/x", "postgres://shouwang:geh%zzeim@127.0.0.1:1/x", "postgres://shouwang:geheim@[::bad/x"} {
		_, err := (&Config{Data: t.TempDir(), DB: dsn}).open(t.Context(), false)
		require.Error(t, err)
		require.False(t, strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "geh%zzeim"), err.Error())
	}
}

// In production nothing goes over a network in the clear.
func TestNothingInTheClear(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name    string
		profile string
		o       ServeOptions
		refused bool
	}{
		{"every address", "production", ServeOptions{Addr: "0.0.0.0:8080"}, true},
		{"every address, by the port alone", "production", ServeOptions{Addr: ":8080"}, true},
		{"every address, IPv6", "production", ServeOptions{Addr: "[::]:8080"}, true},
		{"an address of the network", "production", ServeOptions{Addr: "10.1.2.3:8080"}, true},
		{"by a name", "production", ServeOptions{Addr: "shouwang.example:8080"}, true},
		{"loopback", "production", ServeOptions{Addr: "127.0.0.1:8080"}, false},
		{"loopback, IPv6", "production", ServeOptions{Addr: "[::1]:8080"}, false},
		{"localhost", "production", ServeOptions{Addr: "localhost:8080"}, false},
		{"with a certificate", "production", ServeOptions{Addr: "0.0.0.0:8080", TLSCert: "c", TLSKey: "k"}, false},
		{"behind a proxy", "production", ServeOptions{Addr: "0.0.0.0:8080", Proxy: true}, false},
		{"a trial", "demo", ServeOptions{Addr: "0.0.0.0:8080"}, false},
	} {
		err := inTheClear(x.profile, x.o)
		require.Equal(t, x.refused, err != nil, x.name)
		if x.refused {
			require.ErrorContains(t, err, "--trust-proxy", x.name)
		}
	}
	require.ErrorContains(t, serveCmd{ServeOptions{Addr: "0.0.0.0:0"}}.Run(t.Context(), &Config{Data: t.TempDir(), Profile: "production"}), "明文 HTTP")
}
