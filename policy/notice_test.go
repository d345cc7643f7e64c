package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// goodNotice is a notice as it should be; every name and number in the tests is invented.
func goodNotice() ([]NoticeField, string) {
	return []NoticeField{
			{"village", "村", "哑泉村"}, {"group", "组", "3组"}, {"head_name", "户主姓名", "张小三"}, {"population", "家庭人口", "4"},
			{"category", "对象类别", "脱贫不稳定户"}, {"proposal", "公示事项", "拟纳入防止返贫监测对象，符合监测条件"},
			{"period", "公示期", "2026年11月22日至2026年11月27日"}, {"unit", "公示单位", "哑泉村村民委员会"},
			{"objection_phone", "异议受理电话", "0825-6621234、13800001234"},
		}, "公示\n经入户核实、民主评议，哑泉村第1、3、5、6、7、8、9、10、11组共12户拟纳入监测。公示期2026.11.22-2026.11.27（5天）。\n" +
			"1. 张小三 3组 4人 脱贫不稳定户\n2. 李* 5组 3人 边缘易致贫户\n如有异议请拨打电话 0825-6621234 或 13800001234，残联、疾控中心协助。\n" +
			"集中风险排查组 2026-11-22 元旦前办结，七十二岁以上老人由家属代签。"
}

var whitelist = Resolve(nil, "", mustDate("2026-11-22").Start()).Strings("public_fields")

func TestGoodNoticePasses(t *testing.T) {
	t.Parallel()
	fields, text := goodNotice()
	require.Empty(t, CheckNotice(fields, text, whitelist))
	require.Empty(t, CheckNotice(nil, "", nil))
}

func TestNoticeFields(t *testing.T) {
	t.Parallel()
	fields, text := goodNotice()
	fields = append(fields, NoticeField{"income", "人均纯收入", "略"}, NoticeField{"x", "", ""})
	require.Equal(t, []Fault{
		{"notice_field", "income", "“人均纯收入”不在公示内容清单内，不得公示"}, {"notice_field", "x", "“x”不在公示内容清单内，不得公示"},
	}, CheckNotice(fields, text, whitelist))
}

func TestNoticeNeedsANumberToCall(t *testing.T) {
	t.Parallel()
	for phone, ok := range map[string]bool{"12317": true, "0825-6621234转8": true, "１３８００００１２３４": true, "110": false, "村支书": false, "": false} {
		faults := CheckNotice([]NoticeField{{"objection_phone", "电话", phone}}, "", whitelist)
		require.Equal(t, ok, len(faults) == 0, "%s %v", phone, faults)
	}
}

// noticeCodes checks a sentence inside a good notice and gives the codes found in the text.
func noticeCodes(t *testing.T, sentence string) []string {
	t.Helper()
	fields, text := goodNotice()
	var codes []string
	for _, f := range CheckNotice(fields, text+"\n"+sentence+"\n", whitelist) {
		require.Equal(t, "text", f.Field)
		require.NotEmpty(t, f.Message)
		codes = append(codes, f.Code)
	}
	return codes
}

func TestNoticeFindsWhatMustNotBeShown(t *testing.T) {
	t.Parallel()
	id := withCheck("51092319900101011")
	card := "622848" + "0402564890018" // invented, passes Luhn
	require.True(t, luhn(card))
	for code, sentences := range map[string][]string{
		"notice_id": {
			id, "张小三" + id, strings.ToLower("11010519491231002X"), "11010519491231002Ｘ",
			"510923199001010119"[:17] + "0", // wrong check character
			"51********1234", "5109**********1234", "510923****1234", "510923199001******", "**************1234",
			"5109●●●●●●●●●●1234", "5109××××××××××1234", "51XXXXXXXXXXXX1234", "5109xxxxxxxxxx1234", "5109 **** **** **12 34", "5109 XXXX XXXX XX12",
			"５１０９２３１９９００１０１０１１" + id[17:], "510923 19900101 011" + id[17:], "510923-1990-0101-011" + id[17:],
			"5 1 0 9 2 3 1 9 9 0 0 1 0 1 0 1 1 " + id[17:], "510923\u200b19900101\u200b011" + id[17:], "510923·19900101·011" + id[17:],
			"510923，19900101，011" + id[17:], "510923\n19900101\n011" + id[17:], "(510923)19900101/011" + id[17:],
			"٥١٠٩٢٣١٩٩٠٠١٠١٠١١" + id[17:], "𝟓𝟏𝟎𝟗𝟐𝟑𝟏𝟗𝟗𝟎𝟎𝟏𝟎𝟏𝟎𝟏𝟏" + id[17:], "⑤①⓪⑨②③①⑨⑨⓪⓪①⓪①⓪①①" + id[17:],
			"五一〇九二三一九九〇〇一〇一〇一一" + id[17:], "伍壹零玖贰叁壹玖玖零零壹零壹零壹壹" + id[17:], "5lO923I99OOlOlOll" + id[17:],
			"编号9" + id + "0", id + "43", id + "43B1", "11010519491231002X42", "510923900101011", "身份证尾号1234", "身份证号：12 34", "残疾人证后四位 4321",
		},
		"notice_phone": {
			"13900005678", "139 0000 5678", "139-0000-5678", "１３９００００５６７８", "+8613900005678", "013900005678", "139****5678", "139●●●●5678",
			"139，0000，5678", "一三九零零零零五六七八", "幺三九〇〇〇〇五六七八", "I39OOOO5678", "1\u200d39\u200d0000\u200d5678", "1 3 9 0 0 0 0 5 6 7 8",
			"12户13900005678", "0825-7654321", "(0825)7654321", "4001234567", "户主电话7654321", "手机：765-4321", "99" + "13900005678",
		},
		"notice_bank": {card, "6228 4804 0256 4890 018", "６２２８４８０４０２５６４８９００１８", "6228-4804-0256-4890-018", "农业银行账号 12345678901", "一卡通卡号尾号 90018", "银行卡：六二二八四八"},
		"notice_health": {
			"患有糖尿病", "长期透析", "癌 症", "肺·癌", "精神障碍", "肢体残疾二级", "重-残", "住院治疗", "高血压", "听力残疾", "盲人", "两人患病", "殘疾", "H I V", "脑中风", "患\u200b病",
		},
		"notice_risk_health": {"风险类型：因病", "因 残", "因大病", "因·病", "因病、因残致贫", "因伤"},
		"notice_minor":       {"孙子8岁", "孙子１５岁", "孙女十二岁", "八周岁", "儿童2人", "未成年人", "小学生", "留守儿童", "年龄：9", "未满十八", "长孙十岁"},
		"notice_location":    {"105.123456,30.654321", "东经105度", "北纬三十度", "坐标见附图", "ＧＰＳ定位", "１０５．１２３４５６", "105°12′", "E105123"},
		"notice_address":     {"3组12号", "人民路12号", "5栋302", "二单元", "家住村口", "门牌见附件"},
		"notice_amount": {
			"人均6900元", "人均纯收入 6,900", "６９００元", "六千九百元", "陆仟玖佰圆", "6 9 0 0 元", "￥6900", "收入0.69万元", "人民币陆仟", "年收入八千", "存款20000", "6900多元",
		},
	} {
		for _, s := range sentences {
			require.Contains(t, noticeCodes(t, s), code, s)
		}
	}
	for s, code := range map[string]string{"6900": "", "收入低于2026年参考线": "", "十八岁以上": "", "18岁": "", "17岁": "notice_minor", "幼儿园旁公示栏": "", "精神文明": "", "2027元月": "", "第三单位": "", "公元2026年": "", "2026 XXX村": "", "2026 XX村": ""} {
		if code == "" {
			require.Empty(t, noticeCodes(t, s), s)
		} else {
			require.Equal(t, []string{code}, noticeCodes(t, s), s)
		}
	}
}

func TestNoticeValuesAreCheckedToo(t *testing.T) {
	t.Parallel()
	fields, text := goodNotice()
	fields[2].Value = "张小三（13900005678）"
	fields[5].Value = "拟纳入，因病"
	faults := CheckNotice(fields, text, whitelist)
	require.Equal(t, []string{"notice_phone head_name", "notice_risk_health proposal", "notice_health proposal"}, []string{
		faults[0].Code + " " + faults[0].Field, faults[1].Code + " " + faults[1].Field, faults[2].Code + " " + faults[2].Field,
	})
	fields, text = goodNotice()
	fields[8].Value = withCheck("51092319900101011")
	require.Contains(t, fmt.Sprint(CheckNotice(fields, text, whitelist)), "疑似身份证号", "the phone field is no hiding place")
}

func TestNoticeMessagesDiscloseNothing(t *testing.T) {
	t.Parallel()
	fields, _ := goodNotice()
	for _, f := range CheckNotice(fields, "张小三 "+withCheck("51092319900101011")+" 13900005678，人均6900元，孙子8岁，3组12号", whitelist) {
		require.NotRegexp(t, "6900|8岁|12号", f.Message)
		require.NotContains(t, f.Message, "5109")
		require.NotContains(t, f.Message, "139")
	}
}

// However an identity number is cut and spelled, it is found.
func TestNoticeEvasionProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := withCheck(fmt.Sprintf("510923%s%03d", NewDate(1930, 1, 1+rapid.IntRange(0, 34000).Draw(t, "day")).Start().Format("20060102"),
			rapid.IntRange(0, 999).Draw(t, "seq")))
		var b strings.Builder
		for _, r := range n {
			spellings := []rune{r}
			if r != 'X' {
				d := r - '0'
				spellings = append(spellings, '０'+d, '٠'+d, []rune("〇一二三四五六七八九")[d], []rune("零壹贰叁肆伍陆柒捌玖")[d])
			}
			b.WriteRune(rapid.SampledFrom(spellings).Draw(t, "spelling"))
			b.WriteString(rapid.SampledFrom([]string{"", "", " ", "-", "\u200b", "·", "—", ".", "　"}).Draw(t, "separator"))
		}
		before := rapid.SampledFrom([]string{"", "张小三", "证件：", "（"}).Draw(t, "before")
		require.Contains(t, fmt.Sprint(CheckNotice(nil, before+b.String()+"，", nil)), "疑似身份证号", b.String())
	})
}

// BenchmarkCheckNotice checks a sheet with a hundred households.
func BenchmarkCheckNotice(b *testing.B) {
	fields, text := goodNotice()
	text += strings.Repeat("张小三 3组 4人 脱贫不稳定户\n", 100)
	for b.Loop() {
		CheckNotice(fields, text, whitelist)
	}
}

func FuzzCheckNotice(f *testing.F) {
	_, text := goodNotice()
	for _, s := range []string{text, "51********1234", "五一〇九", "\xff*X1", strings.Repeat("1X*", 40)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, fault := range CheckNotice([]NoticeField{{"village", "村", s}, {"objection_phone", "电话", s}}, s, whitelist) {
			require.NotEmpty(t, fault.Code)
			require.NotEmpty(t, fault.Message)
		}
	})
}
