package activities_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// elsewhere are one of everything in another township, and the like of it that is nowhere.
func elsewhere(w *testkit.World) (there, nowhere map[string]string) {
	h := w.NewHousehold(testkit.Village3)
	who := w.Nth(procedure.VillageCadre, testkit.Village3, 0)
	c := w.Open("risk_clue", h, who)
	var member models.Person
	require.NoError(w.T, w.Store.DB.Where("household_id = ?", h.ID).Order("ord").Take(&member).Error)
	p := models.Programme{ID: models.NewID(), No: "FA-elsewhere", Title: "整改方案", RegionCode: testkit.Village3, Seq: 1, CreatedAt: w.Now(), UpdatedAt: w.Now()}
	require.NoError(w.T, w.Store.DB.Create(&p).Error)
	there = map[string]string{"household": h.ID, "member": member.ID, "case": c.ID, "case_no": c.No, "user": who.UserID, "programme": p.ID, "programme_no": p.No, "file": w.Attach(c.ID, "screening_form")}
	nowhere = map[string]string{}
	for kind, value := range there {
		nowhere[kind] = lookalike(value)
	}
	return there, nowhere
}

// lookalike is another value that is refused for its looks when the first is: only a letter differs, since five digits in a row
// pass for a telephone number.
func lookalike(value string) string {
	i := strings.LastIndexFunc(value, unicode.IsLetter)
	return value[:i] + map[bool]string{true: "Q", false: "P"}[value[i] != 'Q'] + value[i+1:]
}

// named is a form in which every text and every file names one thing.
func named(fields []procedure.Field, form map[string]any, value string) map[string]any {
	out := map[string]any{}
	for code, answer := range form {
		out[code] = answer
		i := slices.IndexFunc(fields, func(f procedure.Field) bool { return f.Code == code })
		if i < 0 {
			continue
		}
		f := fields[i]
		rows, isRows := answer.([]any)
		switch {
		case f.Kind == procedure.Files:
			out[code] = []any{value}
		case f.Kind == procedure.Rows && isRows:
			var in []any
			for _, row := range rows {
				if cells, ok := row.(map[string]any); ok {
					in = append(in, named(f.Columns, cells, value))
				}
			}
			out[code] = in
		case f.Kind == procedure.Text, f.OptionsFrom != "":
			out[code] = value
		}
	}
	return out
}

// told is what a refusal says, without what was asked with.
func refusalOf(err error, value string) string {
	var r *procedure.Refusal
	if !errors.As(err, &r) {
		return fmt.Sprint(err)
	}
	out := []string{string(r.Kind), r.Code, r.Message}
	for _, f := range r.Faults {
		out = append(out, f.Field+" "+f.Code+" "+f.Message)
	}
	return strings.ReplaceAll(strings.Join(out, "\n"), value, "‹›")
}

// What a form names is compared as well: whoever fires an event of any procedure on what is his, and names in its form something of
// another township, is told the same as of nothing. One more answer, which no form has, has every form refused, so that nothing
// is changed; what stands against a form is told all at once. Two things of other places may be named when members of a household change
// (2.10), and are told of: the household that somebody moves to, and whether a new member's identity number is on record.
func TestAccessOfWhatFormsName(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		there, nowhere := elsewhere(w)
		asked := 0
		for _, d := range procedure.All {
			if latest, _ := procedure.Latest(d.Name); latest != d {
				continue
			}
			for i := range d.Events {
				e := &d.Events[i]
				if len(e.Form) == 0 || !slices.ContainsFunc(e.Roles, procedure.Role.Human) {
					continue
				}
				c := w.Reach(d.Name, e.From[0])
				actor, form := w.Doer(c, e), w.Form(c, e.Code)
				if reflect.DeepEqual(form, named(e.Form, form, "")) {
					continue // it can name nothing
				}
				for kind := range there {
					say := func(value string) string {
						form := named(e.Form, form, value)
						form["no_such_answer"] = true
						err := w.Engine.Precheck(t.Context(), activities.FireRequest{CaseID: c.ID, Event: e.Code, Key: w.Key(), ExpectedSeq: c.Seq, Actor: actor, Form: form})
						require.Error(t, err, "%s.%s", d.Name, e.Code)
						return refusalOf(err, value)
					}
					assert.Equal(t, say(nowhere[kind]), say(there[kind]), "%s.%s tells of a %s elsewhere", d.Name, e.Code, kind)
					asked++
				}
			}
		}
		require.Greater(t, asked, 500)
		fmt.Printf("access: %d forms name what is elsewhere, told as of nothing, on %s\n", asked, w.Store.DB.Name())
	})
}
