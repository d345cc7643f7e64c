package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOIDCSettings(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte("s3cret\n"), 0o600))
	good := OIDC{Issuer: "https://id.example", ClientID: "shouwang", SecretFile: file, Title: "统一身份认证", PublicURL: "https://case.example"}
	got, err := good.provider()
	require.NoError(t, err)
	require.Equal(t, "s3cret", got.ClientSecret)
	none, err := OIDC{}.provider()
	require.NoError(t, err)
	require.Zero(t, none)
	for name, change := range map[string]func(*OIDC){
		"no client":            func(o *OIDC) { o.ClientID = "" },
		"no secret":            func(o *OIDC) { o.SecretFile = "" },
		"missing secret":       func(o *OIDC) { o.SecretFile += "x" },
		"no address":           func(o *OIDC) { o.PublicURL = "" },
		"issuer in the clear":  func(o *OIDC) { o.Issuer = "http://id.example" },
		"address in the clear": func(o *OIDC) { o.PublicURL = "http://case.example" },
		"no host":              func(o *OIDC) { o.PublicURL = "case" },
	} {
		bad := good
		change(&bad)
		_, err := bad.provider()
		require.Error(t, err, name)
	}
	require.NoError(t, os.Chmod(file, 0o640))
	_, err = good.provider()
	require.ErrorContains(t, err, "chmod 600", "others could have read it")
	require.NoError(t, os.Chmod(file, 0o600))
	local := good
	local.Issuer, local.PublicURL = "http://127.0.0.1:9998", "http://localhost:8080"
	_, err = local.provider()
	require.NoError(t, err)
}

func TestThePublicAddressIsAnAddress(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{"": "", "https://sw.example/": "https://sw.example", "http://10.1.2.3:8080": "http://10.1.2.3:8080", "https://sw.example/sw": "https://sw.example/sw"} {
		got, err := NoticeOptions{PublicURL: given}.publicURL()
		require.NoError(t, err, given)
		require.Equal(t, want, got)
	}
	for _, bad := range []string{"sw.example", "ftp://sw.example", "https://", "https://sw.example/?a=b", "https://user:pw@sw.example", "javascript:alert(1)"} {
		_, err := NoticeOptions{PublicURL: bad}.publicURL()
		require.Error(t, err, bad)
	}
}
