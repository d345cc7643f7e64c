package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSettingsOfNotices(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), mode))
		return path
	}
	secret := write("secret", "kou-ling\n", 0o600)
	good := NoticeOptions{PublicURL: "https://case.example", SMTPAddress: "mail.county.example:587", SMTPTLS: "starttls", SMTPUser: "shouwang", SMTPPasswordFile: secret, SMTPFrom: "shouwang@county.example", RobotOrigins: []string{"https://gw.county.example:8443"}}
	m, robots, err := good.notices()
	require.NoError(t, err)
	require.Equal(t, "kou-ling", m.Password)
	require.NoError(t, robots.Check("wecom", "https://gw.county.example:8443/x"))
	none, _, err := NoticeOptions{}.notices()
	require.NoError(t, err)
	require.Nil(t, none)
	for name, spoil := range map[string]func(o *NoticeOptions){
		"a password that others can read": func(o *NoticeOptions) { o.SMTPPasswordFile = write("open", "x", 0o644) },
		"no password":                     func(o *NoticeOptions) { o.SMTPPasswordFile = "" },
		"no user":                         func(o *NoticeOptions) { o.SMTPUser = "" },
		"no sender":                       func(o *NoticeOptions) { o.SMTPFrom = "" },
		"mail in the clear":               func(o *NoticeOptions) { o.SMTPTLS, o.SMTPUser, o.SMTPPasswordFile = "none", "", "" },
		"no certificate":                  func(o *NoticeOptions) { o.SMTPCA = secret },
		"no origin":                       func(o *NoticeOptions) { o.RobotOrigins = []string{"gw.county.example"} },
	} {
		o := good
		spoil(&o)
		_, _, err := o.notices()
		require.Error(t, err, name)
	}
}
