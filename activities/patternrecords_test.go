package activities_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/forms"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// The same file in forms: of another household, of another village, and never what lies elsewhere.
func TestPatternEvidenceReusedInForms(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := &trail{World: testkit.NewWorld(t, s)}
		attach := func(caseID, recordID, hash string) {
			w.row(&models.Attachment{ID: "a-" + caseID + recordID, CaseID: caseID, RecordID: recordID, Kind: "photo", Name: "x", MIME: "image/png", SHA256: hash, Class: "P2", UploadedBy: "u1", CreatedAt: w.Now()})
		}
		inCase := func(household, village, hash string) string {
			c := w.matter("risk_clue", household, village, "verifying")
			attach(c.ID, "", hash)
			return c.ID
		}
		inForm := func(id string, kind forms.Subject, subject, village, hash string) string {
			w.row(&models.FormRecord{ID: id, Form: "f3", Version: 1, SubjectKind: string(kind), SubjectID: subject, RegionCode: village, Period: id, State: models.RecordFinal, Answers: []byte{}, Computed: []byte{}, CreatedAt: w.Now(), UpdatedAt: w.Now()})
			attach("", id, hash)
			return id
		}
		household := forms.AboutHousehold

		// A case and forms.
		one := inCase("h1", near, "same")
		inForm("f-own", household, "h1", near, "same")
		inForm("f-other", household, "h2", near, "another")
		require.Empty(t, w.hits("evidence_reused", 0), "one household, and another file")
		inForm("f-far", household, "h3", far, "same")
		require.Empty(t, w.hits("evidence_reused", 0), "what lies elsewhere is not told")
		two := inForm("f-two", household, "h4", near, "same")
		require.ElementsMatch(t, []string{one, "f-own", two}, w.hits("evidence_reused", 0))
		h := w.hit("evidence_reused", one)
		require.Equal(t, []any{"", two, int64(1)}, []any{h.OtherCase, h.OtherRecord, h.Number})
		h = w.hit("evidence_reused", two)
		require.Equal(t, []any{one, "f-own", int64(1)}, []any{h.OtherCase, h.OtherRecord, h.Number}, "one household, by a case and a form")
		require.Empty(t, w.found("evidence_reused", activities.PatternQuery{Scope: inTownship, Limit: 9}), "who reaches no form")
		require.Empty(t, w.found("evidence_reused", activities.PatternQuery{Scope: inTownship, Records: func(tx *gorm.DB) *gorm.DB { return recordsInTownship(tx).Where("form_records.id <> ?", two) }, Limit: 9}))

		// Two forms without any case.
		three, four := inForm("f-3", household, "h5", near, "again"), inForm("f-4", household, "h6", near, "again")
		require.Subset(t, w.hits("evidence_reused", 0), []string{three, four})
		require.Equal(t, four, w.hit("evidence_reused", three).OtherRecord)

		// Forms about places: one place twice is none, two are, and a household is another than its village.
		inForm("f-5", forms.AboutRegion, near, near, "sheet")
		inForm("f-6", forms.AboutRegion, near, near, "sheet")
		inForm("f-7", forms.AboutRegion, far, far, "sheet")
		require.NotContains(t, w.hits("evidence_reused", 0), "f-5")
		inForm("f-8", forms.AboutRegion, testkit.Village2, testkit.Village2, "sheet")
		require.Subset(t, w.hits("evidence_reused", 0), []string{"f-5", "f-6", "f-8"})
		require.Equal(t, int64(1), w.hit("evidence_reused", "f-5").Number)
		nine, ten := inForm("f-9", forms.AboutRegion, near, near, "door"), inForm("f-10", household, "h1", near, "door")
		require.Subset(t, w.hits("evidence_reused", 0), []string{nine, ten})
	})
}

// written are the forms that the tests of texts fill in.
type written struct {
	*trail
	cadre activities.Actor
}

func (w *written) form(h *models.Household, code string, answers map[string]any) *models.FormRecord {
	w.T.Helper()
	r, err := w.Engine.OpenRecord(w.T.Context(), activities.FormDraft{Key: w.Key(), Form: code, HouseholdID: h.ID, Actor: w.cadre, Answers: answers})
	require.NoError(w.T, err)
	return r
}

func (w *written) save(r *models.FormRecord, answers map[string]any) *models.FormRecord {
	w.T.Helper()
	out, err := w.Engine.ActOnRecord(w.T.Context(), activities.RecordAct{Key: w.Key(), ID: r.ID, RowVersion: r.RowVersion, Action: activities.RecordSave, Answers: answers, Actor: w.cadre})
	require.NoError(w.T, err)
	return out
}

func writing(t *testing.T, s *models.Store) *written {
	w := &written{trail: &trail{World: testkit.NewWorld(t, s)}}
	w.cadre = w.Actor(procedure.VillageCadre)
	return w
}

const (
	told = "NAME家中因病支出较大，已花费30000元，收入明显大幅减少"  // 20 letters without the name and the number
	less = "NAME家中因病支出较大，已花费8000000元，收入明显大减少" // 19
)

func of(h *models.Household, words string) string {
	return strings.ReplaceAll(words, "NAME", h.HeadName)
}

// The same words in forms: under a form and a case, under two forms, in a table, in a ledger of the village.
func TestPatternTextCopiedInForms(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := writing(t, s)
		one, two, three := w.NewHousehold(near), w.NewHousehold(near), w.NewHousehold(near)
		problem := func(h *models.Household, words string) *models.FormRecord {
			return w.form(h, "screening_form", map[string]any{"problem": of(h, words)})
		}
		// Two forms: just too short, then just long enough; what lies elsewhere neither.
		a, b := problem(one, less), problem(two, less)
		require.Empty(t, w.hits("text_copied", 0), "too short")
		w.SetNow(w.Now().Add(time.Hour))
		a = w.save(a, map[string]any{"problem": of(one, told), "action": of(one, told)})
		wrote := w.Now()
		problem(w.NewHousehold(far), told)
		require.Empty(t, w.hits("text_copied", 0), "what lies elsewhere is not told, and twice in one form is once")
		w.SetNow(w.Now().Add(time.Hour))
		b = w.save(b, map[string]any{"problem": of(two, told)})
		require.ElementsMatch(t, []string{a.ID, b.ID}, w.hits("text_copied", 0))
		w.SetNow(w.Now().Add(time.Hour))
		a = w.save(a, map[string]any{"problem": of(one, told)})
		h := w.hit("text_copied", a.ID)
		require.Equal(t, []any{b.ID, "", int64(1), w.cadre.UserID, 0}, []any{h.OtherRecord, h.OtherCase, h.Number, h.ActorID, h.Line})
		require.True(t, h.At.Equal(wrote), "when it was written, not when it was last saved")
		require.Empty(t, w.found("text_copied", activities.PatternQuery{Scope: inTownship, Limit: 9}), "who reaches no form")
		require.Len(t, w.found("text_copied", activities.PatternQuery{Scope: inTownship, Records: recordsInTownship, Limit: 9, Until: wrote.Add(time.Second)}), 1)

		// A case, whose household has a form with the words as well.
		c := w.Open("risk_clue", three, w.cadre, map[string]any{"content": of(three, told)})
		problem(three, told)
		h = w.hit("text_copied", c.ID)
		require.Equal(t, []any{"", int64(2)}, []any{h.OtherCase, h.Number}, "that of the household itself does not count")
		require.NotEmpty(t, h.OtherRecord)
		require.Equal(t, c.ID, w.hit("text_copied", a.ID).OtherCase)

		// What does not stand there any more is not found.
		b = w.save(b, map[string]any{"problem": "情况属实"})
		require.NotContains(t, w.hits("text_copied", 0), b.ID)
		require.Equal(t, int64(1), w.hit("text_copied", a.ID).Number)

		// A row of a table of a household, and one of a ledger, which says whose it is.
		row := map[string]any{"visited_on": "2026-03-01", "finding": of(two, "老人在家，身体尚可，NAME外出务工，每月寄回生活费用")}
		visits := w.form(two, "visit_handbook", map[string]any{"visits": []any{map[string]any{"finding": "一切正常"}, row}})
		ledger := func(village string, rows ...any) *models.FormRecord {
			r, err := w.Engine.OpenRecord(t.Context(), activities.FormDraft{Key: w.Key(), Form: "screening_ledger", RegionCode: village, Actor: w.cadre, Answers: map[string]any{"households": rows}})
			require.NoError(t, err)
			return r
		}
		line := func(h *models.Household, no string) any {
			return map[string]any{"household_no": no, "head": h.HeadName, "problem": of(h, "老人在家，身体尚可，NAME外出务工，每月寄回生活费用")}
		}
		stranger := w.NewHousehold(far)
		book := ledger(near, line(two, two.No), line(one, ""), line(stranger, stranger.No))
		require.NotContains(t, w.hits("text_copied", 0), book.ID, "its own household, nobody in particular, one of another village")
		ledger(far, line(stranger, stranger.No))
		require.NotContains(t, w.hits("text_copied", 0), visits.ID)
		book = w.save(book, map[string]any{"households": []any{line(two, two.No), line(one, one.No), line(three, three.No)}})
		lines := map[int]int64{}
		p, _ := activities.PatternOf("text_copied")
		for _, h := range w.found("text_copied", activities.PatternQuery{Scope: inTownship, Records: recordsInTownship, Limit: 99}) {
			if h.RecordID == book.ID {
				lines[h.Line] = h.Number
				require.Contains(t, p.Words(h), "行：")
			}
		}
		require.Equal(t, map[int]int64{1: 2, 2: 2, 3: 2}, lines)
		require.Equal(t, 2, w.hit("text_copied", visits.ID).Line)
		require.Equal(t, book.ID, w.hit("text_copied", visits.ID).OtherRecord)
	})
}

// Forms from before there were marks are marked once, with the act that wrote them; one that does not open is left, and
// what was erased has none.
func TestRecordsOfBeforeAreMarked(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := writing(t, s)
		one, two := w.NewHousehold(near), w.NewHousehold(near)
		a := w.form(one, "screening_form", map[string]any{"problem": of(one, told)})
		broken := w.form(w.NewHousehold(near), "screening_form", map[string]any{"problem": "情况属实"})
		b := w.form(two, "screening_form", map[string]any{"problem": of(two, told)})
		b, err := w.Engine.ActOnRecord(t.Context(), activities.RecordAct{Key: w.Key(), ID: b.ID, RowVersion: b.RowVersion, Action: activities.RecordVoided, Note: "填错", Actor: w.cadre})
		require.NoError(t, err)
		require.Len(t, w.hits("text_copied", 0), 2, "what was voided still stood there")
		var before []models.RecordText
		require.NoError(t, s.DB.Order("record_id").Find(&before).Error)
		require.Len(t, before, 2)

		require.NoError(t, s.DB.Exec("DELETE FROM record_texts").Error)
		require.NoError(t, s.DB.Exec("UPDATE form_records SET texts_marked = FALSE").Error)
		require.NoError(t, s.DB.Exec("UPDATE form_records SET answers = ? WHERE id = ?", []byte("broken"), broken.ID).Error)
		err = w.Engine.MarkRecords(t.Context())
		require.ErrorContains(t, err, broken.ID)
		var after []models.RecordText
		require.NoError(t, s.DB.Order("record_id").Find(&after).Error)
		require.Equal(t, before, after)
		require.ElementsMatch(t, []string{a.ID, b.ID}, w.hits("text_copied", 0))
		var left []string
		require.NoError(t, s.DB.Model(&models.FormRecord{}).Where("NOT texts_marked").Pluck("id", &left).Error)
		require.Equal(t, []string{broken.ID}, left)
		require.NoError(t, s.DB.Exec("DELETE FROM record_texts").Error)
		require.Error(t, w.Engine.MarkRecords(t.Context()))
		require.Empty(t, w.hits("text_copied", 0), "once is enough")
	})
}
