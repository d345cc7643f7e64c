package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/models"
	"shouwang/procedure"
)

// What the access test looks at: two townships with one of everything in each, and
// the people who must learn nothing of one of them.

// refs are the values that a request may name something of somebody with, by what they name.
type refs map[string]string

// with are refs with others over them.
func (r refs) with(over refs) refs {
	out := refs{}
	for _, from := range []refs{r, over} {
		for k, v := range from {
			out[k] = v
		}
	}
	return out
}

// belongings are one of everything in a village: what is there, the like of it that is
// nowhere, and words that no answer to a stranger may hold.
type belongings struct {
	there, nowhere refs
	secrets        []string
}

// nobodys is an identity number that passes its check and belongs to nobody.
var nobodys = numbered18("51092319550505009")

// village1 is a village with one household of its cadre and the office above it.
type village1 struct {
	tag, township, village, none string // none is a village that is not there
	household, head              string
	member, idNo, id             string
	cadre, town                  string
}

// belong puts one of everything into a village.
func (w *world) belong(t testing.TB, p village1) belongings {
	t.Helper()
	now := w.clock()
	word := func(of string) string { return "只在" + p.tag + "的" + of }
	opened := w.do(t, call{user: p.cadre, method: "POST", url: basePath + "/cases", status: 200, body: object{"procedure": "risk_clue", "household_id": p.household,
		"form": object{"channel": "routine_check", "found_at": "2026-03-10T09:00:00+08:00", "content": word("线索内容")}}})
	clue := decode[struct{ Case struct{ ID string } }](t, opened).Case.ID
	var c models.Case
	require.NoError(t, w.store.DB.Where("id = ?", clue).Take(&c).Error)
	var task models.Task
	require.NoError(t, w.store.DB.Where("case_id = ? AND role = ?", clue, "village_cadre").Take(&task).Error)
	var h models.Household
	require.NoError(t, w.store.DB.Where("id = ?", p.household).Take(&h).Error)
	require.NoError(t, w.store.DB.Model(&models.ClockRow{}).Where("case_id = ?", clue).Update("lost_days", 30).Error) // which an auditor may look for
	user, grant := "u-"+p.cadre, "g-"+p.cadre
	id := func(kind string) string { return kind + "-" + p.tag }

	w.create(
		&models.Programme{ID: id("programme"), No: "FA-" + p.tag, Title: word("整改方案"), Plan: word("整改思路"), RegionCode: p.village, Seq: 1, CreatedAt: now, UpdatedAt: now},
		&models.Message{ID: id("message"), UserID: user, CaseID: clue, ClockID: "k", RungNo: 1, Kind: "remind", Title: "提醒", Body: word("线索将到期"), DeliverAt: now, ReadAt: &now, CreatedAt: now},
		&models.QualityRun{ID: id("run"), Kind: models.RunQuality, RegionCode: p.village, State: models.RunDone, Key: id("run"), CreatedAt: now, EndedAt: &now},
		&models.IssuedPaper{ID: id("paper"), Key: id("paper"), Kind: "household_notice", Title: "告知书", Office: p.township, Year: 2026, Series: "知", Seq: 1, Number: p.tag + "振知〔2026〕1号",
			RegionCode: p.village, CaseID: clue, Person: p.head, Class: "P2", Frozen: []byte("x"), IssuedBy: "u-" + p.town, IssuedRole: "township_office", IssuedAt: now},
		&models.IssuedPaper{ID: id("bulletin"), Key: id("bulletin"), Kind: "bulletin", Title: "通报", Office: p.township, Year: 2026, Series: "通", Seq: 1, Number: p.tag + "振通〔2026〕1号",
			RegionCode: p.village, ProgrammeID: id("programme"), Class: "P1", Frozen: []byte("x"), IssuedBy: "u-" + p.town, IssuedRole: "township_office", IssuedAt: now},
		&models.DeptList{ID: id("dept-list"), RegionCode: p.township, Dept: "medical_insurance", Kind: "medical_cost", AsOf: "2026-03-01", Mapping: map[string]string{}, State: models.DeptDone, CreatedBy: "u-" + p.town, CreatedAt: now, UpdatedAt: now},
		&models.Export{ID: id("export"), No: "DC-" + p.tag, UserID: user, Role: "village_cadre", RegionCode: p.village, List: "households", Filter: map[string]any{}, State: models.ExportWaiting, CreatedAt: now},
		&models.BulkJob{ID: id("bulk-job"), UserID: user, Action: "claim", Filter: map[string]any{}, State: models.BulkReady, Total: 1, CreatedAt: now},
		&models.BulkRow{ID: id("bulk-row"), JobID: id("bulk-job"), No: 1, TaskID: task.ID, State: models.RowReady},
		&models.PublicNotice{ID: id("notice"), CaseID: clue, Kind: "notice", RegionCode: p.village, Title: "评议公示", Sheet: map[string]any{"head_name": p.head, "proposal": word("公示")}, PostedAt: now.Add(-20 * day24), UntilAt: now.Add(-10 * day24), TakenDown: &now},
	)
	w.create(w.device(p.tag, user),
		&models.Engagement{ID: id("engagement"), No: "SJ-" + p.tag, UserID: "u-auditor", Title: "专项审计", Basis: "审计通知书", Areas: []string{p.village}, Procedures: []string{}, FromDay: "2026-03-01", UntilDay: "2026-03-02", RegionCode: p.township[:6], GivenBy: "u-county", GivenRole: "county_office", GivenAt: now},
		&models.EngagementSample{ID: id("sample"), EngagementID: id("engagement"), OpenedBefore: now, Seed: "1", Size: 1, Population: 1, CaseIDs: []string{clue}, DrawnBy: "u-auditor", DrawnAt: now},
		&models.AuditReplay{ID: id("replay"), No: "CF-" + p.tag, EngagementID: id("engagement"), UserID: "u-auditor", Choice: map[string]any{"case_id": clue}, State: models.ReplayDone, Total: 1, CreatedAt: now, EndedAt: &now},
		&models.AuditReplayFault{ReplayID: id("replay"), N: 1, CaseID: clue, Seq: 1, Fault: "记录内容与其摘要不符"},
		&models.Erasure{ID: id("erasure"), Key: id("erasure"), HouseholdID: p.household, PersonID: p.member, RegionCode: p.village, Ground: "withdrawn", Reason: word("删除事由"), Files: []string{}, Erased: map[string]int{}, AskedBy: "u-" + p.town, AskedRole: "township_office", AskedAt: now})
	resident := "resident_" + p.tag
	w.campaigner(resident, procedure.ResidentMember, p.village)
	policyHash := c.PolicyHash
	problem := w.row("rectification", "rectifying", p.village, func(c *models.Case) {
		c.HouseholdID, c.DueAt, c.PolicyHash = p.household, now.Add(day24), policyHash
		c.Facts.Values = map[string]json.RawMessage{"brief": json.RawMessage(strconv.Quote(word("问题"))), "person_id": json.RawMessage(strconv.Quote(p.member))}
	})
	w.create(&models.ProgrammeProblem{ProgrammeID: id("programme"), CaseID: problem.ID, RowKey: p.tag, JoinedAt: now},
		&models.SupervisionNotice{ID: id("supervision"), No: "DB-" + p.tag, CaseID: problem.ID, Event: "supervise", DueOn: "2026-03-20", IssuedBy: "u-" + p.town, IssuedRole: "township_office", IssuedAt: now})
	asked := models.AdminRequest{ID: id("request"), Kind: "grant", UserID: user, Role: procedure.LogAdmin, RegionCode: p.village, ValidFrom: &now, Reason: "任命", AskedBy: "u-sec", AskedRole: procedure.SecAdmin, AskedAt: now, State: models.RequestOpen}
	w.create(&asked)
	require.NoError(t, w.store.Tx(t.Context(), func(tx *gorm.DB) error {
		return w.engine.Administer(tx, activities.Admin{UserID: user, Name: "测" + p.cadre}).Record("region.rename", p.village, "region", p.village, "旧村", nil)
	}))
	doubt := models.DeptMatch{ID: id("dept-review"), Area: p.township, RegionCode: p.village, ListID: id("dept-list"), Reason: "name_differs", Candidates: []string{p.member}, CreatedAt: now}
	require.NoError(t, doubt.SetWho(w.store.Vault, models.DeptWho{Name: p.head, IDNo: p.idNo}, p.tag))
	w.create(&doubt)

	hall := models.Robot{ID: id("robot"), Kind: "wecom", Title: "工作群", RegionCode: p.village, CreatedBy: "u-sys", CreatedAt: now, UpdatedAt: now, RowVersion: 1}
	require.NoError(t, hall.SetSecret(w.store.Vault, models.RobotSecret{Address: goodRobot}))
	w.create(&hall)

	there := refs{
		"case": clue, "robot": hall.ID, "attachment": w.attach(t, p.cadre, clue, "screening_form"), "task": task.ID, "programme": id("programme"), "message": id("message"), "run": id("run"),
		"paper": id("paper"), "dept_list": id("dept-list"), "dept_review": id("dept-review"), "export": id("export"), "bulk_job": id("bulk-job"), "notice": id("notice"), "session": id("session"), "engagement": id("engagement"), "erasure": id("erasure"), "sample": id("sample"), "replay": id("replay"),
		"form_record": w.formRecord(t, p.cadre, "f3", p.household, object{"taken_by": word("采集人")}), "campaign": w.campaignOf(t, p.town, p.township, p.household),
		"absence": w.absence(user, grant, "u-"+p.town, 0, 3), "household": p.household, "member": p.member, "user": user, "grant": grant, "village": p.village, "township": p.township,
		"resident": "u-" + resident, "household_no": h.No, "case_no": c.No, "request": id("request"),
		"name": p.head, "id_no": p.idNo, "login": p.cadre, "person": "测" + p.cadre,
	}
	nowhere := refs{}
	for kind := range there {
		nowhere[kind] = models.NewID()
	}
	nowhere = nowhere.with(refs{"village": p.none, "township": "510923199", "name": "查无此人", "id_no": nobodys, "login": "nobody-" + p.tag, "person": "测无此人", "household_no": "H0" + p.none})

	secrets := []string{p.head, p.idNo, c.No, h.No, problem.ID, problem.No, id("supervision"), p.tag + "振通〔2026〕1号", word("")}
	secrets = append(secrets, w.around(t, clue, problem.ID, p.household, p.member, there["campaign"], there["form_record"], id("programme"))...)
	for _, kind := range []string{"case", "attachment", "task", "programme", "message", "run", "paper", "dept_list", "dept_review", "export", "bulk_job", "notice", "form_record", "campaign", "absence", "household", "member", "replay"} {
		secrets = append(secrets, there[kind])
	}
	return belongings{there, nowhere, secrets}
}

// around are the ids of all rows, in whatever table, that belong to some things: what names them can be anywhere in an answer.
func (w *world) around(t testing.TB, things ...string) (ids []string) {
	t.Helper()
	for table, rows := range w.everything(t) {
		for _, row := range rows {
			id, _ := row["id"].(string)
			if id != "" && table != "access_logs" && slices.ContainsFunc(things, func(thing string) bool { return id != thing && owns(thing, row) }) {
				ids = append(ids, id)
			}
		}
	}
	require.Greater(t, len(ids), 10)
	return ids
}

func owns(thing string, row map[string]any) bool {
	for _, value := range row {
		if value == thing {
			return true
		}
	}
	return false
}

// stranger is somebody to whom the belongings of a place must not exist.
type stranger struct {
	who, login string
	of         belongings
	// out is for accounts that are not let in at all, inside for those whose own area the place is in: that there
	// is such a village is no secret to them.
	out, inside bool
	// reports is for departments and surveyors, who may report a clue about any household of the place.
	reports bool
	// administers is for those who keep the accounts of the place.
	administers bool
	// neighbour is for those who live with the board of the village and hold a post there.
	neighbour bool
}

// accessWorld is a world with one of everything in two townships, and the strangers to it.
func accessWorld(t testing.TB) (*world, []stranger) {
	t.Helper()
	w := newWorld(t)
	return w, w.strangers(t)
}

// strangers puts one of everything into two townships of a world.
func (w *world) strangers(t testing.TB) []stranger {
	t.Helper()
	w.create(&models.Person{ID: "person-9", HouseholdID: "household-9", Name: "程远山", IsHead: true, CreatedAt: w.clock(), UpdatedAt: w.clock()})
	near := w.belong(t, village1{tag: "near", township: township, village: village, none: "510923101299", household: "household-1", head: "罗守田", member: "person-2", idNo: headID, cadre: "cadre", town: "town"})
	far := w.belong(t, village1{tag: "far", township: farTownship, village: farVillage, none: "510923102299", household: "household-9", head: "程远山", member: "person-9", idNo: numbered18("51092319600307003"), cadre: "far_cadre", town: "far_town"})

	// A comparison that was asked of civil affairs, of which another department knows nothing.
	asked := w.row("dept_comparison", "requested", village, func(c *models.Case) { c.Dept, c.DueAt = "civil_affairs", w.clock().Add(day24) })
	comparison := belongings{near.there.with(refs{"case": asked.ID}), near.nowhere, append([]string{asked.ID, asked.No}, near.secrets...)}

	near.secrets = append(near.secrets, headPhone, headBank) // which everybody in this county has
	now := w.clock()
	ended := func(login string) {
		require.NoError(t, w.store.DB.Model(&models.RoleGrant{}).Where("id = ?", "g-"+login).Update("valid_to", now).Error)
	}
	w.campaigner("ended", procedure.TownshipOffice, township)
	ended("ended")
	w.campaigner("moved", procedure.TownshipOffice, township)
	ended("moved")
	w.create(&models.RoleGrant{ID: "g-moved-2", UserID: "u-moved", Role: procedure.TownshipOffice, RegionCode: farTownship, ValidFrom: now.Add(-time.Hour)})
	w.campaigner("disabled", procedure.TownshipOffice, township)
	require.NoError(t, w.store.DB.Model(&models.User{}).Where("id = ?", "u-disabled").Update("disabled", true).Error)
	// A department of the township may stand in for its office, and some day no more; nobody may for an office elsewhere.
	for _, login := range []string{"standing", "stood"} {
		w.campaigner(login, procedure.TownshipDept, township)
		require.NoError(t, w.store.DB.Model(&models.RoleGrant{}).Where("id = ?", "g-"+login).Update("dept", "land").Error)
	}
	w.absence("u-town", "g-town", "u-standing", 0, 2)
	w.absence("u-town", "g-town", "u-stood", -5, -1)
	w.campaigner("lent", procedure.VillageCadre, nextVillage)
	w.absence("u-town", "g-town", "u-lent", 0, 2)
	w.administrators()
	w.elsewhere()
	local := near // for whom the place itself is his own, and what is in it is not
	local.nowhere = near.nowhere.with(refs{"village": village, "township": township, "user": near.there["user"], "person": near.there["person"]})

	// The head of another group of the same village: what is on the village's board is for him as well.
	w.campaigner("group2", procedure.GridMember, village)
	require.NoError(t, w.store.DB.Model(&models.RoleGrant{}).Where("id = ?", "g-group2").Update("group_name", "四组").Error)
	group := belongings{near.there.with(refs{"notice": near.nowhere["notice"]}), local.nowhere, without(near.secrets, near.there["notice"])}

	// The city reads one case that it has asked for in writing, with what names it, its household and what it has of work, files
	// and papers; nothing else of the household, and of what stands in the forms of the case nothing that is personal.
	w.campaigner("city_asked", procedure.CityOffice, county[:4])
	w.create(&models.Engagement{ID: "engagement-city", No: "SJ-city", UserID: "u-city_asked", CaseID: near.there["case"], Title: "书面调阅", Basis: "市乡振函〔2026〕8号", Areas: []string{county}, Procedures: []string{},
		FromDay: "2026-03-01", UntilDay: "2026-12-31", RegionCode: county, GivenBy: "u-county", GivenRole: "county_office", GivenAt: now})
	one, shown := local, refs{}
	for _, kind := range []string{"case", "case_no", "name", "task", "attachment", "paper"} {
		shown[kind] = near.nowhere[kind]
	}
	one.there, one.secrets = near.there.with(shown), without(near.secrets, append(w.around(t, near.there["case"]), near.there["case"], near.there["case_no"], near.there["household"], near.there["household_no"], near.there["name"])...)

	return []stranger{
		{who: "neighbour township, cadre", login: "far_cadre", of: near},
		{who: "neighbour township, office", login: "far_town", of: near},
		{who: "neighbour village", login: "next_cadre", of: near},
		{who: "another department", login: "medical", of: near, inside: true, reports: true},
		{who: "another department, of a comparison", login: "medical", of: comparison, inside: true, reports: true},
		{who: "expired", login: "ended", of: near, out: true},
		{who: "expired here, moved to the next township", login: "moved", of: near},
		{who: "disabled", login: "disabled", of: near, out: true},
		{who: "substitute, of another township", login: "standing", of: far},
		{who: "substitute whose time is over", login: "stood", of: near, inside: true, reports: true},
		{who: "substitute without an office there", login: "lent", of: near},
		{who: "system administrator", login: "sys", of: near, inside: true, administers: true},
		{who: "security administrator", login: "sec", of: near, inside: true, administers: true},
		{who: "audit administrator", login: "log", of: near, inside: true, administers: true},
		{who: "system administrator of the next county", login: "far_sys", of: near},
		{who: "security administrator of the next county", login: "far_sec", of: near},
		{who: "audit administrator of the next county", login: "far_log", of: near},
		{who: "office of the next county", login: "far_county", of: near},
		{who: "surveyor of the village without a task", login: "idle", of: local, inside: true, reports: true},
		{who: "farmer of another household", login: "other_farmer", of: local, inside: true},
		{who: "assistance person of another household", login: "other_helper", of: local, inside: true},
		{who: "auditor of another engagement", login: "far_auditor", of: near},
		{who: "city", login: "city", of: local, inside: true},
		{who: "city, of one case asked for", login: "city_asked", of: one, inside: true},
		{who: "several posts next door", login: "many", of: near},
		{who: "no account", login: "", of: near, out: true},
		{who: "another group of the village", login: "group2", of: group, inside: true, neighbour: true},
	}
}

func without(words []string, known ...string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(word string) bool { return slices.Contains(known, word) })
}

// elsewhere are people with posts in the same place, or of the same office, that reach other things.
func (w *world) elsewhere() {
	w.campaigner("idle", procedure.Surveyor, village)
	for login, role := range map[string]procedure.Role{"other_farmer": procedure.Farmer, "other_helper": procedure.AssistancePerson} {
		w.campaigner(login, role, village)
		require.NoError(w.t, w.store.DB.Model(&models.RoleGrant{}).Where("id = ?", "g-"+login).Update("household_id", "household-2").Error)
	}
	w.campaigner("city", procedure.CityOffice, county[:4])
	w.campaigner("far_county", procedure.CountyOffice, "510924")
	w.campaigner("far_auditor", procedure.Auditor, county)
	w.create(&models.Engagement{ID: "engagement-elsewhere", No: "SJ-elsewhere", UserID: "u-far_auditor", Title: "专项审计", Basis: "审计通知书", Areas: []string{farTownship}, Procedures: []string{},
		FromDay: "2026-01-01", UntilDay: "2026-12-31", RegionCode: county, GivenBy: "u-county", GivenRole: "county_office", GivenAt: w.clock()})
	w.campaigner("many", procedure.VillageCadre, nextVillage)
	for i, g := range []models.RoleGrant{{Role: procedure.TownshipOffice, RegionCode: farTownship}, {Role: procedure.Surveyor, RegionCode: nextVillage}, {Role: procedure.CountyDept, RegionCode: farTownship, Dept: "land"}} {
		g.ID, g.UserID, g.ValidFrom = fmt.Sprintf("g-many-%d", i), "u-many", w.clock().Add(-time.Hour)
		w.create(&g)
	}
}

// device is a second session of somebody whose things are tagged so.
func (w *world) device(tag, user string) *models.Session {
	now := w.wall()
	return &models.Session{Via: models.ViaPassword, TokenHash: tokenHash("more-" + tag), ID: "session-" + tag, UserID: user, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(1000 * time.Hour)}
}

// letIn are sessions of the users that a test has signed out.
func (w *world) letIn(t testing.TB, login string) {
	t.Helper()
	if login == "" {
		return
	}
	require.NoError(t, w.store.DB.Save(w.session(login)).Error)
}

// forever makes grants and absences that have ended hold today, as if nobody asked for the day.
func (w *world) forever(t testing.TB) {
	t.Helper()
	w.absence("u-town", "g-town", "u-stood", 0, 2)
	require.NoError(t, w.store.DB.Exec("UPDATE role_grants SET valid_to = NULL").Error)
}
