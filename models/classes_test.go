package models_test

import (
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/register"
	"shouwang/models"
	"shouwang/procedure"
)

// keptAs are the fields of the sealed register that are kept under another code than that of their JSON, or that hold parts
// which have codes of their own.
var keptAs = map[string]string{
	"income_fen": "income", "years": "", "water": "", "work": "", "schools": "school", "total": "income",
	"wage": "income_wage", "production": "income_production", "property": "income_property", "transfer": "income_transfer", "year": "",
	"litres": "water_litres", "piped": "water_piped", "minutes": "water_minutes", "distance": "water_distance", "vertical": "water_vertical",
	"shortage_days": "water_shortage_days", "test_passed": "water_test", "looks_good": "water_looks",
	"started": "work_started", "ended": "work_ended", "place": "work_place", "company": "work_company", "industry": "work_industry", "channel": "work_channel",
	"months": "work_months", "no_labour": "no_labour_household", "cannot_solve_alone": "cannot_solve",
}

// Every field of what is sealed of a household or a person has a class of its own: what nobody has classed would be shown
// as if somebody had thought of it as P3 (3.3).
func TestEveryFieldOfTheRegisterHasAClass(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	var visit func(of reflect.Type, in string)
	visit = func(of reflect.Type, in string) {
		for i := range of.NumField() {
			code, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			kept, other := keptAs[code]
			if !other {
				kept = code
			}
			if in == "WorkRecord" && code == "income" {
				kept = "work_income"
			}
			seen[code] = true
			if kept != "" {
				require.True(t, register.Known(kept), "%s.%s has no class: declare it in internal/register", of.Name(), of.Field(i).Name)
			}
			for part := of.Field(i).Type; ; part = part.Elem() {
				if part.Kind() == reflect.Struct {
					visit(part, part.Name())
				}
				if !slices.Contains([]reflect.Kind{reflect.Slice, reflect.Pointer}, part.Kind()) {
					break
				}
			}
		}
	}
	visit(reflect.TypeFor[models.HouseholdSecret](), "")
	visit(reflect.TypeFor[models.PersonSecret](), "")
	for code := range keptAs {
		require.True(t, seen[code], "%s is no field any more", code)
	}
}

// classOf is the class (3.3) of what stands in a column of text in the clear, of whatever table. Of P2 and above nothing does:
// that is sealed, and TestEverySealedColumnIsKnown finds it.
var classOf = map[procedure.Class]string{
	// what is public, or says how the system is set up and how far work has come
	procedure.P0: `action as_of base_type area areas basis budget channel columns counts corrects cursor cut_off chain day density duty effect effects_to events exception figures ladder level list
		lost_until mapping method mime month number office office_name other_region parent path period phases phone plan procedures progress queue region_code rule sample scopes seed series sheet
		source_paper step subject_kind tbl title unit value via village ground decision detail target category cause flag fault issuer result status asked_for erased content choice shape saved choices way quiet_from quiet_until`,
	// ordinary facts of a household, and who did what in what office: no number, no address, nothing of P2
	procedure.P1: `head_name head_pinyin head_abbr name_pinyin name_abbr group_name name subject person actor_name actor_org user_name for_name target_name login stuck brief body
		note reason purpose filter facts reply`,
}

// audit is what belongs to the trail itself (A): it is read with the record, or by the audit administrator.
const audit = "agent ip prev salt id_index candidates case_ids files field file ref"

// marks are columns of identifiers, codes, hashes, roles, states and times, which tell nothing of a person by themselves.
var marks = regexp.MustCompile(`(^id|_id|_by|_at|_role|hash|^key|_key|sha256|_code|^code|state|^kind|^role|^procedure|^event|_day|_on|^no|^class|^form|^dept)$`)

// Every column of text of every table is classed: whoever adds one says what may stand in it.
func TestEveryTextColumnHasAClass(t *testing.T) {
	t.Parallel()
	store, err := models.Open(filepath.Join(t.TempDir(), "classes.db"), nil)
	require.NoError(t, err)
	defer store.Close()
	_, err = store.Migrate(t.Context())
	require.NoError(t, err)
	var columns []string
	require.NoError(t, store.DB.Raw("SELECT m.name || '.' || p.name FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table' AND p.type = 'TEXT' AND m.name NOT LIKE 'goose%'").Scan(&columns).Error)
	require.Greater(t, len(columns), 400)
	known := map[string]bool{}
	for _, words := range []string{classOf[procedure.P0], classOf[procedure.P1], audit} {
		for _, column := range strings.Fields(words) {
			require.False(t, known[column], "%s is classed twice", column)
			known[column] = true
		}
	}
	there := map[string]bool{}
	for _, c := range columns {
		_, column, _ := strings.Cut(c, ".")
		there[column] = true
		if !known[column] && !marks.MatchString(column) {
			t.Errorf("%s has no class: say in this test what stands in it, or seal it", c)
		}
	}
	for column := range known {
		if !there[column] {
			t.Errorf("%s is no column any more", column)
		}
	}
}

// A child that heads its household is sealed as any child is, and the household is called by the surname.
func TestAHouseholdIsNotCalledByAChild(t *testing.T) {
	t.Parallel()
	vault, err := models.NewVault(make([]byte, 32), make([]byte, 32))
	require.NoError(t, err)
	child := models.PersonSecret{BirthDate: time.Now().AddDate(-models.ChildAge+1, 0, 0).Format(time.DateOnly)}
	p := models.Person{ID: "p", Name: "罗小禾", IsHead: true}
	require.NoError(t, p.SetSecret(vault, child))
	require.NotContains(t, p.Name, "罗")
	require.Equal(t, "罗某某", child.HeadName("罗小禾"))
	grown := models.PersonSecret{BirthDate: time.Now().AddDate(-models.ChildAge-1, 0, 0).Format(time.DateOnly)}
	require.Equal(t, "罗小禾", grown.HeadName("罗小禾"))
}
