package ledger

import (
	"fmt"
	"math/rand/v2"

	"shouwang/models"
	"shouwang/policy"
)

// FictionPrefix begins every identity number that Generate invents. 51 is a province, so the numbers pass the check of
// the first two digits, but no prefecture can be numbered 99: GB/T 2260 gives the third and fourth digits 01–20 and
// 51–70 to cities, 21–50 to regions, prefectures and leagues, and 90 to counties directly under a province. No county was
// ever coded 5199xx, so no registration office can have issued such a number, and no living person can have one.
const FictionPrefix = "5199"

// fictionPhone begins every invented telephone number: 160 is not among the series given to mobile operators.
const fictionPhone = "160"

// FictionTownship and FictionVillages are the invented places of a generated ledger.
const FictionTownship = "青禾镇"

// FictionVillages are its villages, in the order of their codes.
var FictionVillages = []string{"松塘村", "鹿鸣坳村", "石桥湾村", "桂花坪村", "双溪口村", "云雀岭村", "竹影村", "望川村", "枫林渡村"}

var (
	surnames = []rune("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文单仇解覃查盖区")
	elder    = [2][]rune{[]rune("国建文明德福贵荣华兴发富财友根生全有长永光庆安平春"), []rune("秀英桂兰玉珍凤香莲芳琼淑素碧清菊翠群会蓉仙云素珍")}
	middle   = [2][]rune{[]rune("军勇强伟刚波涛斌辉鹏超林洪志学建东海峰云松明亮成"), []rune("丽敏燕霞娟红梅艳静玲莉萍琴蓉小春晓雪琳平芬利秋群")}
	young    = [2][]rune{[]rune("浩宇轩俊杰博涵子豪睿晨泽瑞天佑嘉航一鸣思远铭锐承"), []rune("欣怡梓涵雨诗琪佳雅萱语桐思婷可馨若曦紫妍艺心悦童")}
)

// folk makes invented persons; equal seeds make equal persons.
type folk struct {
	*rand.Rand
	today  policy.Date
	prefix string // six digits
	used   map[string]bool
	phones int
	large  bool
}

// villager is one invented person.
type villager struct {
	name, sex, relation, id, phone         string
	education, school, health, disability  string
	labour, medical, ethnicity, birthShown string
	birth                                  policy.Date
	secret                                 models.PersonSecret // the further columns
}

func (f *folk) chance(percent int) bool { return f.IntN(100) < percent }

// weighted picks an index with the given weights.
func (f *folk) weighted(weights ...int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	n := f.IntN(sum)
	for i, w := range weights {
		if n -= w; n < 0 {
			return i
		}
	}
	return 0
}

func pick[T any](f *folk, from []T) T { return from[f.IntN(len(from))] }

func (f *folk) surname() string { return string(pick(f, surnames)) }

func (f *folk) given(age int, sex string) string {
	chars := &middle
	switch {
	case age >= 55:
		chars = &elder
	case age < 25:
		chars = &young
	}
	set := chars[0]
	if sex == "女" {
		set = chars[1]
	}
	if f.chance(15) {
		return string(pick(f, set))
	}
	return string(pick(f, set)) + string(pick(f, set))
}

// person invents somebody of about the given age.
func (f *folk) person(surname, sex, relation string, age int) *villager {
	birth := policy.NewDate(f.today.Year-age, f.today.Month, f.today.Day).AddDays(-f.IntN(360) - 1)
	p := &villager{name: surname + f.given(age, sex), sex: sex, relation: relation, birth: birth, ethnicity: "汉族"}
	if f.chance(4) {
		p.ethnicity = pick(f, []string{"彝族", "藏族", "羌族", "苗族", "回族", "土家族"})
	}
	p.id = f.number(birth, sex)
	age = policy.AgeOn(birth, f.today)
	f.condition(p, age)
	if age >= 16 && age < 80 && f.chance(85) {
		f.phones++
		p.phone = fmt.Sprintf("%s%s%06d", fictionPhone, f.prefix[4:], (f.phones*7919)%1_000_000) // of two areas no two are the same
	}
	return p
}

// number makes an identity number with a valid check character that nobody else in this ledger has.
func (f *folk) number(birth policy.Date, sex string) string {
	for {
		seq := f.IntN(499)*2 + 2
		if sex == "男" {
			seq--
		}
		n := fmt.Sprintf("%s%04d%02d%02d%03d", f.prefix, birth.Year, birth.Month, birth.Day, seq)
		if !f.used[n] {
			f.used[n] = true
			return n + string(checkCharacter(n))
		}
	}
}

// checkCharacter finds the one last character with which the number is valid.
func checkCharacter(first17 string) byte {
	for _, c := range []byte("0123456789X") {
		if _, err := policy.ParseID(first17 + string(c)); err == nil {
			return c
		}
	}
	panic("ledger: no check character fits " + first17[:6])
}

// condition gives schooling, health, labour and insurance as they go with the age.
func (f *folk) condition(p *villager, age int) {
	p.health, p.labour, p.medical = "健康", "普通劳动力", "城乡居民基本医疗保险"
	p.school = schoolAt(age)
	if age >= 18 && age < 22 && f.chance(45) {
		p.school = pick(f, []string{"高职高专一年级", "高职高专二年级", "本科", "本科"})
	}
	switch {
	case p.school != "":
	case age >= 65:
		p.education = []string{"文盲或半文盲", "小学", "初中"}[f.weighted(30, 60, 10)]
	case age >= 40:
		p.education = []string{"小学", "初中", "高中", "大专"}[f.weighted(35, 50, 12, 3)]
	case age >= 16:
		p.education = []string{"初中", "高中", "大专", "本科及以上"}[f.weighted(50, 28, 14, 8)]
	}
	illness := 4
	if age >= 60 {
		illness = 28
	}
	switch {
	case f.chance(5):
		p.health = "残疾"
		p.disability = pick(f, []string{"肢体", "肢体", "视力", "听力", "智力", "精神"}) + "残疾" + pick(f, []string{"一级", "二级", "三级", "四级", "四级"})
	case f.chance(illness):
		p.health = "长期慢性病"
	case f.chance(2):
		p.health = "患有大病"
	}
	switch {
	case age < 16 || p.school != "" || age >= 75:
		p.labour = "无劳动力"
	case age >= 65 || p.health == "患有大病":
		p.labour = "弱劳动力或半劳动力"
	case p.health == "残疾":
		p.labour = pick(f, []string{"弱劳动力或半劳动力", "丧失劳动力"})
	case f.chance(12):
		p.labour = "技能劳动力"
	}
	switch {
	case f.chance(1):
		p.medical = "未参保"
	case age >= 25 && age < 60 && f.chance(4):
		p.medical = "城镇职工基本医疗保险"
	}
}

func schoolAt(age int) string {
	switch {
	case age >= 3 && age < 6:
		return "学龄前儿童"
	case age >= 6 && age < 12:
		return "小学"
	case age >= 12 && age < 15:
		return []string{"七年级", "八年级", "九年级"}[age-12]
	case age >= 15 && age < 18:
		return []string{"普通高中一年级", "普通高中二年级", "普通高中三年级"}[age-15]
	}
	return ""
}
