package policy

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"time"
)

// How a duty may be done: in the home; in the home, and by telephone while the whole family is away; or by telephone,
// for which a visit will do as well (2.5).
const (
	VisitHome       = "home"
	VisitHomeOrAway = "home_or_away"
	VisitRemote     = "remote"
)

// VisitRule is one duty of 2.5: which role sees households of a status, how, and how often. Income says that the
// income is monitored (S003 #6).
type VisitRule struct {
	Code   string `json:"code"`
	Title  string `json:"title"`
	Status string `json:"status"` // monitored, observing, stable, out_of_poverty, ordinary
	Actor  string `json:"actor"`  // role code
	Mode   string `json:"mode"`   // home, home_or_away, remote
	Every  string `json:"every"`  // month, quarter, half_year, year
	Income bool   `json:"income,omitempty"`
}

func (v VisitRule) code() (string, string) { return v.Code, v.Title }

var (
	visitClasses = []string{"monitored", "observing", "stable", "out_of_poverty", "ordinary"}
	visitModes   = []string{VisitHome, VisitHomeOrAway, VisitRemote}
	visitPeriods = []string{"month", "quarter", "half_year", "year"}
)

func (v VisitRule) check() []Fault {
	if v.Actor == "" || !slices.Contains(visitClasses, v.Status) || !slices.Contains(visitModes, v.Mode) || !slices.Contains(visitPeriods, v.Every) {
		return bad("policy_item", "走访规则“%s”须写明 actor；status 为 monitored、observing、stable、out_of_poverty 或 ordinary，"+
			"mode 为 home、home_or_away 或 remote，every 为 month、quarter、half_year 或 year", v.Title)
	}
	return nil
}

// visitRules are the rows of 2.5. #5 and #18 differ for 脱贫户, so each role has its own row. The look-backs of the year
// after elimination and of each quarter (2.7; #11, #23) and the half-yearly screening (2.9) are procedures of their own.
var visitRules = []VisitRule{
	{"monitored_month", "监测对象每月走访", "monitored", "assistance_person", VisitHomeOrAway, "month", false},        // #5, #18
	{"monitored_income", "监测对象季度收入监测", "monitored", "village_monitor", VisitRemote, "quarter", true},          // #6
	{"out_of_poverty_month", "脱贫户每月走访", "out_of_poverty", "resident_member", VisitHomeOrAway, "month", false}, // #5
	{"out_of_poverty_quarter", "脱贫户季度入户", "out_of_poverty", "village_cadre", VisitHome, "quarter", false},     // #18
	{"out_of_poverty_income", "脱贫户季度收入监测", "out_of_poverty", "village_monitor", VisitRemote, "quarter", true}, // #6
	{"stable_quarter", "稳定消除户季度入户", "stable", "village_cadre", VisitHome, "quarter", false},                   // #18
	{"stable_month", "稳定消除户每月电话联系", "stable", "village_cadre", VisitRemote, "month", false},                   // #18
	{"ordinary_year", "一般农户年度走访", "ordinary", "village_cadre", VisitHome, "year", false},                      // #5
}

// visitKeys steer the duties.
var visitKeys = []Key{
	{Code: "visit_rule", Title: "走访规则", Kind: KindItems, Basis: "S003 #5, #6, #18", Default: encode(visitRules), Check: list(VisitRule.check)},
	count("spread_days", "同期到期的任务分散的工作日数", "个工作日", "5", "D", 1, 60),
	number64("copied_ratio", "走访记录雷同的相似程度", "比例", "0.85", "D", "", 0.5, 1),
	number64("visit_far_metres", "走访地点与住所的距离提示", "米", "1000", "D", "", 50, 50000),
}

// VisitRules are the duties in force.
func (s Snapshot) VisitRules() []VisitRule { return get[[]VisitRule](s, "visit_rule") }

// VisitClass is the row of 2.5 a household belongs to by its status (2.17) and type, "" for one that is gone. A
// household whose wrong admission was revoked is visited as before.
func VisitClass(status, baseType string) string {
	switch status {
	case "monitored", "eliminating":
		return "monitored"
	case "observing", "stable":
		return status
	case "household_cancelled":
		return ""
	}
	if baseType == "out_of_poverty" {
		return "out_of_poverty"
	}
	return "ordinary"
}

// Period is a stretch of days with a name, such as 2026-10, 2026Q4, 2026H2 or 2026.
type Period struct {
	Key         string
	First, Last Date
}

// PeriodOf is the month, quarter, half-year or year in which a day lies.
func PeriodOf(every string, day Date) Period {
	n := map[string]int{"month": 1, "quarter": 3, "half_year": 6, "year": 12}[every]
	if n == 0 {
		return Period{}
	}
	part := (int(day.Month) - 1) / n
	key := map[string]string{"month": fmt.Sprintf("%04d-%02d", day.Year, part+1), "quarter": fmt.Sprintf("%04dQ%d", day.Year, part+1),
		"half_year": fmt.Sprintf("%04dH%d", day.Year, part+1), "year": fmt.Sprintf("%04d", day.Year)}[every]
	first := NewDate(day.Year, time.Month(part*n+1), 1)
	return Period{Key: key, First: first, Last: NewDate(day.Year, time.Month(part*n+n+1), 0)}
}

// Spread puts what would begin on one day on the first n working days from then on, the same key always on the same
// day, and never after last.
func (c *Calendar) Spread(first, last Date, n int, key string) Date {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(key)) // never fails
	skip := int(sum.Sum32() % uint32(max(n, 1)))
	found := first
	for d := first; !last.Before(d) && skip >= 0; d = d.AddDays(1) {
		if c.Day(d).Work {
			found = d
			skip--
		}
	}
	return found
}

// Metres is the distance between two places given by longitude and latitude in degrees,
// on a ball the size of the earth: within 0.6 in a hundred.
func Metres(lon1, lat1, lon2, lat2 float64) float64 {
	const radius, degree = 6_371_000, math.Pi / 180
	lat := math.Sin((lat2 - lat1) * degree / 2)
	lon := math.Sin((lon2 - lon1) * degree / 2)
	h := lat*lat + math.Cos(lat1*degree)*math.Cos(lat2*degree)*lon*lon
	return 2 * radius * math.Asin(math.Sqrt(min(h, 1)))
}
