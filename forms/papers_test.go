package forms_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/forms"
	"shouwang/internal/example"
	"shouwang/internal/papertest"
	"shouwang/papers"
	"shouwang/policy"
)

// people and places of the reference papers; all are invented.
var said = map[string]string{"township": "青禾镇", "village": "上坪村", "group": "二组", "head": "周大山", "household_no": "H-0001", "name": "周大山", "relation": "户主",
	"surveyor": "陆青山", "filled_by": "陆青山", "taken_by": "陆青山", "guide": "韦明月", "assistance_person": "蒙春耕", "assistance_unit": "县水利局", "assistance_phone": "0999-8800123",
	"phone": "0999-8800123", "address": "青禾镇上坪村二组12号", "unit": "上坪村村民委员会", "form_code": "HB-0001", "goals": "就近务工，收入稳定高于基准线", "population_note": "",
	"measure": "公益性岗位"}

// filled is a form as careful people fill it in.
func filled(f *forms.Form) map[string]any {
	return worded(example.Fields(f.Key(), f.Fields, setting)).(map[string]any)
}

func worded(v any) any {
	switch x := v.(type) {
	case map[string]any:
		for k, one := range x {
			if one == "已办理" {
				if x[k] = "情况属实，资料齐全。"; said[k] != "" || k == "population_note" {
					x[k] = said[k]
				}
				continue
			}
			x[k] = worded(one)
		}
	case []any:
		for i := range x {
			x[i] = worded(x[i])
		}
	}
	return v
}

// printed is the paper of a form, filled in.
func printed(f *forms.Form) *papers.Document {
	w := world
	w.IDNumbers = map[string]string{"周大山": "452100197803110013"}
	if f.Code == "authorization" { // the list of files is the same on every paper
		w.Attached = []forms.Attached{{Kind: "签字扫描件", Name: "签字页.pdf", By: "陆青山", On: policy.DateOf(now), Hash: "9f2c51d07ab3e4466b1f0c2a94de77aa"}}
	}
	return f.Print(filled(f), w)
}

// Each form, blank and filled in, says what its reference says.
func TestFormsSayWhatTheirReferencesSay(t *testing.T) {
	t.Parallel()
	for _, f := range forms.Standard.All() {
		text := fmt.Sprintf("== blank\n%s== filled in\n%s", textOf(f.Print(map[string]any{}, world)), textOf(printed(f)))
		papertest.Same(t, f.Key()+".txt", []byte(text))
	}
}

// Each form looks as its reference looks, page by page.
func TestFormsLookAsTheirReferencesLook(t *testing.T) {
	t.Parallel()
	fonts, err := papers.LoadFonts("")
	require.NoError(t, err)
	for _, f := range forms.Standard.All() {
		t.Run(f.Key(), func(t *testing.T) {
			var b bytes.Buffer
			require.NoError(t, fonts.PDF(&b, printed(f)))
			papertest.Looks(t, f.Key(), b.Bytes())
		})
	}
}

// The comparison sees what matters: one other name on the income sheet.
func TestAnotherNameIsSeenInThePicture(t *testing.T) {
	t.Parallel()
	fonts, err := papers.LoadFonts("")
	require.NoError(t, err)
	draw := func(head string) []byte {
		f := form(t, "annex6")
		answers := filled(f)
		answers["head"] = head
		var b bytes.Buffer
		require.NoError(t, fonts.PDF(&b, f.Print(answers, world)))
		return b.Bytes()
	}
	same := func(a, b []byte) float64 {
		return papertest.Differ(papertest.Pictures(t, a)[0], papertest.Pictures(t, b)[0])
	}
	require.Zero(t, same(draw("周大山"), draw("周大山")))
	require.Positive(t, same(draw("周大山"), draw("覃守田")))
}
