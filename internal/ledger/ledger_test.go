package ledger

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

const (
	county   = "999901"
	township = "999901101"
)

var today = time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)

var scope = Scope{Regions: []string{township}, Now: today}

// stores gives an empty, migrated store with the demonstration villages for each dialect.
func stores(t *testing.T, f func(t *testing.T, store *models.Store)) {
	t.Helper()
	testkit.EachDialect(t, func(t *testing.T, dialect string) { f(t, newStore(t, dialect)) })
}

func newStore(t *testing.T, dialect string) *models.Store {
	t.Helper()
	store := testkit.OpenMigrated(t, dialect)
	regions := []models.Region{
		{Code: county, Level: string(procedure.LevelCounty), Name: "云岫县", Path: "云岫县"},
		{Code: township, Parent: county, Level: string(procedure.LevelTownship), Name: FictionTownship, Path: "云岫县" + FictionTownship},
		{Code: "999901102", Parent: county, Level: string(procedure.LevelTownship), Name: "白鹭镇", Path: "云岫县白鹭镇"},
		{Code: "999901102201", Parent: "999901102", Level: string(procedure.LevelVillage), Name: "松塘村", Path: "云岫县白鹭镇松塘村"},
	}
	for i, name := range FictionVillages {
		regions = append(regions, models.Region{Code: villageCode(i), Parent: township, Level: string(procedure.LevelVillage), Name: name, Path: "云岫县" + FictionTownship + name})
	}
	require.NoError(t, store.DB.Create(&regions).Error)
	return store
}

func villageCode(i int) string { return township + "2" + string([]byte{'0', byte('1' + i)}) }

// workbook makes a file with one sheet of the given rows; a cell beginning with "=" is a formula.
func workbook(t *testing.T, sheet string, rows ...[]any) []byte {
	t.Helper()
	x := excelize.NewFile()
	require.NoError(t, x.SetSheetName("Sheet1", sheet))
	fill(t, x, sheet, rows...)
	return saved(t, x)
}

func fill(t *testing.T, x *excelize.File, sheet string, rows ...[]any) {
	t.Helper()
	for i, row := range rows {
		for j, v := range row {
			if s, ok := v.(string); ok && strings.HasPrefix(s, "=") {
				require.NoError(t, x.SetCellFormula(sheet, cellName(j, i+1), s))
			} else if v != nil {
				require.NoError(t, x.SetCellValue(sheet, cellName(j, i+1), v))
			}
		}
	}
}

func saved(t *testing.T, x *excelize.File) []byte {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, x.Write(&buf))
	require.NoError(t, x.Close())
	return buf.Bytes()
}

func read(t *testing.T, file []byte) *Ledger {
	t.Helper()
	l, err := Read(bytes.NewReader(file))
	require.NoError(t, err)
	return l
}

func plan(t *testing.T, store *models.Store, file []byte) *Plan {
	t.Helper()
	p, err := NewPlan(t.Context(), store, read(t, file), scope)
	require.NoError(t, err)
	return p
}

func apply(t *testing.T, store *models.Store, p *Plan) models.ImportBatch {
	t.Helper()
	b, err := Apply(t.Context(), store, p, "01TEST")
	require.NoError(t, err)
	return b
}

// id completes an invented number with its check character.
func id(first17 string) string { return first17 + string(checkCharacter(first17)) }

func codes(p *Plan, notes bool) []string {
	out := []string{}
	for _, f := range p.Faults() {
		if f.Note == notes {
			out = append(out, f.Code)
		}
	}
	return out
}

func count[T any](t *testing.T, store *models.Store) int {
	t.Helper()
	var n int64
	require.NoError(t, store.DB.Model(new(T)).Count(&n).Error)
	return int(n)
}

func generated(t *testing.T, o GenerateOptions) ([]byte, []Planted) {
	t.Helper()
	var buf bytes.Buffer
	planted, err := Generate(&buf, o)
	require.NoError(t, err)
	return buf.Bytes(), planted
}

func readable(t *testing.T, file []byte) *excelize.File {
	t.Helper()
	x, err := excelize.OpenReader(bytes.NewReader(file))
	require.NoError(t, err)
	return x
}

// loaded reads a household with everything open.
func loaded(t *testing.T, store *models.Store, no string) (models.Household, models.HouseholdSecret, []existing) {
	t.Helper()
	var h models.Household
	require.NoError(t, store.DB.Where("no = ?", no).Take(&h).Error)
	var people []models.Person
	require.NoError(t, store.DB.Where("household_id = ?", h.ID).Order("ord").Find(&people).Error)
	target, err := openTarget(store.Vault, h, people)
	require.NoError(t, err)
	return h, target.secret, target.people
}
