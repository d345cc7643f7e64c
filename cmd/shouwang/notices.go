package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"shouwang/activities"
	"shouwang/internal/notify"
	"shouwang/internal/secretfile"
)

// NoticeOptions are the ways by which notices leave the server.
type NoticeOptions struct {
	// PublicURL is also where a provider of identities sends people back to.
	PublicURL        string   `name:"public-url" env:"SHOUWANG_PUBLIC_URL" help:"浏览器访问本系统的地址，如 https://sw.example.gov.cn：认证后回到这里，提醒中的链接和公示上的二维码指向这里；缺省不印二维码"`
	SMTPAddress      string   `name:"smtp-address" env:"SHOUWANG_SMTP_ADDRESS" help:"邮件服务器，主机:端口；缺省不发邮件"`
	SMTPTLS          string   `name:"smtp-tls" env:"SHOUWANG_SMTP_TLS" enum:"starttls,tls,none" default:"starttls" help:"邮件连接的加密：starttls、tls，或 none（只限本机）"`
	SMTPUser         string   `name:"smtp-user" env:"SHOUWANG_SMTP_USER" help:"邮件服务器的登录名"`
	SMTPPasswordFile string   `name:"smtp-password-file" env:"SHOUWANG_SMTP_PASSWORD_FILE" help:"存有邮件口令的文件，只有运行服务的账号可读"`
	SMTPFrom         string   `name:"smtp-from" env:"SHOUWANG_SMTP_FROM" help:"发件地址"`
	SMTPCA           string   `name:"smtp-ca" env:"SHOUWANG_SMTP_CA" help:"邮件服务器证书的签发者（PEM 文件）；缺省用系统所信任的"`
	RobotOrigins     []string `name:"robot-origins" env:"SHOUWANG_ROBOT_ORIGINS" help:"除企业微信、钉钉、飞书外允许的群机器人网关，如 https://gw.county.example:8443，逗号分隔"`
}

// mail reads the settings of the mail server, nil for none.
func (o NoticeOptions) mail() (*notify.Mail, error) {
	if o.SMTPAddress == "" {
		return nil, nil
	}
	m := &notify.Mail{Address: o.SMTPAddress, TLS: o.SMTPTLS, User: o.SMTPUser, From: o.SMTPFrom}
	if (o.SMTPUser == "") != (o.SMTPPasswordFile == "") {
		return nil, errors.New("--smtp-user 须与 --smtp-password-file 同用")
	}
	if o.SMTPPasswordFile != "" {
		raw, err := secretfile.Read(o.SMTPPasswordFile)
		if err != nil {
			return nil, err
		}
		m.Password = strings.TrimSpace(string(raw))
	}
	if o.SMTPCA != "" {
		raw, err := os.ReadFile(o.SMTPCA)
		if err != nil {
			return nil, err
		}
		m.Roots = x509.NewCertPool()
		if !m.Roots.AppendCertsFromPEM(raw) {
			return nil, fmt.Errorf("%s 中没有证书", o.SMTPCA)
		}
	}
	return m, m.Check()
}

// publicURL is the address by which people reach the server, as links in notices and the codes on public notices have it.
func (o NoticeOptions) publicURL() (string, error) {
	u, err := url.Parse(o.PublicURL)
	if o.PublicURL != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil) {
		return "", errors.New("--public-url 应是浏览器访问本系统的地址，如 https://sw.example.gov.cn")
	}
	return strings.TrimSuffix(o.PublicURL, "/"), nil
}

// notices reads the ways out.
func (o NoticeOptions) notices() (*notify.Mail, *notify.Robots, error) {
	if err := notify.CheckOrigins(o.RobotOrigins); err != nil {
		return nil, nil, err
	}
	m, err := o.mail()
	return m, &notify.Robots{Origins: o.RobotOrigins}, err
}

// post is what carries messages out of the application.
func (a *app) post() (*activities.Post, error) {
	m, robots, err := a.cfg.notices()
	if err != nil {
		return nil, err
	}
	public, err := a.cfg.publicURL()
	if err != nil {
		return nil, err
	}
	p := &activities.Post{Engine: a.engine, Robots: robots, PublicURL: public, Log: a.log}
	if m != nil { // a nil pointer in the interface would be a channel
		p.Mail = m
	}
	return p, nil
}
