package api

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"shouwang/api/gen"
	"shouwang/internal/notify"
	"shouwang/models"
	"shouwang/procedure"
)

// How somebody wants to be told outside of the application. A mail address is used once its owner has shown that he reads what
// is sent there: otherwise one could have another's mailbox filled.

// codeTries is how often a wrong code may be given.
const codeTries = 5

var noticeTitles = map[string]string{models.NoticeDigest: "晨报：工作日早上汇总一次", models.NoticeUrgent: "超期、督办等紧急提醒", models.NoticeRemind: "普通提醒，逐条", models.NoticePersonal: "与本人账号、请假代办有关的消息"}

// waysOf are those that a kind may take: what concerns an account is no business of a group.
func waysOf(kind string) []string {
	if kind == models.NoticePersonal {
		return []string{models.WayMail}
	}
	return []string{models.WayMail, models.WayRobot}
}

func (s *server) noticeSettings(ctx context.Context, user string) (*models.NoticeSettings, models.NoticeSecret, error) {
	row := &models.NoticeSettings{}
	err := s.db(ctx).Where("user_id = ?", user).Take(row).Error
	if models.Missing(err) {
		return &models.NoticeSettings{UserID: user, Choices: map[string][]string{}}, models.NoticeSecret{}, nil
	}
	if err != nil {
		return nil, models.NoticeSecret{}, err
	}
	secret, err := row.Secret(s.engine.Store.Vault)
	return row, secret, err
}

func (s *server) keepSettings(ctx context.Context, row *models.NoticeSettings, secret models.NoticeSecret, columns ...string) error {
	if err := row.SetSecret(s.engine.Store.Vault, secret); err != nil {
		return err
	}
	row.UpdatedAt = s.now().UTC().Truncate(time.Microsecond)
	instead := clause.OnConflict{Columns: []clause.Column{{Name: "user_id"}}, DoUpdates: clause.AssignmentColumns(append(columns, "updated_at"))}
	return s.db(ctx).Clauses(instead).Create(row).Error
}

// mailColumns are those that change with an address.
var mailColumns = []string{"sealed", "mail_at", "code_until", "code_tries"}

// GetNoticeSettings shows them; of an address only its ends.
func (s *server) GetNoticeSettings(ctx context.Context, _ gen.GetNoticeSettingsRequestObject) (gen.GetNoticeSettingsResponseObject, error) {
	out, err := s.settingsView(ctx)
	return gen.GetNoticeSettings200JSONResponse(out), err
}

func (s *server) settingsView(ctx context.Context) (gen.NoticeSettings, error) {
	v := viewerOf(ctx)
	row, secret, err := s.noticeSettings(ctx, v.user.ID)
	if err != nil {
		return gen.NoticeSettings{}, err
	}
	out := gen.NoticeSettings{QuietFrom: row.QuietFrom, QuietUntil: row.QuietUntil, QuietOwn: row.QuietFrom != "", MailServer: s.mail != nil, Mail: maskedMail(secret.Mail), Groups: []string{}}
	if row.CodeUntil != nil && s.now().Before(*row.CodeUntil) {
		out.MailPending = maskedMail(secret.Pending)
	}
	for _, kind := range models.NoticeKinds {
		k := gen.NoticeKind{Kind: gen.NoticeKindKind(kind), Title: noticeTitles[kind], Ways: []gen.NoticeKindWays{}, Allowed: []gen.NoticeKindAllowed{}}
		for _, w := range waysOf(kind) {
			k.Allowed = append(k.Allowed, gen.NoticeKindAllowed(w))
			if slices.Contains(row.Ways(kind), w) {
				k.Ways = append(k.Ways, gen.NoticeKindWays(w))
			}
		}
		out.Kinds = append(out.Kinds, k)
	}
	quiet, err := s.engine.QuietOf(s.db(ctx), row, v.user.Area)
	if err != nil {
		return out, err
	}
	out.QuietFrom, out.QuietUntil = timeOfDay(quiet.From), timeOfDay(quiet.Until)
	robots, err := s.robotsOf(ctx, v)
	if err != nil {
		return out, err
	}
	for _, r := range robots {
		out.Groups = append(out.Groups, r.Title)
	}
	if out.LastTest, err = s.lastDelivery(ctx, v.user.ID, "邮箱", models.NoticeTest); err != nil {
		return out, err
	}
	out.LastCode, err = s.lastDelivery(ctx, v.user.ID, "邮箱", models.NoticeCode)
	return out, err
}

func timeOfDay(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

// maskedMail is an address by which its owner knows it.
func maskedMail(address string) string {
	name, domain, ok := strings.Cut(address, "@")
	if !ok {
		return ""
	}
	return string([]rune(name)[:1]) + "***@" + domain
}

// PutNoticeSettings changes ways and quiet time.
func (s *server) PutNoticeSettings(ctx context.Context, r gen.PutNoticeSettingsRequestObject) (gen.PutNoticeSettingsResponseObject, error) {
	in := r.Body
	if (in.QuietFrom == "") != (in.QuietUntil == "") {
		return nil, invalidField("quiet_until", "required", "免打扰的开始和结束须一并填写")
	}
	row, secret, err := s.noticeSettings(ctx, viewerOf(ctx).user.ID)
	if err != nil {
		return nil, err
	}
	row.Choices, row.QuietFrom, row.QuietUntil = map[string][]string{}, in.QuietFrom, in.QuietUntil
	for kind, ways := range map[string]gen.NoticeWays{models.NoticeDigest: in.Digest, models.NoticeUrgent: in.Urgent, models.NoticeRemind: in.Remind, models.NoticePersonal: in.Personal} {
		row.Choices[kind] = []string{}
		for _, w := range ways {
			if !slices.Contains(waysOf(kind), string(w)) {
				return nil, invalidField(kind, "way_not_allowed", "与本人有关的消息不发到群里")
			}
			row.Choices[kind] = append(row.Choices[kind], string(w))
		}
	}
	if err := s.keepSettings(ctx, row, secret, "choices", "quiet_from", "quiet_until"); err != nil {
		return nil, err
	}
	out, err := s.settingsView(ctx)
	return gen.PutNoticeSettings200JSONResponse(out), err
}

// AskNoticeMail sends a code to an address. The one in use stays until the new one is confirmed.
func (s *server) AskNoticeMail(ctx context.Context, r gen.AskNoticeMailRequestObject) (gen.AskNoticeMailResponseObject, error) {
	v, address := viewerOf(ctx), strings.TrimSpace(r.Body.Mail)
	if !notify.GoodMail(address) {
		return nil, invalidField("mail", "not_a_mail", "请填写一个邮箱地址，如 zhang@county.example")
	}
	if s.mail == nil {
		return nil, procedure.Refuse(procedure.Conflict, "no_mail_server", "本系统没有设置邮件服务器，请联系系统管理员")
	}
	row, secret, err := s.noticeSettings(ctx, v.user.ID)
	if err != nil {
		return nil, err
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return nil, err
	}
	if err := s.sendNow(ctx, models.WayMail, v.user.ID, models.NoticeCode); err != nil {
		return nil, err
	}
	secret.Pending, secret.Code = address, fmt.Sprintf("%06d", n)
	row.CodeUntil, row.CodeTries = new(s.now().UTC().Truncate(time.Microsecond).Add(sendUntil)), 0
	if err := s.keepSettings(ctx, row, secret, mailColumns...); err != nil {
		return nil, err
	}
	out, err := s.settingsView(ctx)
	return gen.AskNoticeMail200JSONResponse(out), err
}

// ConfirmNoticeMail takes the code that was sent, a few times.
func (s *server) ConfirmNoticeMail(ctx context.Context, r gen.ConfirmNoticeMailRequestObject) (gen.ConfirmNoticeMailResponseObject, error) {
	row, secret, err := s.noticeSettings(ctx, viewerOf(ctx).user.ID)
	if err != nil {
		return nil, err
	}
	if secret.Pending == "" || row.CodeUntil == nil || !s.now().Before(*row.CodeUntil) || row.CodeTries >= codeTries {
		return nil, procedure.Refuse(procedure.Conflict, "no_code", "没有等待确认的邮箱，或者确认码已失效，请重新登记")
	}
	// Counted first, so that many at once are no more than a few.
	counted := s.db(ctx).Model(&models.NoticeSettings{}).Where("user_id = ? AND code_tries = ?", row.UserID, row.CodeTries).Update("code_tries", row.CodeTries+1)
	if counted.Error != nil {
		return nil, counted.Error
	}
	if counted.RowsAffected == 0 {
		return nil, tooMany("too_many", "请求过于频繁，请稍后再试", 1)
	}
	if subtle.ConstantTimeCompare([]byte(secret.Code), []byte(r.Body.Code)) != 1 {
		return nil, invalidField("code", "wrong_code", "确认码不对，请核对邮件中的六位数字")
	}
	secret = models.NoticeSecret{Mail: secret.Pending}
	row.MailAt, row.CodeUntil, row.CodeTries = new(s.now().UTC().Truncate(time.Microsecond)), nil, 0
	if err := s.keepSettings(ctx, row, secret, mailColumns...); err != nil {
		return nil, err
	}
	out, err := s.settingsView(ctx)
	return gen.ConfirmNoticeMail200JSONResponse(out), err
}

// RemoveNoticeMail forgets the address.
func (s *server) RemoveNoticeMail(ctx context.Context, _ gen.RemoveNoticeMailRequestObject) (gen.RemoveNoticeMailResponseObject, error) {
	row, _, err := s.noticeSettings(ctx, viewerOf(ctx).user.ID)
	if err == nil {
		row.MailAt, row.CodeUntil, row.CodeTries = nil, nil, 0
		err = s.keepSettings(ctx, row, models.NoticeSecret{}, mailColumns...)
	}
	return gen.RemoveNoticeMail204Response{}, err
}

// TestNoticeMail sends something to one's own address.
func (s *server) TestNoticeMail(ctx context.Context, _ gen.TestNoticeMailRequestObject) (gen.TestNoticeMailResponseObject, error) {
	v := viewerOf(ctx)
	row, _, err := s.noticeSettings(ctx, v.user.ID)
	if err != nil {
		return nil, err
	}
	if row.MailAt == nil {
		return nil, procedure.Refuse(procedure.Conflict, "no_mail", "还没有确认过的邮箱")
	}
	if err := s.sendNow(ctx, models.WayMail, v.user.ID, models.NoticeTest); err != nil {
		return nil, err
	}
	out, err := s.settingsView(ctx)
	return gen.TestNoticeMail200JSONResponse(out), err
}
