package api

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/models"
)

// The key of a phone is the account's own, the same on each of its phones and after each sign-in, and sealed with us.
func TestPhoneKey(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			url := basePath + "/me/phone-key"
			open := func(user string) gen.PhoneKey {
				return decode[gen.PhoneKey](t, w.do(t, call{user: user, method: "POST", url: url, status: 200}))
			}
			first := open("cadre")
			key, err := base64.StdEncoding.DecodeString(first.Key)
			require.NoError(t, err)
			require.Len(t, key, phoneKeySize)
			require.Equal(t, 7, first.Days)
			require.Equal(t, "u-cadre", first.User.ID)
			require.Equal(t, first, open("cadre"))
			require.NotEqual(t, first.Key, open("town").Key)
			w.do(t, call{method: "POST", url: url, status: 401, code: "not_signed_in"})
			var row models.PhoneKey
			require.NoError(t, w.store.DB.Where("user_id = ?", "u-cadre").Take(&row).Error)
			require.NotContains(t, string(row.Sealed), string(key))
			w.idle(sessionIdle + time.Minute)
			w.do(t, call{name: "lapsed", user: "cadre", method: "POST", url: url, status: 401, code: "not_signed_in"})
		})
	}
}

// What is taken along shows what the pages of the household show, and that it left is kept.
func TestHouseholdCopy(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			url := basePath + "/households/household-1/copy"
			rec := w.do(t, call{user: "cadre", method: "GET", url: url + "?forms=f1,annex6", status: 200, not: []string{headID}})
			got := decode[gen.HouseholdCopy](t, rec)
			page := decode[gen.Household](t, w.do(t, call{user: "cadre", method: "GET", url: basePath + "/households/household-1", status: 200}))
			require.Equal(t, page, got.Household)
			members := decode[gen.MemberList](t, w.do(t, call{user: "cadre", method: "GET", url: basePath + "/households/household-1/members", status: 200}))
			require.NotEmpty(t, members.Items)
			require.Equal(t, members.Items, got.Members)
			require.Len(t, got.Blanks, 2)
			require.Equal(t, []string{"f1", "annex6"}, []string{got.Blanks[0].Info.Code, got.Blanks[1].Info.Code})
			blank := decode[gen.FormBlank](t, w.do(t, call{user: "cadre", method: "GET", url: basePath + "/forms/blank?form=f1&household_id=household-1", status: 200}))
			require.NotEmpty(t, blank.Answers)
			require.Equal(t, blank.Answers, got.Blanks[0].Answers)
			var log models.AccessLog
			require.NoError(t, w.store.DB.Where("action = ?", "copy").Take(&log).Error)
			require.Equal(t, []string{"u-cadre", "household-1", "households"}, []string{log.UserID, log.HouseholdID, log.Table})

			without := decode[gen.HouseholdCopy](t, w.do(t, call{user: "cadre", method: "GET", url: url, status: 200}))
			require.Empty(t, without.Blanks)
			w.do(t, call{name: "another village", user: "far_cadre", method: "GET", url: url, status: 404, code: "not_found", not: []string{"罗守田"}})
			w.do(t, call{name: "no such form", user: "cadre", method: "GET", url: url + "?forms=f99", status: 409, code: "form_unknown"})
			w.do(t, call{name: "seven forms", user: "cadre", method: "GET", url: url + "?forms=f1,f1,f1,f1,f1,f1,f1", status: 400})
		})
	}
}
