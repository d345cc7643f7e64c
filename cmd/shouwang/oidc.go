package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"shouwang/api"
	"shouwang/internal/secretfile"
)

// OIDC are the settings of a provider of identities that people may sign in with.
type OIDC struct {
	Issuer     string `name:"oidc-issuer" env:"SHOUWANG_OIDC_ISSUER" help:"统一身份认证（OpenID Connect）的 issuer 地址；缺省没有"`
	ClientID   string `name:"oidc-client" env:"SHOUWANG_OIDC_CLIENT" help:"本系统在认证方的 client_id"`
	SecretFile string `name:"oidc-secret-file" env:"SHOUWANG_OIDC_SECRET_FILE" help:"存有 client_secret 的文件，只有运行服务的账号可读"`
	Title      string `name:"oidc-title" env:"SHOUWANG_OIDC_TITLE" default:"统一身份认证" help:"登录页上的名称"`
	PublicURL  string `kong:"-"` // that of NoticeOptions
}

// provider reads the settings. Identities travel over TLS, except on one machine.
func (o OIDC) provider() (api.OIDC, error) {
	if o.Issuer == "" {
		return api.OIDC{}, nil
	}
	if o.ClientID == "" || o.SecretFile == "" || o.PublicURL == "" {
		return api.OIDC{}, errors.New("--oidc-issuer 须与 --oidc-client、--oidc-secret-file、--public-url 同用")
	}
	for _, address := range []string{o.Issuer, o.PublicURL} {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1" {
			return api.OIDC{}, fmt.Errorf("地址 %s 应以 https:// 开头", address)
		}
	}
	secret, err := secretfile.Read(o.SecretFile)
	if err != nil {
		return api.OIDC{}, err
	}
	return api.OIDC{Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: strings.TrimSpace(string(secret)), Title: o.Title, PublicURL: o.PublicURL}, nil
}
