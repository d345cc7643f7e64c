package ledger

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/internal/howfar"
	"shouwang/models"
	"shouwang/policy"
)

func code(t *testing.T, err error) string {
	t.Helper()
	var f policy.Fault
	require.ErrorAs(t, err, &f)
	return f.Code
}

func TestChanges(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, store *models.Store) {
		rows := familyRows(wide...)
		apply(t, store, plan(t, store, workbook(t, "台账", table(wideHeadings, rows)...)))
		before, _, _ := loaded(t, store, "H1")

		// Only what is stated and differs is changed; a blank cell erases nothing.
		rows[0][8], rows[0][9], rows[1][9], rows[2][9] = "16087654321", nil, nil, nil
		rows[1][3] = "李秀芬"
		rows = append(rows, []any{"H1", "松塘村", "单志明", "单小宝", "之子", nil, "男", "2026-03-01", nil, nil, nil, nil, nil, nil})
		file := workbook(t, "台账", table(wideHeadings, rows)...)
		p := plan(t, store, file)
		require.Equal(t, []Change{
			{"户", "联系电话", "160****5678", "160****4321"}, {"单志明", "联系电话", "160****5678", "160****4321"}, {"李秀芬", "姓名", "李秀芳", "李秀芬"},
			{"单小宝", "家庭成员", "", "新增"}, {"户", "家庭人口", "3", "4"},
		}, p.Households[0].Changes)
		untouched, _, _ := loaded(t, store, "H1")
		require.Equal(t, before, untouched, "a plan writes nothing")
		require.Equal(t, 1, apply(t, store, p).Changed)

		h, secret, people := loaded(t, store, "H1")
		require.Equal(t, before.RowVersion+1, h.RowVersion)
		require.Equal(t, 4, h.Population)
		require.Equal(t, "16087654321", secret.Phone)
		require.Len(t, people, 4)
		require.Equal(t, []any{"李秀芬", wifeID}, []any{people[1].person.Name, people[1].secret.IDNo})
		require.Nil(t, people[3].person.IDIndex)
		require.Equal(t, 1, plan(t, store, file).Unchanged)

		// The boy gets his number: he is found by name and birth date.
		rows[3][5] = id("51990120260301013")
		file = workbook(t, "台账", table(wideHeadings, rows)...)
		p = plan(t, store, file)
		require.Equal(t, []Change{{"单小宝", "身份证号", "", policy.MaskID(id("51990120260301013"))}}, p.Households[0].Changes)
		apply(t, store, p)
		_, _, people = loaded(t, store, "H1")
		require.Len(t, people, 4)
		require.Equal(t, store.Vault.Index(id("51990120260301013")), *people[3].person.IDIndex)

		// The wife is the head now, the former head is not in the ledger any more: he stays.
		wife := workbook(t, "台账", []any{"户编号", "村", "姓名", "与户主关系", "身份证号"}, []any{"H1", "松塘村", "李秀芬", "户主", wifeID}, []any{"H1", "松塘村", "单小雨", "之女", girlID})
		p = plan(t, store, wife)
		require.Equal(t, []string{"LED-301"}, codes(p, true))
		apply(t, store, p)
		h, _, people = loaded(t, store, "H1")
		require.Equal(t, []any{"李秀芬", "lixiufen"}, []any{h.HeadName, h.HeadPinyin})
		require.Equal(t, []bool{false, true, false, false}, []bool{people[0].person.IsHead, people[1].person.IsHead, people[2].person.IsHead, people[3].person.IsHead})
		require.Equal(t, 1, plan(t, store, wife).Unchanged)
	})
}

func TestConflictsWithTheDatabase(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	person := []any{"户编号", "村", "姓名", "与户主关系", "身份证号"}
	apply(t, store, plan(t, store, workbook(t, "台账", person, []any{"H1", "松塘村", "单志明", "户主", headID}, []any{"H1", "松塘村", "李秀芳", "配偶", wifeID})))
	for name, c := range map[string]struct {
		row  []any
		code string
	}{
		"another village":         {[]any{"H1", "竹影村", "单志明", "户主", headID}, "LED-215"},
		"another number":          {[]any{"H9", "松塘村", "单志明", "户主", headID}, "LED-216"},
		"a member founds a house": {[]any{"H2", "松塘村", "李秀芳", "户主", wifeID}, "LED-121"},
		"no number: found by id":  {[]any{nil, "松塘村", "单志明", "户主", headID}, ""},
	} {
		p := plan(t, store, workbook(t, "台账", person, c.row))
		if c.code == "" {
			require.Empty(t, codes(p, false), name)
			require.Equal(t, 1, p.Unchanged, name)
			continue
		}
		require.Contains(t, codes(p, false), c.code, name)
		require.Equal(t, 1, p.Rejected, name)
	}
	// A household of another area is refused without being named.
	l := read(t, workbook(t, "台账", person, []any{"H8", "松塘村", "李秀芳", "户主", wifeID}))
	p, err := NewPlan(t.Context(), store, l, Scope{Regions: []string{"999901102"}, Now: today})
	require.NoError(t, err)
	require.Equal(t, []string{"LED-121"}, codes(p, false))
	require.NotContains(t, p.Faults()[0].Message, "H1")
	require.NotContains(t, p.Faults()[0].Message, "单志明")
}

func TestLeftMemberDoesNotComeBackByImport(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	rows := familyRows(wide...)
	apply(t, store, plan(t, store, workbook(t, "台账", table(wideHeadings, rows)...)))
	require.NoError(t, store.DB.Model(&models.Person{}).Where("id_index = ?", store.Vault.Index(girlID)).Update("left_at", today).Error)
	rows[0][8] = "16000009999"
	p := plan(t, store, workbook(t, "台账", table(wideHeadings, rows)...))
	require.Equal(t, []string{"LED-217"}, codes(p, false))
	require.Equal(t, 1, p.Rejected)
	require.Empty(t, p.Households[0].Changes)
}

func TestNumberComesLater(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	without := workbook(t, "松塘村", table([]any{"姓名", "与户主关系", "身份证号"}, familyRows(Name, Relation, IDNo))...)
	p := plan(t, store, without)
	made := p.Households[0].No
	require.Regexp(t, `^999901101201-Z[0-9a-f]{10}$`, made)
	apply(t, store, p)
	require.Equal(t, 1, plan(t, store, without).Unchanged)
	with := workbook(t, "松塘村", table([]any{"户编号", "姓名", "与户主关系", "身份证号"}, familyRows(HouseholdNo, Name, Relation, IDNo))...)
	p = plan(t, store, with)
	require.Equal(t, []Change{{"户", "户编号", made, "H1"}}, p.Households[0].Changes)
	apply(t, store, p)
	require.Equal(t, 1, count[models.Household](t, store))
	require.Equal(t, 1, plan(t, store, with).Unchanged)
	require.Equal(t, 1, plan(t, store, without).Unchanged, "still found by the head's identity number")
}

func TestOfficeCorrectionSurvivesAnOldLedger(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	file := workbook(t, "台账", table(wideHeadings, familyRows(wide...))...)
	apply(t, store, plan(t, store, file))
	require.NoError(t, store.DB.Model(&models.Household{}).Where("no = ?", "H1").Update("group_name", "5组").Error)
	require.Equal(t, 1, plan(t, store, file).Unchanged)
}

func TestStalePlan(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, store *models.Store) {
		rows := familyRows(wide...)
		first := workbook(t, "台账", table(wideHeadings, rows)...)
		twin := plan(t, store, first)
		apply(t, store, plan(t, store, first))
		_, err := Apply(t.Context(), store, twin, "01TEST")
		require.Equal(t, "LED-901", code(t, err), "the household has been made meanwhile")
		require.Equal(t, 1, count[models.Household](t, store))

		rows[0][8] = "16000001111"
		p := plan(t, store, workbook(t, "台账", table(wideHeadings, rows)...))
		require.NoError(t, store.DB.Model(&models.Household{}).Where("no = ?", "H1").Update("row_version", gorm.Expr("row_version + 1")).Error)
		_, err = Apply(t.Context(), store, p, "01TEST")
		require.Equal(t, "LED-901", code(t, err), "the household has changed meanwhile")
		_, secret, people := loaded(t, store, "H1")
		require.Equal(t, "16012345678", secret.Phone)
		require.Equal(t, "16012345678", people[0].secret.Phone)
	})
}

// Whoever stops an import stops it between two chunks: what is written stays and is on record, and the rest is done when the
// file comes again. How far it is is told in rows.
func TestStoppedImportGoesOn(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	file, _ := generated(t, GenerateOptions{Seed: 9, Households: 2*chunk + 10})
	p := plan(t, store, file)
	ctx, stop := context.WithCancel(t.Context())
	rows, all := 0, 0
	b, err := Apply(howfar.Told(ctx, func(done, total int) {
		if rows, all = done, total; done > 0 {
			stop()
		}
	}), store, p, "01TEST")
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []int{chunk, chunk}, []int{b.Created, count[models.Household](t, store)})
	require.Equal(t, p.People, all)
	require.Equal(t, count[models.Person](t, store), rows)
	var kept models.ImportBatch
	require.NoError(t, store.DB.Take(&kept, "id = ?", b.ID).Error)
	require.Equal(t, chunk, kept.Created)

	ended, over := context.WithCancel(t.Context())
	over()
	_, err = NewPlan(ended, store, read(t, file), scope)
	require.ErrorIs(t, err, context.Canceled)
	p = plan(t, store, file)
	require.Equal(t, []int{chunk, chunk + 10}, []int{p.Unchanged, p.Created})
	apply(t, store, p)
	require.Equal(t, 2*chunk+10, count[models.Household](t, store))
}

func TestBatchRecord(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	file, _ := generated(t, GenerateOptions{Seed: 9, Households: 600, Faults: 4})
	p := plan(t, store, file)
	p.File = "台账.xlsx"
	b := apply(t, store, p)
	var kept models.ImportBatch
	require.NoError(t, store.DB.Take(&kept, "id = ?", b.ID).Error)
	require.Equal(t, []any{"台账.xlsx", p.SHA256, "01TEST", 596, 0, 0, 4}, []any{kept.File, kept.SHA256, kept.UserID, kept.Created, kept.Changed, kept.Unchanged, kept.Rejected})
	require.WithinDuration(t, time.Now(), kept.At, time.Minute)
}

func TestNothingPersonalInTheClear(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	apply(t, store, plan(t, store, workbook(t, "台账", table(wideHeadings, familyRows(wide...))...)))
	for _, table := range []string{"households", "people"} {
		var rows []map[string]any
		require.NoError(t, store.DB.Table(table).Find(&rows).Error)
		for _, row := range rows {
			for column, v := range row {
				text := []byte(nil)
				switch v := v.(type) {
				case string:
					text = []byte(v)
				case []byte:
					text = v
				}
				for _, secret := range []string{headID, wifeID, girlID, "16012345678", "1978-03-12"} {
					require.False(t, bytes.Contains(text, []byte(secret)), "%s.%s", table, column)
				}
			}
		}
	}
}
