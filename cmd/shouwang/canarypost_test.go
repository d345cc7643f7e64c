package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/canary"
	"shouwang/internal/demo"
	"shouwang/internal/notify"
	"shouwang/internal/notify/receivers"
	"shouwang/models"
)

// inPost is what leaves the server by mail and to the robots of groups.
const inPost = "mail and group messages"

// receiverPatience is how long a group that has been told much may keep a further message waiting.
const receiverPatience = 2 * time.Minute

// post are the other sides of it.
type post struct {
	mail *receivers.Mail
	hall *receivers.Robots
}

// receives leads what goes out to receivers, before anything does.
func (v *aviary) receives() {
	t := v.t
	v.post = post{receivers.NewMail(t, false), receivers.NewRobots(t, "feishu", "SEC")}
	out := v.app.cases.Post
	out.Mail = &notify.Mail{Address: v.post.mail.Address, TLS: notify.TLSStart, User: receivers.MailUser, Password: receivers.MailPassword, From: "shouwang@county.example", Roots: v.post.mail.Roots}
	out.Robots.Origins, out.Robots.Client, out.PublicURL = []string{v.post.hall.URL}, v.post.hall.Client(), "https://case.example"
}

// everybodyIsTold gives every account a mail address and the offices above the play's village a robot each, and everybody wants
// everything by every way, at any time.
func (v *aviary) everybodyIsTold() {
	t, store, now := v.t, v.app.engine.Store, v.app.engine.Clock.Now()
	var users []string
	require.NoError(t, store.DB.Model(&models.User{}).Pluck("id", &users).Error)
	ways := []string{models.WayMail, models.WayRobot}
	for _, id := range users {
		s := models.NoticeSettings{UserID: id, MailAt: &now, QuietFrom: "00:00", QuietUntil: "00:00", UpdatedAt: now,
			Choices: map[string][]string{models.NoticeDigest: ways, models.NoticeUrgent: ways, models.NoticeRemind: ways, models.NoticePersonal: {models.WayMail}}}
		require.NoError(t, s.SetSecret(store.Vault, models.NoticeSecret{Mail: id + "@county.example"}))
		require.NoError(t, store.DB.Create(&s).Error)
	}
	village := demo.Village(1)
	for _, area := range []string{village, village[:9], village[:6]} {
		r := models.Robot{ID: "robot-" + area, Kind: "feishu", Title: area, RegionCode: area, CreatedAt: now, UpdatedAt: now}
		require.NoError(t, r.SetSecret(store.Vault, models.RobotSecret{Address: v.post.hall.Address(), Secret: "SEC"}))
		require.NoError(t, store.DB.Create(&r).Error)
	}
}

// look searches all that was received.
func (p post) look(t *testing.T, s *canary.Search) {
	t.Helper()
	if p.mail == nil {
		return
	}
	mails, cases := p.mail.Got(), 0
	for _, g := range mails {
		s.Look(inPost, []byte(g.Text+g.Plain()))
		if strings.Contains(g.Plain(), "https://case.example/cases/") {
			cases++
		}
	}
	for _, g := range p.hall.Got() {
		s.Look(inPost, []byte(g.Text))
	}
	require.Positive(t, cases, "mail about cases came, among %d", len(mails))
	require.NotEmpty(t, p.hall.Got(), "groups were told")
}

// tellsGroup sends a word to a group, past whatever composes notices.
func (v *aviary) tellsGroup(word string) {
	ch, err := v.app.cases.Post.Robots.Channel("leak", "feishu", v.post.hall.Address(), "SEC")
	require.NoError(v.t, err)
	require.Eventually(v.t, func() bool { return ch.Send(v.t.Context(), notify.Notice{Title: word}) == nil }, receiverPatience, receiverPatience/50)
}
