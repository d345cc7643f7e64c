package forms_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/forms"
	"shouwang/internal/example"
	"shouwang/papers"
)

// textOf is all that stands on a paper.
func textOf(d *papers.Document) string {
	var b strings.Builder
	for _, x := range d.Blocks {
		if x.Paragraph != nil {
			b.WriteString(x.Paragraph.Text + "\n")
		}
		if x.Table != nil {
			for _, r := range x.Table.Rows {
				for _, c := range r.Cells {
					b.WriteString(c.Text + "|")
				}
				b.WriteString("\n")
			}
		}
		if x.Sign != nil {
			for _, p := range x.Sign.Places {
				b.WriteString(p.Label + "\n")
			}
		}
	}
	return b.String()
}

// Every form prints, blank and filled in, with each place to sign and, blank, nobody's answers.
func TestEveryFormPrints(t *testing.T) {
	t.Parallel()
	for _, f := range forms.Standard.All() {
		t.Run(f.Key(), func(t *testing.T) {
			answers := example.Fields(f.Key(), f.Fields, setting)
			blank, filled := f.Print(map[string]any{}, world), f.Print(answers, world)
			for _, d := range []*papers.Document{blank, filled} {
				require.NoError(t, papers.DOCX(io.Discard, d), "its grid is whole")
				for _, s := range f.Signatures {
					require.Contains(t, textOf(d), s.Title)
				}
				require.NotContains(t, textOf(d), "{")
			}
			require.NotContains(t, textOf(blank), "已办理")
			require.NotEqual(t, textOf(blank), textOf(filled))
		})
	}
}

// The papers of the sources have their columns and cells (S0-079, S0-087, S0-089, S0-092).
func TestSourcesLayout(t *testing.T) {
	t.Parallel()
	paper := func(code string, more map[string]any) string {
		f := form(t, code)
		answers := example.Fields(f.Key(), f.Fields, setting)
		for k, v := range more {
			answers[k] = v
		}
		return textOf(f.Print(answers, world))
	}
	require.Contains(t, paper("annex3", nil), "序号|问题类型|问题性质简述|问题具体描述|备注|\n户主姓名\n（部门、乡镇）|户类型|家庭人口|问题描述|\n")
	require.Contains(t, paper("annex3", nil), "1|工作落实|饮水安全|周大山|一般农户|4|户主反映")
	require.Contains(t, paper("annex3", nil), "2|政策落实|教育资助|教体|||教育部门", "S0-086: a department stands where a head of a household would")
	four := paper("annex4", nil)
	for _, cell := range []string{"① 不愁吃、不愁穿", "② 饮水安全", "③ 义务教育", "④ 生活用电", "⑤ 医疗保障", "⑥ 电视", "⑦ 唯一住房", "⑧ 其他"} {
		require.Contains(t, four, cell)
	}
	require.Contains(t, paper("annex5", map[string]any{"category": "marginal"}), "☑边缘易致贫户")
	six := paper("annex6", nil)
	require.Contains(t, six, "类别|品种|计量单位|数量|收入（元）|支出（元）|纯收入（元）|\n生产经营性|猪|头|")
	require.Contains(t, six, "玉米|公斤|800|8000.00|4000.00|4000.00|\n")
	require.Equal(t, 4, strings.Count(six, "小计|"))
	require.Contains(t, six, "合计|28000.00|4000.00|24000.00|")
	require.Contains(t, six, "人均纯收入（测算，元）|6000.00|")
	require.Equal(t, 42+1+4+1, strings.Count(six[strings.Index(six, "类别|"):strings.Index(six, "家庭纯收入（元）")], "\n"), "every item of the county")
	blank := textOf(form(t, "annex6").Print(map[string]any{}, world))
	require.Contains(t, blank, "小计||||", "a blank sheet has no zeros")
	require.Contains(t, blank, "☐脱贫户 ☐监测户")
}
