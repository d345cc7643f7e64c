package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// The province: invented codes, 30 counties of 20 townships of 12 villages. The
// first village is a large community, with many more households and cases than
// any other, so that long lists are measured at every level.
const (
	counties, townships, villages = 30, 20, 12

	hotCounty, hotTownship, hotVillage = "990201", "990201101", "990201101201"
	hotHouseholds                      = 3000
)

// viewers are the accounts that are measured.
var viewers = []struct {
	login  string
	role   procedure.Role
	region string
	dept   string
}{
	{"village", procedure.VillageCadre, hotVillage, ""},
	{"township", procedure.TownshipOffice, hotTownship, ""},
	{"county", procedure.CountyOffice, hotCounty, ""},
	{"surveyor", procedure.Surveyor, hotVillage, ""},
	{"dept", procedure.CountyDept, hotCounty, policy.Departments[0].Code},
	{"auditor", procedure.Auditor, hotCounty, ""},
}

func villageCode(i int) string {
	return fmt.Sprintf("9902%02d%d%d", i/(townships*villages)+1, i/villages%townships+101, i%villages+201)
}

// villageOf is the village of a household by its number.
func villageOf(i int) int {
	if i < hotHouseholds {
		return 0
	}
	return (i - hotHouseholds) % (counties * townships * villages)
}

var surnames = []syllable{{"王", "wang"}, {"李", "li"}, {"张", "zhang"}, {"刘", "liu"}, {"陈", "chen"}, {"杨", "yang"}, {"赵", "zhao"}, {"黄", "huang"},
	{"周", "zhou"}, {"吴", "wu"}, {"徐", "xu"}, {"孙", "sun"}, {"胡", "hu"}, {"朱", "zhu"}, {"高", "gao"}, {"林", "lin"}, {"何", "he"}, {"郭", "guo"}, {"马", "ma"}, {"罗", "luo"}}

var given = []syllable{{"守", "shou"}, {"望", "wang"}, {"田", "tian"}, {"禾", "he"}, {"春", "chun"}, {"苗", "miao"}, {"远", "yuan"}, {"山", "shan"}, {"明", "ming"}, {"秀", "xiu"},
	{"英", "ying"}, {"强", "qiang"}, {"芳", "fang"}, {"国", "guo"}, {"建", "jian"}, {"华", "hua"}, {"平", "ping"}, {"玉", "yu"}, {"兰", "lan"}, {"德", "de"},
	{"福", "fu"}, {"贵", "gui"}, {"安", "an"}, {"康", "kang"}, {"晓", "xiao"}, {"云", "yun"}, {"志", "zhi"}, {"文", "wen"}, {"海", "hai"}, {"清", "qing"}}

type syllable struct{ char, pinyin string }

// name is the head of household i: characters, pinyin, initials. Surnames are as
// uneven as in life.
func name(i int) (chars, pinyin, abbr string) {
	r := rand.New(rand.NewPCG(1, uint64(i)))
	list := []syllable{surnames[min(r.IntN(len(surnames)), r.IntN(len(surnames)))], given[r.IntN(len(given))], given[r.IntN(len(given))]}
	for _, s := range list {
		chars, pinyin, abbr = chars+s.char, pinyin+s.pinyin, abbr+s.pinyin[:1]
	}
	return chars, pinyin, abbr
}

// householdID sorts by number, as identifiers made one after another do.
func householdID(i int) string { return fmt.Sprintf("01SCALE%019d", i) }

// idNo is an invented identity number of the head of household i.
func idNo(i int) string {
	return fmt.Sprintf("%s%d%02d%02d%03d%d", villageCode(villageOf(i))[:6], 1940+i/336000%60, i/28000%12+1, i/1000%28+1, i%1000, i%10)
}

// fill writes the province into an empty database.
func fill(t testing.TB, s *models.Store, dsn string, p plan) {
	w := testkit.NewWorld(t, s)
	groups, survey := templates(w, stages), newSurvey(w)
	b := newBulk(t, s, dsn, &models.Region{}, &models.User{}, &models.RoleGrant{}, &models.Engagement{}, &models.Session{}, &models.Household{}, &models.Person{},
		&models.Case{}, &models.CaseEvent{}, &models.Endorsement{}, &models.Attachment{}, &models.Task{}, &models.ClockRow{},
		&models.CampaignVillage{}, &models.CampaignScope{}, &models.CampaignDay{})
	fillRegions(b)
	fillUsers(b)
	for i := range p.households {
		fillHousehold(t, b, s.Vault, i)
	}
	r := rand.New(rand.NewPCG(2, 3))
	for n := 0; n < p.cases; {
		i := r.IntN(p.households)
		if r.IntN(100) < 2 {
			i = r.IntN(min(hotHouseholds, p.households))
		}
		n += groups.pick(r).copy(b, s.Vault, i, r)
	}
	survey.fill(b, s.Vault, p.households, r)
	b.close()
}

func fillRegions(b *bulk) {
	for c := range counties {
		county := villageCode(c * townships * villages)[:6]
		b.add(&models.Region{Code: county, Level: "county", Name: fmt.Sprintf("第%d县", c+1), Path: fmt.Sprintf("第%d县", c+1)})
		for tn := range townships {
			first := (c*townships + tn) * villages
			town := villageCode(first)[:9]
			path := fmt.Sprintf("第%d县第%d乡", c+1, tn+1)
			b.add(&models.Region{Code: town, Parent: county, Level: "township", Name: fmt.Sprintf("第%d乡", tn+1), Path: path})
			for v := range villages {
				title := fmt.Sprintf("第%d村", v+1)
				b.add(&models.Region{Code: villageCode(first + v), Parent: town, Level: "village", Name: title, Path: path + title})
			}
		}
	}
}

func fillUsers(b *bulk) {
	now := testkit.Start
	for _, v := range viewers {
		b.add(&models.User{ID: v.login, Login: v.login, Name: "测" + v.login, PasswordHash: "none", CreatedAt: now},
			&models.RoleGrant{ID: v.login, UserID: v.login, Role: v.role, RegionCode: v.region, Dept: v.dept, ValidFrom: now.AddDate(-1, 0, 0)},
			&models.Session{TokenHash: tokenHash(v.login), UserID: v.login, CreatedAt: now, SeenAt: measured(), ExpiresAt: now.AddDate(1, 0, 0)})
	}
	b.add(&models.Engagement{ID: "auditor", No: "SJ-1", UserID: "auditor", Title: "跟踪审计", Basis: "测试", Areas: []string{hotCounty}, Procedures: []string{}, FromDay: policy.DateOf(now.AddDate(-1, 0, 0)).String(),
		UntilDay: policy.DateOf(now.AddDate(1, 0, 0)).String(), RegionCode: hotCounty, GivenBy: "county", GivenRole: procedure.CountyOffice, GivenAt: now})
	b.add(&models.User{ID: "farmer", Login: "farmer", Name: "测farmer", PasswordHash: "none", CreatedAt: now},
		&models.RoleGrant{ID: "farmer", UserID: "farmer", Role: procedure.Farmer, RegionCode: hotVillage, HouseholdID: householdID(1), ValidFrom: now.AddDate(-1, 0, 0)},
		&models.Session{TokenHash: tokenHash("farmer"), UserID: "farmer", CreatedAt: now, SeenAt: measured(), ExpiresAt: now.AddDate(1, 0, 0)})
}

func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func fillHousehold(t testing.TB, b *bulk, vault *models.Vault, i int) {
	chars, pinyin, abbr := name(i)
	made := testkit.Start.Add(-time.Duration(i) * time.Second)
	h := &models.Household{ID: householdID(i), No: fmt.Sprintf("%s%07d", villageCode(villageOf(i)), i),
		RegionCode: villageCode(villageOf(i)), GroupName: "一组", HeadName: chars, HeadPinyin: pinyin, HeadAbbr: abbr, Population: 1 + i%6,
		BaseType: "ordinary", Status: "none", SourceHash: tokenHash(chars), CreatedAt: made, UpdatedAt: made, RowVersion: 1}
	require.NoError(t, h.SetSecret(vault, models.HouseholdSecret{Phone: fmt.Sprintf("138%08d", i), Address: "一组" + fmt.Sprint(i%300) + "号", Income: int64(i%9000) * 100}))
	index := vault.Index(idNo(i))
	head := &models.Person{ID: "P" + h.ID[1:], HouseholdID: h.ID, Name: chars, IsHead: true, IDIndex: &index, CreatedAt: made, UpdatedAt: made}
	require.NoError(t, head.SetSecret(vault, models.PersonSecret{IDNo: idNo(i), Relation: "户主", Sex: "男", BirthDate: "1960-03-07"}))
	b.add(h, head)
}
