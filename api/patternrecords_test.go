package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/models"
)

// What an auditor is told of forms outside of cases: those of the places of his engagement, if that is not for some kinds of
// cases only, by a link that opens; of others nothing, not even that there is one more.
func TestPatternHitsInForms(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		hits := func(pattern, more string) []gen.PatternHit {
			return decode[gen.PatternHitPage](t, w.do(t, call{user: "auditor", method: "GET", url: basePath + "/audit/hits?pattern=" + pattern + more, status: 200})).Items
		}
		words := "家中劳动力外出务工，老人独自在家，照料有困难，需要持续关注"
		form := func(user, household string) string {
			id := w.formRecord(t, user, "screening_form", household, object{"problem": words})
			w.do(t, call{user: user, method: "POST", url: basePath + "/form-records/" + id + "/attachments", status: 201, body: upfile(t, "photo", "门前.png", png)})
			return id
		}
		near, far := form("cadre", "household-1"), form("far_cadre", "household-9")
		subjects := func(pattern, more string) (ids []string) {
			for _, h := range hits(pattern, more) {
				require.Empty(t, h.Case.ID)
				ids = append(ids, h.Record.ID)
			}
			return ids
		}
		for _, pattern := range []string{"evidence_reused", "text_copied"} {
			require.ElementsMatch(t, []string{near, far}, subjects(pattern, ""), pattern)
			require.Empty(t, subjects(pattern, "&village="+village), "the other one lies outside of what was asked for")
			require.Empty(t, subjects(pattern, "&procedure=risk_clue"), "a form is of no kind of case")
			require.Empty(t, subjects(pattern, "&from=2026-03-11"))
			require.Len(t, subjects(pattern, "&from=2026-03-10&until=2026-03-10"), 2)
			first := decode[gen.PatternHitPage](t, w.do(t, call{user: "auditor", method: "GET", url: basePath + "/audit/hits?limit=1&pattern=" + pattern, status: 200}))
			require.ElementsMatch(t, []string{near, far}, append(subjects(pattern, "&limit=1&cursor="+first.NextCursor), first.Items[0].Record.ID))
		}
		h := hits("text_copied", "")[1]
		require.Equal(t, "相同的文字还填写于其他1户", h.Text)
		require.NotEqual(t, h.Record.ID, h.OtherRecord.ID)
		require.NotContains(t, w.do(t, call{user: "auditor", method: "GET", url: basePath + "/audit/hits?pattern=text_copied", status: 200}).Body.String(), "务工", "a text is not told")
		w.do(t, call{user: "auditor", method: "GET", url: basePath + "/form-records/" + far, status: 200})
		rows := w.exported(t, "auditor", w.export(t, "auditor", "pattern_hits", object{"filter": object{"pattern": "evidence_reused"}}, 200))
		require.Len(t, rows, 4)
		require.Contains(t, rows[2], "防止返贫监测帮扶排查表")
		w.do(t, call{user: "auditor", method: "POST", url: auditURL + "/packages", body: object{"reason": "跟踪审计取证", "pattern": "evidence_reused"}, status: 422, code: "nothing_chosen"})

		// A case with the same: found by the forms alone, and taken out.
		clue := w.openClue(t, "household-2", "cadre")
		w.create(&models.Attachment{ID: "same", CaseID: clue, Kind: "photo", Name: "x.png", MIME: "image/png", SHA256: w.sha(t, near), Class: "P2", UploadedBy: "u-cadre", CreatedAt: w.clock()})
		w.reengage(t, map[string]any{"areas": `["` + township + `"]`})
		found := hits("evidence_reused", "")
		require.Len(t, found, 2)
		for _, h := range found {
			require.Equal(t, "同一文件还用于其他1个对象", h.Text, "that of the other township is not counted")
			require.Equal(t, []string{near, clue}, []string{h.Record.ID + h.OtherRecord.ID, h.Case.ID + h.Other.ID})
		}
		require.Empty(t, hits("text_copied", ""), "the other one lies in another township")
		w.do(t, call{user: "auditor", method: "GET", url: basePath + "/form-records/" + far, status: 404})
		x, _ := w.pack(t, object{"pattern": "evidence_reused"})
		require.Equal(t, 1, x.Rows, "the case; a form is none")

		w.reengage(t, map[string]any{"areas": `["` + county + `"]`, "procedures": `["risk_clue"]`})
		require.Empty(t, hits("evidence_reused", ""), "an engagement for some kinds of cases reaches no form")
		require.Empty(t, hits("text_copied", ""))
		w.do(t, call{user: "auditor", method: "GET", url: basePath + "/form-records/" + near, status: 404})
		w.reengage(t, map[string]any{"procedures": `[]`, "until_day": "2026-03-09"})
		w.do(t, call{user: "auditor", method: "GET", url: basePath + "/audit/hits?pattern=text_copied", status: 403, code: "no_engagement"})
	})
}

// sha is the hash of the file of a form.
func (w *world) sha(t testing.TB, record string) string {
	t.Helper()
	var a models.Attachment
	require.NoError(t, w.store.DB.Where("record_id = ?", record).Take(&a).Error)
	return a.SHA256
}
