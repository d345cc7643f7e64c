package api

import (
	"fmt"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// sealedWords are the reasons and notes that are sealed, and those of a rule, which is policy and no matter of anybody.
var sealedWords = []string{"moveVersion.reason", "moveToPolicy.reason", "actOnFormRecord.note", "startRun.rule.basis", "attach.facts.signed.reason", "attachToFormRecord.facts.signed.reason"}

// What people write down as a reason, a purpose, a basis or a note stands in the clear, or it is sealed.
func TestReasonsRefusePersonalData(t *testing.T) {
	t.Parallel()
	spec, err := Spec()
	require.NoError(t, err)
	n := 0
	var look func(at string, s *openapi3.Schema)
	look = func(at string, s *openapi3.Schema) {
		for _, name := range sortedKeys(s.Properties) {
			of, place := s.Properties[name].Value, at+"."+name
			if slices.Contains([]string{"reason", "purpose", "basis", "note"}, name) && of.Type.Is("string") && of.Enum == nil {
				n++
				require.Equal(t, slices.Contains(sealedWords, place), of.Format != inClear, place)
			}
			look(place, of)
			if of.Items != nil {
				look(place, of.Items.Value)
			}
		}
	}
	for _, item := range spec.Paths.Map() {
		for _, op := range item.Operations() {
			if op.RequestBody == nil {
				continue
			}
			for _, media := range op.RequestBody.Value.Content {
				look(op.OperationID, media.Schema.Value)
			}
		}
	}
	require.Greater(t, n, len(sealedWords)+20)
}

func TestNumbersDoNotStandInTheClear(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administrators()
	number := "本人申请，电话" + headPhone
	for i, c := range []call{
		{user: "sec", url: "/accounts/u-cadre/grants", body: object{"role": "village_monitor", "region_code": village, "from": "2026-03-10", "basis": number}},
		{user: "sec", url: "/grants/g-cadre/end", body: object{"reason": number}},
		{user: "sys", method: "PUT", url: "/accounts/u-cadre", body: object{"name": "测cadre", "disabled": true, "reason": number}},
		{user: "sec", url: "/admin-requests/nothing", body: object{"approve": true, "note": number}},
		{user: "county", url: "/engagements", body: object{"user_id": "u-auditor", "title": number, "basis": "审通〔2026〕9号", "areas": []string{township}, "from": "2026-03-10", "until": "2026-04-30"}},
		{user: "county", url: "/engagements", body: object{"user_id": "u-auditor", "title": "专项审计", "basis": number, "areas": []string{township}, "from": "2026-03-10", "until": "2026-04-30"}},
		{user: "auditor", url: "/cases/nothing/unmask", body: object{"seq": 1, "field": "content", "purpose": number}},
		{user: "cadre", url: "/me/tokens", body: object{"name": number, "scopes": []string{"self"}, "days": 1, "password": password}},
	} {
		c.name, c.url, c.status, c.code = fmt.Sprint(i), basePath+c.url, 400, "personal_data"
		if c.method == "" {
			c.method = "POST"
		}
		w.do(t, c)
	}
}
