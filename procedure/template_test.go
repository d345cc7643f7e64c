package procedure_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/procedure"
)

// Every date of the five documents stands in its template, with its row.
func TestTemplatesKeepTheDatesOfTheirDocuments(t *testing.T) {
	t.Parallel()
	dates := map[string]map[string]string{}
	for _, x := range procedure.Templates {
		got := map[string]string{}
		note := func(m procedure.Moment) {
			if m.On != "" && strings.HasPrefix(m.Source, "S") {
				got[m.Source+" "+m.On] = m.On
			}
		}
		for _, p := range x.Phases {
			note(p.From)
			note(p.Until)
		}
		for _, c := range x.CutOffs {
			note(c.On)
		}
		dates[x.Seed] = got
	}
	require.Len(t, dates, 5)
	for seed, rows := range map[string][]string{
		"S000": {"S0-060 2021-11-19", "S0-064 2021-12-04", "S0-066 2021-11-26", "S0-072 2021-11-25"},
		"S001": {"S1-004 2020-05-21", "S1-007 2020-05-21", "S1-007 2020-05-26", "S1-009 2020-05-29", "S1-009 2020-05-31", "S1-043 2020-05-31", "S1-052 2020-06-01"},
		"S002": {"S2-008 2018-10-03", "S2-009 2018-10-07", "S2-010 2018-10-08", "S2-010 2018-10-15", "S2-011 2018-10-16", "S2-011 2018-11-10", "S2-016 2018-11-10", "S2-018 2018-11-11",
			"S2-018 2018-11-30", "S2-020 2018-12-01", "S2-020 2018-12-10", "S2-021 2018-12-11", "S2-021 2018-12-20", "S2-023 2018-12-21", "S2-023 2018-12-31", "S2-024 2019-01-01", "S2-024 2019-01-05"},
		"S003": {"S3-071 2022-06-10", "S3-072 2022-06-11", "S3-072 2022-07-05", "S3-072 2022-07-10", "S3-073 2022-07-11", "S3-073 2022-12-31"},
	} {
		for _, row := range rows {
			require.Contains(t, dates[seed], row)
		}
	}
	require.Empty(t, dates["S004"], "that one has no dates")
	phases := map[string]int{}
	for _, x := range procedure.Templates {
		phases[x.Code] = len(x.Phases)
	}
	require.Equal(t, map[string]int{"look_back": 3, "self_assessment": 5, "dynamic": 9, "feedback": 3, "screening": 5}, phases)
	look, _ := procedure.TemplateOf("look_back")
	require.Equal(t, procedure.TemplateCutOff{Item: procedure.SlowRectification, Event: "后评估", Source: "S0-074"}, look.CutOffs[2])
	_, ok := procedure.TemplateOf("nothing")
	require.False(t, ok)
}

func TestTemplatesAreChecked(t *testing.T) {
	t.Parallel()
	good, _ := procedure.TemplateOf("look_back")
	for name, spoil := range map[string]func(x *procedure.Template){
		"unit":           func(x *procedure.Template) { x.Unit = "weeks" },
		"no forms":       func(x *procedure.Template) { x.Forms = nil },
		"no source":      func(x *procedure.Template) { x.Phases[0].From.Source = "" },
		"odd source":     func(x *procedure.Template) { x.Notes[0].Source = "S9-001" },
		"no reason":      func(x *procedure.Template) { x.Phases[0].From.Source = "D " },
		"no date":        func(x *procedure.Template) { x.Phases[0].Until.On = "2021-13-01" },
		"before first":   func(x *procedure.Template) { x.CutOffs[0].On.On = "2021-10-31" },
		"no gate":        func(x *procedure.Template) { x.Phases[1].Gate = "" },
		"backwards":      func(x *procedure.Template) { x.Phases[0], x.Phases[1] = x.Phases[1], x.Phases[0] },
		"no training":    func(x *procedure.Template) { x.Phases = x.Phases[1:] },
		"cut-off":        func(x *procedure.Template) { x.CutOffs[0].Item = "tea" },
		"unsourced":      func(x *procedure.Template) { x.CutOffs[2].Source = "" },
		"training alone": func(x *procedure.Template) { x.Phases = x.Phases[:1] },
	} {
		raw, err := json.Marshal(good)
		require.NoError(t, err)
		x, err := procedure.ParseTemplate(raw)
		require.NoError(t, err)
		spoil(&x)
		raw, err = json.Marshal(x)
		require.NoError(t, err)
		_, err = procedure.ParseTemplate(raw)
		require.Error(t, err, name)
	}
	_, err := procedure.ParseTemplate([]byte(`{"code":"x","weather":"fine"}`))
	require.Error(t, err)
}

// Nine phases in seven states, and three over seven: each state has its phase.
func TestPhaseAt(t *testing.T) {
	t.Parallel()
	states := []procedure.State{"draft", "issued", "training", "fieldwork", "review", "rectification", "spot_check", "reporting"}
	for code, want := range map[string][]int{
		"look_back": {-1, -1, 0, 1, 2, 2, 2, 2},
		"dynamic":   {0, -1, 1, 2, 3, 6, 7, 8},
		"feedback":  {-1, -1, 0, 1, 1, 1, 2, 2},
		"screening": {0, -1, 1, 2, 2, 2, 3, 4},
	} {
		x, _ := procedure.TemplateOf(code)
		var stages []string
		for _, p := range x.Phases {
			stages = append(stages, p.Stage)
		}
		got := make([]int, len(states))
		for i, s := range states {
			got[i] = procedure.PhaseAt(stages, s)
		}
		require.Equal(t, want, got, code)
	}
}
