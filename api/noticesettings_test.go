package api

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/models"
)

const goodRobot = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx"

func robotInput(more object) object {
	return with(object{"kind": "wecom", "title": "石桥村工作群", "address": goodRobot}, more)
}

func onEach(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			f(t, newWorld(t, dialect))
		})
	}
}

// An address is used once a code that was sent there has come back, in time and after few wrong ones; nobody sees the whole of it.
func TestAMailAddressIsConfirmed(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		const url, address = basePath + "/me/notices", "wang.cadre@county.example"
		secret := func() models.NoticeSecret {
			var row models.NoticeSettings
			require.NoError(t, w.store.DB.Where("user_id = ?", "u-cadre").Take(&row).Error)
			require.NotContains(t, string(row.Sealed), "county.example")
			s, err := row.Secret(w.store.Vault)
			require.NoError(t, err)
			return s
		}
		ask := func(status int, code string) {
			w.do(t, call{user: "cadre", method: "POST", url: url + "/mail", body: object{"mail": address}, status: status, code: code, not: []string{address}})
		}
		confirm := func(given string, status int, code string) {
			w.do(t, call{user: "cadre", method: "POST", url: url + "/mail/confirm", body: object{"code": given}, status: status, code: code, not: []string{address}})
		}
		wrong := func(code string) string { return map[bool]string{true: "111111", false: "000000"}[code == "000000"] }

		w.do(t, call{user: "cadre", method: "GET", url: url, status: 200, want: []string{`"mail_server":true`, `"quiet_from":"21:00"`, `"quiet_own":false`}, not: []string{`"mail":`}})
		confirm("123456", 409, "no_code")
		w.do(t, call{user: "cadre", method: "POST", url: url + "/mail", body: object{"mail": "nobody, a@b.c"}, status: 422, code: "not_a_mail"})
		ask(200, "")
		ask(429, "too_soon")
		require.Equal(t, address, secret().Pending)
		require.Empty(t, secret().Mail)
		w.do(t, call{user: "cadre", method: "POST", url: url + "/test", status: 409, code: "no_mail"})
		w.do(t, call{user: "cadre2", method: "POST", url: url + "/mail/confirm", body: object{"code": secret().Code}, status: 409, code: "no_code"})

		for range codeTries { // the good one is of no use any more
			confirm(wrong(secret().Code), 422, "wrong_code")
		}
		confirm(secret().Code, 409, "no_code")

		w.idle(sendAgain)
		ask(200, "")
		idle := func(d time.Duration) { // on and off, or the session ends
			w.idle(d / 2)
			w.do(t, call{user: "cadre", method: "GET", url: url, status: 200})
			w.idle(d - d/2)
		}
		idle(sendUntil)
		confirm(secret().Code, 409, "no_code")
		ask(200, "")
		idle(sendUntil - time.Second)
		confirm(secret().Code, 200, "")
		require.Equal(t, models.NoticeSecret{Mail: address}, secret())
		w.do(t, call{user: "cadre", method: "GET", url: url, status: 200, want: []string{`"mail":"w***@county.example"`}, not: []string{address}})
		w.do(t, call{user: "cadre", method: "POST", url: url + "/test", status: 200, want: []string{`"last_test"`}})
		var sent []models.Delivery
		require.NoError(t, w.store.DB.Where("target = ?", "u-cadre").Order("id").Find(&sent).Error)
		require.Len(t, sent, 4, "three codes and a test wait for the server that sends")
		w.do(t, call{user: "cadre", method: "DELETE", url: url + "/mail", status: 204})
		require.Equal(t, models.NoticeSecret{}, secret())
	})
}

func TestWaysAndQuietTime(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		const url = basePath + "/me/notices"
		choices := object{"digest": []string{"mail"}, "urgent": []string{"mail", "robot"}, "remind": []string{}, "personal": []string{}}
		put := func(more object, status int, code string, want ...string) {
			w.do(t, call{user: "cadre", method: "PUT", url: url, body: with(choices, more), status: status, code: code, want: want})
		}
		put(nil, 200, "", `"quiet_own":false`)
		put(object{"quiet_from": "22:30", "quiet_until": "06:00"}, 200, "", `"quiet_from":"22:30"`, `"quiet_own":true`)
		put(object{"quiet_from": "22:30"}, 422, "required")
		put(object{"quiet_from": "24:00", "quiet_until": "06:00"}, 400, "wrong_format")
		put(object{"personal": []string{"robot"}}, 422, "way_not_allowed")
		put(object{"digest": []string{"sms"}}, 400, "")
		w.do(t, call{user: "cadre", method: "GET", url: url, status: 200, want: []string{`"ways":["mail"]`, `"ways":["mail","robot"]`, `"quiet_until":"06:00"`}})
		w.do(t, call{user: "cadre2", method: "GET", url: url, status: 200, want: []string{`"quiet_own":false`}})
	})
}

// The system administrator keeps the robots of his area; the address is seen by nobody any more, and every act is on record.
func TestRobotsOfOffices(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.administrators()
		const url = basePath + "/robots"
		key := map[string]string{"Idempotency-Key": "robot-key-1"}
		add := call{user: "sys", method: "POST", url: url, body: robotInput(object{"region_code": village, "secret": "SEC-9"}), headers: key, status: 200, want: []string{`"host":"qyapi.weixin.qq.com"`, `"signed":true`}, not: []string{"693a91f6", "SEC-9"}}
		made := decode[struct{ ID string }](t, w.do(t, add))
		require.Equal(t, made, decode[struct{ ID string }](t, w.do(t, add)), "the same key makes one")
		for _, bad := range []object{{"address": "https://10.0.0.1/cgi-bin/webhook/send?key=k"}, {"address": "http://127.0.0.1:8233/"}, {"kind": "feishu"}} {
			w.do(t, call{user: "sys", method: "POST", url: url, body: robotInput(with(bad, object{"region_code": village})), status: 422, code: "robot_address", not: []string{"10.0.0.1", "127.0.0.1", "693a91f6"}})
		}
		w.do(t, call{user: "sys", method: "POST", url: url, body: robotInput(object{"region_code": "510999"}), status: 422, code: "unknown_region"})
		for _, user := range []string{"cadre", "county", "sec", "log"} {
			w.do(t, call{user: user, method: "GET", url: url, status: 403})
			w.do(t, call{user: user, method: "POST", url: url + "/" + made.ID + "/test", status: 403})
			w.do(t, call{user: user, method: "DELETE", url: url + "/" + made.ID, status: 403})
		}
		w.do(t, call{user: "sys", method: "GET", url: url, status: 200, want: []string{made.ID, "石桥村", `"server":"mail.county.example:587"`}, not: []string{"693a91f6", "SEC-9"}})
		w.do(t, call{user: "cadre", method: "GET", url: basePath + "/me/notices", status: 200, want: []string{`"groups":["石桥村工作群"]`}})
		for _, user := range []string{"town", "farmer"} { // of another office; of a household
			w.do(t, call{user: user, method: "GET", url: basePath + "/me/notices", status: 200, want: []string{`"groups":[]`}})
		}

		w.do(t, call{user: "sys", method: "POST", url: url + "/" + made.ID + "/test", status: 200, want: []string{`"state":"waiting"`}})
		w.do(t, call{user: "sys", method: "POST", url: url + "/" + made.ID + "/test", status: 429, code: "too_soon"})
		edit := object{"title": "村群", "disabled": true, "row_version": 1}
		w.do(t, call{user: "sys", method: "PUT", url: url + "/" + made.ID, body: edit, status: 200, want: []string{`"disabled":true`, `"signed":true`}})
		w.do(t, call{user: "sys", method: "PUT", url: url + "/" + made.ID, body: edit, status: 409, code: "row_version"})
		w.do(t, call{user: "sys", method: "PUT", url: url + "/" + made.ID, body: object{"title": "村群", "disabled": false, "row_version": 2, "address": strings.Replace(goodRobot, "693a91f6", "another", 1)}, status: 200, want: []string{`"signed":false`}})
		w.do(t, call{user: "sys", method: "DELETE", url: url + "/" + made.ID, status: 204})
		w.do(t, call{user: "sys", method: "DELETE", url: url + "/" + made.ID, status: 404})
		var acts []string
		require.NoError(t, w.store.DB.Model(&models.AdminAct{}).Where("kind LIKE 'robot.%'").Order("seq").Pluck("kind", &acts).Error)
		require.Equal(t, []string{"robot.add", "robot.test", "robot.edit", "robot.edit", "robot.remove"}, acts)
	})
}

// A message says where it has gone besides; it can be looked for by kind, and all can be read at once: one's own.
func TestMessagesSayWhereTheyWent(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		clue, now := w.openClue(t, "household-1", "cadre"), w.clock()
		tell := func(user, id, caseID string, urgent bool, no int) {
			w.create(&models.Message{ID: id, UserID: user, CaseID: caseID, ClockID: "k-" + id, RungNo: no, Kind: "remind", Title: "标题" + id, Body: "内容", Urgent: urgent, DeliverAt: now, CreatedAt: now})
		}
		tell("u-cadre", "m-remind", clue, false, 1)
		tell("u-cadre", "m-urgent", clue, true, 2)
		tell("u-cadre", "m-account", "", true, 3)
		tell("u-cadre2", "m-other", clue, true, 4)
		post := func(target, event, state, fault string) {
			d := models.Delivery{ID: models.NewID(), Way: models.WayMail, Target: target, Kind: models.NoticeUrgent, Event: event, State: state, Fault: fault, HoldUntil: now, RetryAt: now, GiveUpAt: now, CreatedAt: now}
			if state != models.DeliveryWaiting {
				d.EndedAt = &now
			}
			w.create(&d)
		}
		post("u-cadre", "k-m-urgent#2", models.DeliveryFailed, "unreachable")
		post("u-cadre", "digest#2026-03-10", models.DeliverySent, "") // which went out at nine; the clock stands at noon
		post("u-cadre", "digest#2026-03-11", models.DeliveryWaiting, "")
		post("u-cadre2", "k-m-urgent#2", models.DeliverySent, "")
		list := func(query string, want, not []string) {
			w.do(t, call{user: "cadre", method: "GET", url: basePath + "/messages" + query, status: 200, want: want, not: not})
		}
		list("", []string{"m-remind", "m-urgent", "m-account", "没有送到", "连接不上", "等待送出"}, []string{"m-other", "已送到"})
		list("?about=urgent", []string{"m-urgent"}, []string{"m-remind", "m-account"})
		list("?about=remind", []string{"m-remind"}, []string{"m-urgent", "m-account"})
		list("?about=personal", []string{"m-account"}, []string{"m-remind", "m-urgent"})
		w.do(t, call{user: "cadre", method: "GET", url: basePath + "/messages?about=others", status: 400})
		w.do(t, call{user: "cadre", method: "POST", url: basePath + "/messages/read", status: 200, want: []string{`"read":3`}})
		w.do(t, call{user: "cadre", method: "POST", url: basePath + "/messages/read", status: 200, want: []string{`"read":0`}})
		list("?unread=true", []string{`"groups":[]`}, nil)
		w.do(t, call{user: "cadre2", method: "GET", url: basePath + "/messages?unread=true", status: 200, want: []string{"m-other"}})
	})
}
