package activities

import (
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/forms"
	"shouwang/policy"
	"shouwang/procedure"
)

// Pattern is a way in which acts look as they should not (5.7). Each is one statement over the records; what it finds is
// a reason to look at a case, not a verdict.
type Pattern struct {
	Code, Title, Help string
	// Least, if there is one, is the number from which something counts; its meaning and bounds.
	Least *Least
	find  func(f lookup) *gorm.DB
	words func(h PatternHit) string
}

// Least is a threshold of a pattern.
type Least struct {
	Title             string
	Default, Min, Max int
}

// Patterns are all of them, in the order in which they are shown.
var Patterns = []Pattern{
	{"idle_days", "限内空白", "在限办理期间，两次办理之间连续多日没有任何人办理（中止计时的除外）", &Least{"空白天数不少于", 15, 1, 3650}, idleDays,
		func(h PatternHit) string { return fmt.Sprintf("此前连续%d天没有人办理", h.Number) }},
	{"stopped_days", "停计天数", "期限因中止计时、公示中断等停计多日", &Least{"停计天数不少于", 10, 1, 3650}, stoppedDays,
		func(h PatternHit) string { return fmt.Sprintf("期限停计%d天", h.Number) }},
	{"same_person", "同一人两次", "同一人在同一事项中以不同岗位或者不同人的名义办理，或者办理了应当回避的两个环节", nil, samePerson,
		func(h PatternHit) string {
			return fmt.Sprintf("%s此前已办理本事项第%d条记录", h.ActorName, h.Number)
		}},
	{"too_fast", "即到即批", "审核、审定、评议、核验等决定，在到达该环节后很短时间内作出", &Least{"不足秒数", 60, 1, 3600}, tooFast,
		func(h PatternHit) string { return fmt.Sprintf("到达该环节后%d秒作出决定", h.Number) }},
	{"short_notice", "公示不足", "公示期满结束，而张贴时间少于该事项适用政策规定的天数", nil, shortNotice,
		func(h PatternHit) string {
			return fmt.Sprintf("自张贴至撤下%d小时，少于规定的公示期", h.Number)
		}},
	{"evidence_reused", "材料重复", "同一文件（按内容哈希）用于不同农户或者不同村的事项或者表册", nil, evidenceReused,
		func(h PatternHit) string { return fmt.Sprintf("同一文件还用于其他%d个对象", h.Number) }},
	{"night_bulk", "夜间批量", "同一账号一夜（22时至次日6时）办理多件事项", &Least{"件数不少于", 10, 2, 10000}, nightBulk,
		func(h PatternHit) string { return fmt.Sprintf("%s当夜办理%d件", h.ActorName, h.Number) }},
	{"text_copied", "文字雷同", "不同农户的事项或者表册中填写了相同的文字（不计姓名、数字和标点，不足20字的除外）", nil, textCopied,
		func(h PatternHit) string {
			if h.Line > 0 {
				return fmt.Sprintf("表中第%d行：相同的文字还填写于其他%d户", h.Line, h.Number)
			}
			return fmt.Sprintf("相同的文字还填写于其他%d户", h.Number)
		}},
	{"never_escalated", "超期未升级", "超过期限多日，却没有一次催办或者督办送到经办人以上", &Least{"超期天数不少于", 2, 1, 3650}, neverEscalated,
		func(h PatternHit) string { return fmt.Sprintf("超期%d天没有升级", h.Number) }},
}

// PatternOf finds a pattern by its code.
func PatternOf(code string) (Pattern, bool) {
	for _, p := range Patterns {
		if p.Code == code {
			return p, true
		}
	}
	return Pattern{}, false
}

// PatternQuery asks for what a pattern finds, newest first.
type PatternQuery struct {
	// Scope keeps those rows of a statement over the table cases that the asker reaches.
	Scope func(*gorm.DB) *gorm.DB
	// Records keeps those of a statement over the table form_records; without it none is looked at.
	Records func(*gorm.DB) *gorm.DB
	// Least is the threshold; 0 takes the pattern's own.
	Least int
	// From and Until bound the moment, Until excluded; zero does not.
	From, Until time.Time
	// AfterAt and AfterID are those of the last hit of the page before.
	AfterAt time.Time
	AfterID string
	Limit   int
}

// PatternHit is one thing found: an act, a clock or a file of a case, or a text or a file of a form record. Number says how
// much, OtherCase and OtherRecord another case or record that it has to do with.
type PatternHit struct {
	ID          string
	CaseID      string // "" of a form record
	RecordID    string
	Line        int // of a table of the record, from 1; 0 for what is in none
	At          time.Time
	Seq         int // of the act; 0 for what is none
	ActorID     string
	ActorName   string
	OtherCase   string
	OtherRecord string
	Number      int64
}

// Words say what was found.
func (p Pattern) Words(h PatternHit) string { return p.words(h) }

// lookup is a query on its way, with the words of the dialect.
type lookup struct {
	db      *gorm.DB
	scope   func(*gorm.DB) *gorm.DB
	records func(*gorm.DB) *gorm.DB
	least   int
	lite    bool
	now     time.Time
	// from and until bound the acts that are looked at, where no other act changes what is found.
	from, until time.Time
}

// none keeps nothing.
func none(tx *gorm.DB) *gorm.DB { return tx.Where("1 = 0") }

// Find runs a pattern over the cases and form records of a scope. The database does the looking; only the page is read.
func (e *Engine) Find(tx *gorm.DB, p Pattern, q PatternQuery) ([]PatternHit, error) {
	f := lookup{db: tx, scope: q.Scope, least: q.Least, lite: !e.Store.Postgres(), now: e.Clock.Now().UTC(), from: q.From, until: q.Until}
	if f.records = q.Records; f.records == nil {
		f.records = none
	}
	if p.Least != nil && f.least == 0 {
		f.least = p.Least.Default
	}
	found := tx.Table("(?) AS hits", p.find(f)).Where("number IS NOT NULL")
	if !q.From.IsZero() {
		found = found.Where("at >= ?", q.From.UTC())
	}
	if !q.Until.IsZero() {
		found = found.Where("at < ?", q.Until.UTC())
	}
	if q.AfterID != "" {
		found = found.Where("(at, id) < (?, ?)", q.AfterAt.UTC(), q.AfterID)
	}
	var out []PatternHit
	page := found.Order("at DESC, id DESC").Limit(q.Limit)
	if some := alsoIn[p.Code]; some != nil {
		page = f.tell(page, some).Order("at DESC, id DESC")
	}
	err := page.Scan(&out).Error
	return out, err
}

const (
	dayMillis = 24 * 60 * 60 * 1000
	// acts are the records in which somebody moves a case or signs.
	acts = "('open', 'event', 'endorse')"
	// ofAct are the columns of a hit that is an act.
	ofAct = "e.id AS id, e.case_id AS case_id, e.at AS at, e.seq AS seq, e.actor_id AS actor_id, e.actor_name AS actor_name, "
	// ofNobody are those of a hit that nobody in particular has done.
	ofNobody = "0 AS seq, '' AS actor_id, '' AS actor_name, "
)

// millis is the time from one column to a later one.
func (f lookup) millis(later, earlier string) string {
	if f.lite {
		return "CAST(ROUND((julianday(" + later + ") - julianday(" + earlier + ")) * 86400000) AS BIGINT)"
	}
	return "CAST(ROUND(EXTRACT(EPOCH FROM (" + later + " - " + earlier + ")) * 1000) AS BIGINT)"
}

// hour is the hour of the day, and night the date on which the night began, in Asia/Shanghai, which has no other time.
func (f lookup) hour(column string) string {
	if f.lite {
		return "CAST(strftime('%H', " + column + ", '+8 hours') AS INTEGER)"
	}
	return "EXTRACT(HOUR FROM (" + column + " AT TIME ZONE 'UTC') + INTERVAL '8 hours')"
}

func (f lookup) night(column string) string {
	if f.lite {
		return "date(" + column + ", '-4 hours')"
	}
	return "to_char((" + column + " AT TIME ZONE 'UTC') - INTERVAL '4 hours', 'YYYY-MM-DD')"
}

// overAllActs is a statement over the acts, as e, of the cases in scope; overActs over those of the time asked for.
func (f lookup) overAllActs() *gorm.DB {
	return f.scope(f.db.Table("case_events AS e").Joins("JOIN cases ON cases.id = e.case_id"))
}

func (f lookup) overActs() *gorm.DB { return f.timely(f.overAllActs()) }

// timely keeps the acts, as e, of the time asked for.
func (f lookup) timely(tx *gorm.DB) *gorm.DB {
	if !f.from.IsZero() {
		tx = tx.Where("e.at >= ?", f.from.UTC())
	}
	if !f.until.IsZero() {
		tx = tx.Where("e.at < ?", f.until.UTC())
	}
	return tx
}

func (f lookup) overClocks() *gorm.DB {
	return f.scope(f.db.Table("clocks AS k").Joins("JOIN cases ON cases.id = k.case_id"))
}

// others are the ids of the cases in scope, for a look at a second case: what the asker does not reach counts nowhere.
func (f lookup) others() *gorm.DB { return f.scope(f.db.Table("cases").Select("cases.id")) }

// otherRecords are those of the form records.
func (f lookup) otherRecords() *gorm.DB {
	return f.records(f.db.Table("form_records").Select("form_records.id"))
}

// elsewhere finds the others of what has a key and a home (and, with no household, a region), given as columns: over cases in
// scope and form records in scope, as x with case_id, record_id and home.
type elsewhere func(key, home, region string) string

// alsoIn is what Find tells of the hits of a page: how many homes there are besides, and one case and one record of them.
// Those whose key is found nowhere else are no hits.
var alsoIn = map[string]elsewhere{"evidence_reused": fileElsewhere, "text_copied": textElsewhere}

func (f lookup) only(tx *gorm.DB, some elsewhere, key, home, region string) *gorm.DB {
	return tx.Where("EXISTS (SELECT 1 "+some(key, home, region)+")", f.others(), f.otherRecords())
}

func (f lookup) tell(page *gorm.DB, some elsewhere) *gorm.DB {
	from := some("page.found_key", "page.found_home", "page.found_region")
	var args []any
	for range 3 {
		args = append(args, f.others(), f.otherRecords())
	}
	return f.db.Table("(?) AS page", page).Select("page.id, page.case_id, page.record_id, page.line, page.at, page.seq, page.actor_id, page.actor_name, "+
		"COALESCE((SELECT MIN(NULLIF(x.case_id, '')) "+from+"), '') AS other_case, COALESCE((SELECT MIN(NULLIF(x.record_id, '')) "+from+"), '') AS other_record, "+
		"(SELECT COUNT(DISTINCT x.home) "+from+") AS number", args...)
}

// both are the hits of two statements with the same columns.
func (f lookup) both(cases, records *gorm.DB) *gorm.DB {
	return f.db.Table("(? UNION ALL ?) AS either", cases, records)
}

func idleDays(f lookup) *gorm.DB {
	gap := f.millis("e.at", "p.at")
	return f.overActs().
		Joins("JOIN case_events p ON p.case_id = e.case_id AND p.seq = (SELECT MAX(q.seq) FROM case_events q WHERE q.case_id = e.case_id AND q.seq < e.seq AND q.actor_id <> '')").
		Where("e.actor_id <> '' AND "+gap+" >= ?", f.least*dayMillis).
		Where("EXISTS (SELECT 1 FROM clocks k WHERE k.case_id = e.case_id AND k.ladder <> ? AND k.started_at <= p.at AND (k.stopped_at IS NULL OR k.stopped_at >= e.at))", policy.LadderSilent).
		Where("NOT EXISTS (SELECT 1 FROM clock_stops s WHERE s.case_id = e.case_id AND s.approved AND s.decided_at <= e.at AND (s.resumed_at IS NULL OR s.resumed_at >= p.at))").
		Select(ofAct + "'' AS other_case, " + gap + " / 86400000 AS number")
}

func stoppedDays(f lookup) *gorm.DB {
	return f.overClocks().Where("k.lost_days >= ?", f.least).
		Select("k.id AS id, k.case_id AS case_id, k.due_at AS at, " + ofNobody + "'' AS other_case, k.lost_days AS number")
}

// samePerson looks for an earlier act of the case in which the same hands served another office or another person, or
// that the one who does this act may not have done.
func samePerson(f lookup) *gorm.DB {
	sameHands := "p.actor_id = e.actor_id AND (p.actor_role <> e.actor_role OR p.for_id <> e.for_id)"
	anyName := "(p.actor_id IN (e.actor_id, e.for_id) OR p.for_id <> '' AND p.for_id IN (e.actor_id, e.for_id))"
	return f.overActs().Where("e.kind IN "+acts+" AND e.actor_id <> ''").
		Select(ofAct+"'' AS other_case, (SELECT MIN(p.seq) FROM case_events p WHERE p.case_id = e.case_id AND p.seq < e.seq AND p.kind IN "+acts+" AND p.actor_id <> '' AND ("+
			sameHands+" OR "+anyName+" AND cases.procedure || '/' || e.event || '/' || p.event IN ?)) AS number", keptApart())
}

// keptApart are the pairs of events of which one person may not do both, as procedure/later/earlier.
func keptApart() []string {
	var out []string
	for _, d := range procedure.All {
		for _, e := range d.Events {
			for _, other := range e.NotBy {
				out = append(out, strings.Join([]string{d.Name, e.Code, other}, "/"))
			}
		}
	}
	return out
}

// decisions are the events by which somebody judges, as procedure/event.
func decisions() []string {
	var out []string
	for _, d := range procedure.All {
		for _, e := range d.Events {
			if e.Decision() {
				out = append(out, d.Name+"/"+e.Code)
			}
		}
	}
	return out
}

// tooFast compares a decision with the transition before it, which has brought the case to its step.
func tooFast(f lookup) *gorm.DB {
	took := f.millis("e.at", "p.at")
	return f.overActs().
		Joins("JOIN case_events p ON p.case_id = e.case_id AND p.seq = (SELECT MAX(q.seq) FROM case_events q WHERE q.case_id = e.case_id AND q.seq < e.seq AND q.kind IN ('open', 'event'))").
		Where("e.kind IN ('event', 'endorse') AND e.actor_id <> '' AND cases.procedure || '/' || e.event IN ? AND "+took+" < ?", decisions(), f.least*1000).
		Select(ofAct + "'' AS other_case, " + took + " / 1000 AS number")
}

// shortNotice does not trust the clock alone: the time on the wall is counted as well, of calendar days, which working
// days are never shorter than.
func shortNotice(f lookup) *gorm.DB {
	days := "CAST(CAST(k.budget AS json)->>'days' AS INTEGER)"
	if f.lite {
		days = "json_extract(k.budget, '$.days')"
	}
	hung := f.millis("n.taken_down", "n.posted_at")
	return f.overClocks().Joins("JOIN public_notices n ON n.case_id = k.case_id AND n.kind = 'notice' AND n.taken_down IS NOT NULL").
		Where("k.code = 'window' AND cases.procedure = 'village_notice' AND cases.state IN ('ended_clean', 'ended_overruled')").
		Where("(n.taken_down < k.due_at OR " + hung + " < (" + days + " + k.lost_days) * CAST(86400000 AS BIGINT))").
		Select("n.id AS id, n.case_id AS case_id, n.taken_down AS at, " + ofNobody + "'' AS other_case, " + hung + " / 3600000 AS number")
}

// homeOfRecord is the household that a form record is about, ” for one about a place.
func homeOfRecord(table string) string {
	return "CASE WHEN " + table + ".subject_kind = '" + string(forms.AboutHousehold) + "' THEN " + table + ".subject_id ELSE '' END"
}

func fileElsewhere(key, home, region string) string {
	return "FROM (SELECT o.id AS case_id, '' AS record_id, o.household_id || o.region_code AS home FROM attachments b JOIN cases o ON o.id = b.case_id " +
		"WHERE b.sha256 = " + key + " AND (o.household_id <> " + home + " OR o.household_id = '' AND o.region_code <> " + region + ") AND o.id IN (?) " +
		"UNION ALL SELECT '', o.id, " + homeOfRecord("o") + " || o.region_code FROM attachments b JOIN form_records o ON o.id = b.record_id " +
		"WHERE b.sha256 = " + key + " AND (" + homeOfRecord("o") + " <> " + home + " OR o.subject_kind <> '" + string(forms.AboutHousehold) + "' AND o.region_code <> " + region + ") AND o.id IN (?)) AS x"
}

// evidenceReused looks through the files of cases and of form records for the same one elsewhere.
func evidenceReused(f lookup) *gorm.DB {
	files := f.db.Table("attachments AS a").Joins("LEFT JOIN users w ON w.id = a.uploaded_by").
		Where("EXISTS (SELECT 1 FROM attachments d WHERE d.sha256 = a.sha256 AND d.id <> a.id)").Session(&gorm.Session{})
	same := func(over *gorm.DB, ids, home, region string) *gorm.DB {
		return f.only(over, fileElsewhere, "a.sha256", home, region).
			Select("a.id AS id, " + ids + ", 0 AS line, a.created_at AS at, 0 AS seq, a.uploaded_by AS actor_id, COALESCE(w.name, '') AS actor_name, 1 AS number, " +
				"a.sha256 AS found_key, " + home + " AS found_home, " + region + " AS found_region")
	}
	return f.both(
		same(f.scope(files.Joins("JOIN cases ON cases.id = a.case_id")), "a.case_id AS case_id, '' AS record_id", "cases.household_id", "cases.region_code"),
		same(f.records(files.Joins("JOIN form_records ON form_records.id = a.record_id")), "'' AS case_id, a.record_id AS record_id", homeOfRecord("form_records"), "form_records.region_code"))
}

// nightBulk counts the cases that an account has moved in one night, 22:00 to 06:00. Windows know no distinct count: the
// ranks from both ends make one.
func nightBulk(f lookup) *gorm.DB {
	night := "PARTITION BY e.actor_id, " + f.night("e.at") + " ORDER BY e.case_id"
	acts := f.overAllActs().Where("e.kind IN " + acts + " AND e.actor_id <> '' AND (" + f.hour("e.at") + " >= 22 OR " + f.hour("e.at") + " < 6)").
		Select(ofAct + "'' AS other_case, DENSE_RANK() OVER (" + night + ") + DENSE_RANK() OVER (" + night + " DESC) - 1 AS number")
	return f.db.Table("(?) AS nights", acts).Where("number >= ?", f.least)
}

func textElsewhere(key, home, _ string) string {
	same := " o WHERE o.mark = " + key + " AND o.household_id <> " + home
	return "FROM (SELECT o.case_id, '' AS record_id, o.household_id AS home FROM event_texts" + same + " AND o.case_id IN (?) " +
		"UNION ALL SELECT '', o.record_id, o.household_id FROM record_texts" + same + " AND o.record_id IN (?)) AS x"
}

// textCopied looks through the marks of texts, those of acts and those of form records, for the same one elsewhere.
func textCopied(f lookup) *gorm.DB {
	told := ", 1 AS number, t.mark AS found_key, t.household_id AS found_home, '' AS found_region"
	written := f.db.Table("record_texts AS t").Joins("JOIN form_records ON form_records.id = t.record_id").Joins("JOIN form_record_acts e ON e.id = t.act_id").Joins("LEFT JOIN users w ON w.id = e.actor_id")
	only := func(tx *gorm.DB) *gorm.DB { return f.only(tx, textElsewhere, "t.mark", "t.household_id", "") }
	return f.both(
		only(f.overActs().Joins("JOIN event_texts t ON t.event_id = e.id")).
			Select("e.id || '.' || t.field AS id, e.case_id AS case_id, '' AS record_id, 0 AS line, e.at AS at, e.seq AS seq, e.actor_id AS actor_id, e.actor_name AS actor_name"+told),
		only(f.timely(f.records(written))).
			Select("t.record_id || '.' || t.field || '.' || t.line AS id, '' AS case_id, t.record_id AS record_id, t.line AS line, e.at AS at, 0 AS seq, e.actor_id AS actor_id, COALESCE(w.name, '') AS actor_name"+told))
}

func neverEscalated(f lookup) *gorm.DB {
	late := f.millis("COALESCE(k.stopped_at, ?)", "k.due_at")
	return f.overClocks().Where("k.ladder NOT IN ? AND (k.paused_at IS NULL OR k.stopped_at IS NOT NULL) AND "+late+" >= ?",
		[]string{policy.LadderSilent, policy.LadderListed}, f.now, f.least*dayMillis).
		Where("NOT EXISTS (SELECT 1 FROM clock_rungs r WHERE r.clock_id = k.id AND r.level <> ? AND r.fired_at >= k.due_at)", policy.LevelHolder).
		Select("k.id AS id, k.case_id AS case_id, k.due_at AS at, "+ofNobody+"'' AS other_case, "+late+" / 86400000 AS number", f.now)
}
