// Package notify carries notices out of the server: by mail to a person, and to the robot of an office's group chat. What is
// sent names nobody; who composes it sees to that.
package notify

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"
)

// Notice is what goes out.
type Notice struct {
	ID    string // the same whenever it is sent again
	To    string // the address, of mail only
	Title string
	Lines []string
	Link  string // "" for none
}

// text is the notice as plain text below its title.
func (n Notice) text() string {
	lines := n.Lines
	if n.Link != "" {
		lines = append(lines[:len(lines):len(lines)], n.Link)
	}
	return strings.Join(lines, "\n")
}

// Channel is a way out. What it answers is nil, or a Fault.
type Channel interface {
	Send(ctx context.Context, n Notice) error
}

// Codes of faults.
const (
	Unreachable  = "unreachable"
	Timeout      = "timeout"
	Limited      = "limited"
	ServerFault  = "server_fault"
	BadAnswer    = "bad_answer"
	Refused      = "refused"       // the robot's address or its secret is wrong, or the group has it no more
	LoginRefused = "login_refused" // the mail server does not know us
	NoSuchMail   = "no_such_mail"
)

// words of the faults, for the screen.
var words = map[string]string{
	Unreachable: "连接不上", Timeout: "对方没有答复", Limited: "对方限制发送次数，稍后再发", ServerFault: "对方系统故障", BadAnswer: "对方的答复无法识别",
	Refused: "对方拒绝，请核对机器人地址和密钥", LoginRefused: "邮件服务器拒绝登录，请告知系统管理员", NoSuchMail: "邮箱地址被拒收",
}

// Words tells a fault.
func Words(code string) string { return words[code] }

// Fault says why a notice did not go out, in words of our own: what the other side said may repeat its address, which is a secret.
type Fault struct {
	Code string
	// Final says that it does no good to send again.
	Final bool
	// After is when it may do good; 0 leaves that to the sender.
	After time.Duration
	// Unsent says that nothing was asked of the other side.
	Unsent bool
}

func (f Fault) Error() string { return "notice: " + f.Code }

// broken is the fault of a connection.
func broken(err error) Fault {
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return Fault{Code: Timeout}
	}
	return Fault{Code: Unreachable}
}
