package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// NoticeField is one field of a public notice with its value as text; Code is a code of the policy list public_fields.
type NoticeField struct {
	Code  string `json:"code"`
	Title string `json:"title"`
	Value string `json:"value"`
}

// CheckNotice tells why a public notice may not be posted (domain 5.6; E-1, E-16a–c): fields outside the whitelist, and
// in the values and the rendered text identity numbers (masked ones too), phone numbers other than the one for
// objections, bank cards, health facts and the risk types that disclose them, minors, coordinates, house addresses and
// amounts of income. Full-width digits, digits of other scripts, Chinese numerals, invisible characters and separators
// do not evade it. The Field of a fault is the field's code, or "text". A message never repeats a number it found.
//
// A clean answer is not a proof: a person still reads the sheet before it is posted.
func CheckNotice(fields []NoticeField, text string, whitelist []string) []Fault {
	var out []Fault
	var c noticeCheck
	for _, f := range fields {
		if !slices.Contains(whitelist, f.Code) {
			out = append(out, Fault{"notice_field", f.Code, fmt.Sprintf("“%s”不在公示内容清单内，不得公示", orElse(f.Title, f.Code))})
			continue
		}
		c.learn(f)
	}
	for _, f := range fields {
		if f.Code == "objection_phone" && !lineOrHotline.MatchString(Fold(f.Value)) {
			out = append(out, Fault{"notice_no_phone", f.Code, "请填写可以拨打的电话号码"})
		}
		out = append(out, c.piece(f.Code, f.Value)...)
	}
	return append(out, c.piece("text", text)...)
}

// noticeCheck knows what this notice may contain although it looks suspicious.
type noticeCheck struct {
	phones []string // digits of the phone for objections
	places []string // names of the village and the office, which may contain any word
}

func (c *noticeCheck) learn(f NoticeField) {
	switch f.Code {
	case "objection_phone":
		for _, n := range digitsAndDashes.FindAllString(Fold(f.Value), -1) {
			c.phones = append(c.phones, compact(n))
		}
	case "village", "unit":
		if name := densify(Fold(f.Value)); name != "" && !plainWords[0].pattern.MatchString(name) {
			c.places = append(c.places, name, "")
		}
	}
}

// lineOrHotline is a number that can be called; the shortest, as 12317, have five digits.
var lineOrHotline = regexp.MustCompile(`[0-9][0-9 \-]{3,}[0-9]`)

var digitsAndDashes = regexp.MustCompile(`[0-9][0-9 \-]*[0-9]`)

// allowed tells whether the digits begin with the phone for objections.
func (c *noticeCheck) allowed(number string) bool {
	return slices.ContainsFunc(c.phones, func(p string) bool { return len(p) >= 7 && strings.HasPrefix(number, p) })
}

// piece checks one text. Each code is reported once per piece.
func (c *noticeCheck) piece(field, text string) []Fault {
	var out []Fault
	add := func(code, message string) {
		if !slices.ContainsFunc(out, func(f Fault) bool { return f.Code == code }) {
			out = append(out, Fault{code, field, message})
		}
	}
	folded := Fold(text)
	for _, spelling := range []string{folded, lookAlikes.Replace(folded)} {
		c.numbers(spelling, add)
	}
	if coordinates.MatchString(strings.ReplaceAll(folded, " ", "")) {
		add("notice_location", "疑似经纬度坐标，不得公示")
	}
	dense := strings.NewReplacer(c.places...).Replace(densify(folded))
	for _, w := range plainWords {
		switch m := w.pattern.FindString(dense); {
		case m == "":
		case numerals.MatchString(m):
			add(w.code, w.message)
		default:
			add(w.code, w.message+"（“"+m+"”）")
		}
	}
	return out
}

// numerals keeps amounts, ages and house numbers out of the messages.
var numerals = regexp.MustCompile(`[0-9〇零一二两三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟]`)

func (c *noticeCheck) numbers(text string, add func(code, message string)) {
	for _, n := range findNumbers(text) {
		if n.kind != numberPhone || !c.allowed(n.text) {
			add(string(n.kind), numberMessages[n.kind]+excerpt(n.text))
		}
	}
	for _, w := range numberWords {
		for _, m := range w.pattern.FindAllStringSubmatch(text, -1) {
			if w.code != string(numberPhone) || !c.allowed(compact(m[1])) {
				add(w.code, w.message)
			}
		}
	}
}

var numberMessages = map[numberKind]string{
	numberID:     "疑似身份证号或残疾人证号，遮盖部分数字也不得公示",
	numberPhone:  "疑似个人电话号码",
	numberBank:   "疑似银行卡号",
	numberMasked: "疑似遮盖了部分数字的证件号、电话或账号",
}

// excerpt shows two characters, enough to find the place and too few to disclose anything.
func excerpt(n string) string { return "（“" + n[:2] + "…”）" }

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// lookAlikes spells Chinese numerals and letters that look like digits as digits: so a number may be hidden.
var lookAlikes = strings.NewReplacer(
	"〇", "0", "零", "0", "○", "0", "洞", "0", "O", "0", "一", "1", "壹", "1", "幺", "1", "I", "1", "L", "1", "二", "2", "贰", "2", "两", "2",
	"三", "3", "叁", "3", "四", "4", "肆", "4", "五", "5", "伍", "5", "六", "6", "陆", "6", "七", "7", "柒", "7", "拐", "7",
	"八", "8", "捌", "8", "九", "9", "玖", "9", "勾", "9",
)

// densify takes out all that can stand between the characters of a word, and names of offices that contain such a word.
func densify(folded string) string {
	s := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -.·•*_/\\|~'\"\n", r) {
			return -1
		}
		return r
	}, folded)
	return officeNames.Replace(s)
}

var officeNames = strings.NewReplacer("残疾人联合会", "", "残联", "", "疾病预防控制中心", "", "疾控中心", "", "儿童主任", "", "元旦", "", "元宵", "")

type wordRule struct {
	code, message string
	pattern       *regexp.Regexp
}

func words(code, message, pattern string) wordRule {
	return wordRule{code, message, regexp.MustCompile(pattern)}
}

// numberWords are words that make the digits after them suspicious; the last group of the pattern is the number.
var numberWords = []wordRule{
	words(string(numberID), "身份证号、残疾人证号不得公示，遮盖部分数字也不行", `(?:身份证|证件号|残疾证|残疾人证)[^。\n]{0,12}?([0-9X*×●■][0-9X*×●■ \-]{2,})`),
	words(string(numberPhone), "个人电话号码不得公示", `(?:电话|手机|联系方式|联系人|致电|微信|QQ)[^。\n0-9]{0,10}([0-9][0-9 \-]{5,}[0-9])`),
	words(string(numberBank), "银行账号不得公示", `(?:银行|信用社|账号|帐号|卡号|账户|帐户|存折|一卡通)[^。\n]{0,12}?([0-9*][0-9* \-]{3,}[0-9])`),
	words("notice_minor", "不得公示未成年人的信息", `年龄[^0-9。\n]{0,3}(1[0-7]|[0-9])(?:[^0-9十]|$)|(?:^|[^0-9十百])(1[0-7]|[0-9])周?岁`),
}

// plainWords are looked for in the text without separators.
var plainWords = []wordRule{
	words("notice_risk_health", "该风险类型会透露健康状况，公示中应省略或写“符合监测条件”", `因病|因残|因(?:大|重|慢)?[^，。；、]{0,2}病|因伤`),
	words("notice_health", "涉及健康状况，不得公示", `病|癌|肿瘤|瘤|尿毒|透析|化疗|放疗|糖尿|高血压|冠心|脑梗|脑溢血|(?:^|[^集其])中风(?:[^险]|$)|瘫|肝炎|肝硬化|结核|尘肺|艾滋|HIV|梅毒|`+
		`精神(?:障碍|分裂|异常)|抑郁|癫痫|智力|智障|痴呆|残疾|残废|殘|重残|级残|肢残|视残|听残|伤残|身残|精残|盲人|失明|聋|聾|哑|啞|住院|手术|患者|孕妇|怀孕`),
	words("notice_minor", "不得公示未成年人的信息", `未成年|未[满滿]|儿童|孤儿|婴儿|婴幼|幼儿(?:[^园]|$)|学龄前|小学生|初中生|中学生|高中生|留守儿|(?:^|[^一二三四五六七八九十0-9])(?:十[一二三四五六七]?|[一二三四五六七八九])周?岁`),
	words("notice_location", "不得公示坐标位置", `经度|纬度|东经|北纬|坐标|经纬|GPS|[0-9]{1,3}[°º˚]|[EN][0-9]{2,3}[0-9]{3,}`),
	words("notice_address", "地址只公示到组", `门牌|住址|家住|[0-9一二三四五六七八九十]+(?:号院|号楼|号房|栋|幢|单元|室)|(?:路|街|巷|弄|组|社)[0-9一二三四五六七八九十百]+号`),
	words("notice_amount", "不得公示收入、支出金额", `[0-9〇零一二两三四五六七八九十壹贰叁肆伍陆柒捌玖拾百佰千仟万亿]+[多余几]?(?:元|块钱|圆)(?:[^月]|$)|[¥￥$][0-9]|人民币|(?:收入|支出|存款|负债|欠款)[^，。；\n]{0,12}[0-9〇零二两三四五六七八九壹贰叁肆伍陆柒捌玖][0-9〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖拾十百佰千仟万,]+(?:[^年0-9]|$)`),
}

// coordinates is looked for before separators are taken out: a decimal degree within China with three or more places.
var coordinates = regexp.MustCompile(`(?:^|[^0-9.])(?:(?:7[3-9]|[89][0-9]|1[0-2][0-9]|13[0-6])|(?:[3-9]|[1-4][0-9]|5[0-4]))\.[0-9]{3,}(?:[^0-9]|$)`)
