package papers

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/internal/papertest"

	"shouwang/policy"
)

func texts(lines []line) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = plain(l.glyphs)
	}
	return out
}

// Characters are as wide as the size: width 100 at size 10 holds ten.
func TestLinesEndAsChineseLinesDo(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	const ten = "一二三四五六七八九十"
	for _, c := range []struct {
		name, text string
		ragged     bool
		want       []string
	}{
		{"just full", ten, false, []string{ten}},
		{"one over", ten + "百", false, []string{ten, "百"}},
		{"a mark is squeezed in", ten + "，百", false, []string{ten + "，", "百"}},
		{"two marks as well", ten + "。”百", false, []string{ten + "。”", "百"}},
		{"not where nothing can move", ten + "，百", true, []string{"一二三四五六七八九", "十，百"}},
		{"an opening mark moves on", "一二三四五六七八九（十）", false, []string{"一二三四五六七八九", "（十）"}},
		{"a number stays whole", "一二三四五六七八九26年", false, []string{"一二三四五六七八九26", "年"}},
		{"a word moves on", "一二三四五六七八九abc", false, []string{"一二三四五六七八九", "abc"}},
		{"a long number is cut", "一20260305000300012003", false, []string{"一202603050003000120", "03"}},
		{"line breaks are kept", "一\n二", false, []string{"一", "二"}},
		{"nothing", "", false, []string{""}},
	} {
		lines, err := f.wrap(c.text, songti, 10, 100, 0, !c.ragged)
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, texts(lines), c.name)
		for _, l := range lines {
			require.LessOrEqual(t, l.width()+l.stretch*float64(len(l.glyphs)-1), 100.01, c.name)
		}
	}
}

// GB/T 9704: 28 characters in a line and 22 lines on a page.
func TestAPageHolds28By22(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	pages := func(n int) int {
		n, err := f.Pages(&Document{Blocks: []Block{P(Plain, strings.Repeat("民", n))}})
		require.NoError(t, err)
		return n
	}
	require.Equal(t, 1, pages(28*22))
	require.Equal(t, 2, pages(28*22+1))
}

func TestNoHeadingAlone(t *testing.T) {
	t.Parallel()
	d := &Document{}
	d.Add(P(Plain, strings.Repeat("民", 28*21)), P(Heading1, "一、标题"), P(Body, "正文"))
	pages, err := fonts(t).layout(d)
	require.NoError(t, err)
	require.Len(t, pages, 2)
	require.NotContains(t, textOf(pages[:1]), "标题")
}

func TestTheHeadOfATableIsRepeated(t *testing.T) {
	t.Parallel()
	rows := []Row{Header("序号", "内容")}
	for range 100 {
		rows = append(rows, Cells("1", "文字"))
	}
	pages, err := fonts(t).layout(&Document{Blocks: []Block{T(Table{Columns: []float64{1, 3}, Header: 1, Rows: rows})}})
	require.NoError(t, err)
	require.Greater(t, len(pages), 2)
	total := 0
	for i := range pages {
		text := textOf(pages[i : i+1])
		require.Equal(t, 1, strings.Count(text, "序号"), "page %d", i+1)
		total += strings.Count(text, "文字")
	}
	require.Equal(t, 100, total)
}

// No text is lost, whatever a table is cut into.
func TestLongRowsAreCutAndNothingIsLost(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("字", 4000)
	for name, table := range map[string]Table{
		"one row":          {Columns: []float64{1, 1}, Rows: []Row{Cells("甲", long)}},
		"after a head":     {Columns: []float64{1, 1}, Header: 1, Rows: []Row{Header("甲", "乙"), Cells("丙", long), Cells("丁", "戊")}},
		"in the middle":    {Columns: []float64{1, 1}, Header: 1, Rows: []Row{Header("甲", "乙"), Cells("丙", "丁"), Cells("丙", long)}},
		"a cell over rows": {Columns: []float64{1, 1}, Rows: []Row{{Cells: []Cell{{Text: "甲", Rows: 3}, {Text: strings.Repeat("字", 1000)}}}, Cells(strings.Repeat("字", 1500)), Cells(strings.Repeat("字", 1500))}},
	} {
		pages, err := fonts(t).layout(&Document{Blocks: []Block{P(Body, "前言"), T(table)}})
		require.NoError(t, err, name)
		require.Equal(t, 4000, strings.Count(textOf(pages), "字"), name)
		for _, p := range pages {
			for _, m := range p.marks {
				require.LessOrEqual(t, max(m.y, m.y2), p.height-35*pt+1, name)
			}
		}
	}
}

func TestTiedRowsStayTogether(t *testing.T) {
	t.Parallel()
	var rows []Row
	for range 20 {
		rows = append(rows, Row{Height: 20, Cells: []Cell{{Text: "组", Rows: 2}, {Text: "上"}}}, Row{Height: 20, Cells: []Cell{{Text: "下"}}})
	}
	pages, err := fonts(t).layout(&Document{Blocks: []Block{T(Table{Columns: []float64{1, 1}, Rows: rows})}})
	require.NoError(t, err)
	for i := range pages {
		text := textOf(pages[i : i+1])
		require.Equal(t, strings.Count(text, "上"), strings.Count(text, "下"), "page %d", i+1)
	}
}

func TestCellsMustFillTheirColumns(t *testing.T) {
	t.Parallel()
	for name, rows := range map[string][]Row{
		"too few":  {Cells("一")},
		"too many": {Cells("一", "二", "三")},
		"too wide": {{Cells: []Cell{{Cols: 3}}}},
		"too deep": {{Cells: []Cell{{Rows: 2}, {}}}},
		"covered":  {{Cells: []Cell{{Rows: 2}, {}}}, Cells("一", "二")},
	} {
		d := &Document{Blocks: []Block{T(Table{Columns: []float64{1, 1}, Rows: rows})}}
		require.Error(t, fonts(t).PDF(io.Discard, d), name)
		require.Error(t, DOCX(io.Discard, d), name)
	}
	fits := []Row{{Cells: []Cell{{Text: "左", Rows: 2}, {Text: "上"}}}, Cells("下"), {Cells: []Cell{{Text: "宽", Cols: 2}}}}
	require.NoError(t, DOCX(io.Discard, &Document{Blocks: []Block{T(Table{Columns: []float64{1, 1}, Rows: fits})}}))
}

// A rare character in a name comes from the wide font; one that no font has is a fault with its code.
func TestRareCharacters(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	g, err := f.runes("喆玥镕", fangsong, 16)
	require.NoError(t, err)
	for _, x := range g {
		require.Equal(t, "wide", x.face.name, string(x.r))
	}
	err = f.PDF(io.Discard, &Document{Blocks: []Block{P(Body, "莫𠅤")}})
	var missing Missing
	require.True(t, errors.As(err, &missing))
	require.Equal(t, '𠅤', missing.Rune)
	require.Contains(t, err.Error(), "U+20164")
}

// Many draw at once with the same fonts, which nobody may change: the PDF library is handed their very bytes.
func TestManyDrawAtOnce(t *testing.T) {
	t.Parallel()
	have, err := free()
	require.NoError(t, err)
	before := map[string][32]byte{}
	for name, x := range have {
		before[name] = sha256.Sum256(x.raw)
	}
	f := fonts(t)
	var want bytes.Buffer
	require.NoError(t, f.PDF(&want, samples()["ledger"]))
	var wait sync.WaitGroup
	got := make([]bytes.Buffer, 4)
	for i := range got {
		wait.Go(func() { _ = f.PDF(&got[i], samples()["ledger"]) })
	}
	wait.Wait()
	for i := range got {
		require.True(t, bytes.Equal(want.Bytes(), got[i].Bytes()))
	}
	for name, x := range have {
		require.Equal(t, before[name], sha256.Sum256(x.raw), name)
	}
}

func TestAFolderOfFonts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	have, err := free()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "fangsong.ttf"), have["kai"].raw, 0o600))
	f, err := LoadFonts(dir)
	require.NoError(t, err)
	chains, err := f.chains()
	require.NoError(t, err)
	require.Equal(t, "fangsong.ttf", chains[fangsong][0].name)
	require.Equal(t, "song", chains[songti][0].name)
	require.NoError(t, f.PDF(io.Discard, &Document{Blocks: []Block{P(Body, "正文喆")}}))
	for name, content := range map[string][]byte{"nonsense": []byte("no font at all"), "cut off": have["kai"].raw[:5000], "empty": nil} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "heiti.ttf"), content, 0o600))
		_, err := LoadFonts(dir)
		require.ErrorIs(t, err, errFont, name)
	}
}

// Every part of a Word file is well-formed XML, whatever was typed.
func TestWordFilesAreWellFormed(t *testing.T) {
	t.Parallel()
	d := &Document{Title: "<题>&", Draft: true, Head: &Head{Office: "<&>", Number: "“1”", Signer: "何"}, Foot: Foot{Number: "<1>", Hash: "ab"}}
	d.Add(P(Body, "a<b>&\"\x00\x01\n次行"), T(Table{Columns: []float64{1}, Rows: []Row{Cells("</w:t>")}}), Signed(Place{Label: "<签>", Seal: true}), NewPage(), Gap(3))
	other := &Document{Title: "二", Landscape: true}
	for _, name := range []string{"word/document.xml", "word/styles.xml", "word/header1.xml", "word/footer1.xml", "word/footer2.xml", "docProps/core.xml", "[Content_Types].xml", "word/_rels/document.xml.rels", "word/fontTable.xml", "word/settings.xml", "_rels/.rels"} {
		dec := xml.NewDecoder(strings.NewReader(part(t, []*Document{d, other}, name)))
		for {
			_, err := dec.Token()
			if err == io.EOF {
				break
			}
			require.NoError(t, err, name)
		}
	}
	require.Contains(t, part(t, []*Document{d}, "word/header1.xml"), "草")
	require.Contains(t, part(t, []*Document{d, other}, "word/footer1.xml"), "SECTIONPAGES")
	require.Contains(t, part(t, []*Document{d}, "word/footer1.xml"), "NUMPAGES")
}

// What is frozen as JSON draws the same paper again.
func TestADocumentSurvivesJSON(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	for name, d := range samples() {
		raw, err := json.Marshal(d)
		require.NoError(t, err)
		var back Document
		require.NoError(t, json.Unmarshal(raw, &back))
		require.Equal(t, d, &back, name)
		var a, b bytes.Buffer
		require.NoError(t, f.PDF(&a, d))
		require.NoError(t, f.PDF(&b, &back))
		require.True(t, bytes.Equal(a.Bytes(), b.Bytes()), name)
	}
}

// A draft says so on each page; its number is not yet there.
func TestADraftIsMarked(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	d := SupervisionNotice(Supervision{Office: township, To: "柳溪村", Problem: strings.Repeat("问题", 400), Due: date(10, 10), On: date(9, 1)})
	d.Draft = true
	pages, err := f.sheets([]*Document{d})
	require.NoError(t, err)
	require.Greater(t, len(pages), 1)
	require.Contains(t, textOf(pages), "（未编号）")
	var plain, marked bytes.Buffer
	require.NoError(t, f.PDF(&marked, d))
	d.Draft = false
	require.NoError(t, f.PDF(&plain, d))
	a, b := papertest.Pictures(t, marked.Bytes()), papertest.Pictures(t, plain.Bytes())
	for i := range a {
		require.NotEqual(t, a[i], b[i], "page %d", i+1)
	}
}

// S1-051: the report has four parts, also when nothing was found.
func TestTheReportHasFourParts(t *testing.T) {
	t.Parallel()
	pages, err := fonts(t).layout(SelfAssessment(Report{Campaign: sampleCampaign(), Results: "成效", Fixed: "整改", Next: "打算"}))
	require.NoError(t, err)
	text := textOf(pages)
	for _, want := range []string{"一、脱贫攻坚成效", "二、发现的主要问题", "三、立行立改情况", "四、下步工作打算", "经自查，未发现问题。"} {
		require.Contains(t, text, want)
	}
}

// S0-079, S0-085, S0-086: five columns of Annex 3, persons and facts, a department in place of a household.
func TestTheProblemListIsAnnex3(t *testing.T) {
	t.Parallel()
	d := ProblemList(sampleProblems())
	table := d.Blocks[2].Table
	require.Len(t, table.Columns, 5)
	require.Contains(t, table.Rows[1].Cells[3].Text, "覃守田，监测户，家庭人口4人。")
	require.True(t, strings.HasPrefix(table.Rows[3].Cells[3].Text, "县医疗保障局："))
	empty := ProblemList(Problems{Place: "柳溪村", On: date(9, 1)})
	require.Equal(t, "经排查，未发现问题", empty.Blocks[2].Table.Rows[1].Cells[0].Text)
}

// 5.6: what may not be public is refused wherever it is written.
func TestANoticeIsCheckedWholly(t *testing.T) {
	t.Parallel()
	require.Empty(t, sampleNotice().Check())
	for name, change := range map[string]func(n *PublicNotice){
		"a risk type":         func(n *PublicNotice) { n.Rows[1].Proposal = "因病拟纳入监测" },
		"an identity number":  func(n *PublicNotice) { n.Rows[1].Head = "莫喆 452100198001010013" },
		"a personal phone":    func(n *PublicNotice) { n.Rows[0].Group = "三组 13800001234" },
		"no phone to call":    func(n *PublicNotice) { n.Phone = "" },
		"an amount of income": func(n *PublicNotice) { n.Rows[0].Proposal = "人均收入6500元，拟纳入" },
	} {
		n := sampleNotice()
		n.Rows = append([]NoticeRow{}, n.Rows...)
		change(&n)
		require.NotEmpty(t, n.Check(), name)
	}
}

func TestDaysAndNumbers(t *testing.T) {
	t.Parallel()
	require.Equal(t, "2026年1月5日", day(policy.NewDate(2026, 1, 5)))
	require.Contains(t, day(policy.Date{}), "年　　月　　日")
	for n, want := range map[int]string{1: "一", 9: "九", 10: "十", 11: "十一", 20: "二十", 21: "二十一"} {
		require.Equal(t, want, numeral(n))
	}
	require.Equal(t, "—", percent(0, 0))
	require.Equal(t, "66.7%", percent(2, 3))
}

// The contents page of a case file names the pages on which its parts begin.
func TestTheContentsPageIsRight(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	c, bound := sampleCaseFile()
	for range 40 { // more than a page of contents
		bound = append(bound, Bound{Title: "会议签到表", On: date(3, 9), Document: SignInSheet(sampleMeeting())})
	}
	docs, err := f.CaseFile(c, bound)
	require.NoError(t, err)
	at := map[string]int{}
	n := 0
	for i, d := range docs {
		if i >= 2 && at[d.Title] == 0 {
			at[d.Title] = n + 1
		}
		pages, err := f.Pages(d)
		require.NoError(t, err)
		n += pages
	}
	for _, r := range docs[1].Blocks[1].Table.Rows[1:5] {
		require.Equal(t, strconv.Itoa(at[r.Cells[2].Text]), r.Cells[4].Text, r.Cells[2].Text)
	}
	require.Contains(t, textOf(mustLayout(t, f, docs[0])), "共"+strconv.Itoa(n)+"页")
}

func mustLayout(t *testing.T, f *Fonts, d *Document) []*page {
	t.Helper()
	pages, err := f.layout(d)
	require.NoError(t, err)
	return pages
}
