package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"
)

// How the connection to a mail server is kept secret.
const (
	TLSImplicit = "tls"
	TLSStart    = "starttls"
	TLSNone     = "none" // on this machine only
)

// Mail is a mail server that takes our mail.
type Mail struct {
	Address        string // host:port
	TLS            string
	User, Password string
	From           string
	Roots          *x509.CertPool // nil for those of the machine
}

// Check refuses settings that cannot work, or that would send mail in the clear.
func (m *Mail) Check() error {
	host, port, err := net.SplitHostPort(m.Address)
	if n, bad := strconv.Atoi(port); err != nil || host == "" || bad != nil || n < 1 || n > 65535 {
		return fmt.Errorf("邮件服务器 %s 应写作 主机:端口", m.Address)
	}
	if !GoodMail(m.From) {
		return errors.New("请用 --smtp-from 写明发件地址")
	}
	if ip := net.ParseIP(host); m.TLS == TLSNone && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errors.New("--smtp-tls=none 只能用于本机的邮件服务")
	}
	if m.TLS == TLSNone && m.User != "" {
		return errors.New("--smtp-tls=none 时不能登录：口令不在明文连接上发送")
	}
	return nil
}

// GoodMail reports whether a text is one plain address.
func GoodMail(text string) bool {
	name, domain, ok := strings.Cut(text, "@")
	if !ok || name == "" || len(text) > 254 || strings.ContainsAny(text, " \t\r\n,;:<>()[]\\\"") || strings.Contains(domain, "@") {
		return false
	}
	return strings.Contains(strings.Trim(domain, "."), ".") || domain == "localhost"
}

// Send sends the notice. Sent again it has the same Message-ID, by which mail programs know it.
func (m *Mail) Send(ctx context.Context, n Notice) error {
	msg, err := m.message(n)
	if err != nil {
		return Fault{Code: NoSuchMail, Final: true, Unsent: true}
	}
	client, err := m.client()
	if err != nil {
		return Fault{Code: Unreachable, Unsent: true}
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if err := client.DialWithContext(ctx); err != nil {
		return m.fault(err)
	}
	defer client.Close() // the mail is taken or refused by then
	if err := client.Send(msg); err != nil && !msg.IsDelivered() {
		return m.fault(err)
	}
	return nil
}

func (m *Mail) message(n Notice) (*mail.Msg, error) {
	msg := mail.NewMsg()
	if err := msg.FromFormat("守望", m.From); err != nil {
		return nil, err
	}
	if err := msg.To(n.To); err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(m.From, "@")
	msg.Subject("【守望】" + n.Title)
	msg.SetDate()
	msg.SetMessageIDWithValue(n.ID + "@" + domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(mail.TypeTextPlain, n.text()+"\n\n本邮件由系统发出，请勿回复。在“消息 → 提醒方式”中可以停止邮件。\n")
	return msg, nil
}

func (m *Mail) client() (*mail.Client, error) {
	host, port, err := net.SplitHostPort(m.Address)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	options := []mail.Option{mail.WithPort(n), mail.WithTimeout(sendTimeout), mail.WithTLSConfig(&tls.Config{ServerName: host, RootCAs: m.Roots, MinVersion: tls.VersionTLS12})}
	switch m.TLS {
	case TLSImplicit:
		options = append(options, mail.WithSSL())
	case TLSStart:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	default:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	}
	if m.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.User), mail.WithPassword(m.Password))
	}
	return mail.NewClient(host, options...)
}

// fault tells what the mail server said. What it refuses about one receiver says nothing of the others.
func (m *Mail) fault(err error) Fault {
	var send *mail.SendError
	var said *textproto.Error
	switch {
	case errors.As(err, &send) && send.Reason == mail.ErrSMTPRcptTo && !send.IsTemp():
		return Fault{Code: NoSuchMail, Final: true}
	case errors.As(err, &send) && send.ErrorCode() != 0:
		return Fault{Code: ServerFault}
	case errors.As(err, &said) && slices.Contains([]int{530, 534, 535, 538}, said.Code), errors.Is(err, mail.ErrNoSupportedAuthDiscovered):
		return Fault{Code: LoginRefused}
	case errors.As(err, &said):
		return Fault{Code: ServerFault}
	}
	return broken(err)
}
