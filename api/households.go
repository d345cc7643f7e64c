package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/internal/register"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

var householdStatus, _ = procedure.Latest("household_status")

// householdOrders are the ways in which households are listed.
var householdOrders = orders[models.Household]{
	byText("place", "households", "region_code", func(h *models.Household) (string, string) { return h.RegionCode, h.ID }),
	byText("name", "households", "head_pinyin", func(h *models.Household) (string, string) { return h.HeadPinyin, h.ID }),
	byMoment("updated", "households", "updated_at", true, func(h *models.Household) (time.Time, string) { return h.UpdatedAt, h.ID }),
}

// ListHouseholds lists the households of the viewer's area, by area and number.
func (s *server) ListHouseholds(ctx context.Context, r gen.ListHouseholdsRequestObject) (gen.ListHouseholdsResponseObject, error) {
	page, err := s.households(ctx, r.Params, riskAsked{})
	return gen.ListHouseholds200JSONResponse(page), err
}

// QueryHouseholds is the same with what is searched for in the body: names of people stand in no address.
func (s *server) QueryHouseholds(ctx context.Context, r gen.QueryHouseholdsRequestObject) (gen.QueryHouseholdsResponseObject, error) {
	b := r.Body
	page, err := s.households(ctx, gen.ListHouseholdsParams{Cursor: b.Cursor, Limit: b.Limit, Q: b.Q, Village: b.Village, Status: b.Status, BaseType: b.BaseType, Group: b.Group, Category: b.Category, Sort: gen.HouseholdSort(b.Sort), Count: b.Count},
		riskAsked{b.Risk, b.Purpose})
	return gen.QueryHouseholds200JSONResponse(page), err
}

func (s *server) households(ctx context.Context, p gen.ListHouseholdsParams, risk riskAsked) (gen.HouseholdPage, error) {
	order, after, err := householdOrders.of(string(p.Sort), p.Cursor)
	if err != nil {
		return gen.HouseholdPage{}, err
	}
	v := viewerOf(ctx)
	if err := s.mayFindByRisk(v, risk); err != nil {
		return gen.HouseholdPage{}, err
	}
	found, err := s.look(ctx, householdsLike(v, p.Q), "households.id")
	if err != nil {
		return gen.HouseholdPage{}, err
	}
	tx := s.db(ctx).Model(&models.Household{}).Where(found.sql, found.args...)
	switch {
	case found.few:
		tx = s.filterHouseholds(tx, v)
	case order.sort == "place":
		tx = s.scopeHouseholds(tx, v)
	default:
		tx = s.reachedHouseholds(tx, v, levelOf("households.region_code"))
	}
	if tx, err = s.narrowHouseholds(tx, p); err != nil {
		return gen.HouseholdPage{}, err
	}
	if tx, err = s.atRisk(ctx, v, tx, risk); err != nil {
		return gen.HouseholdPage{}, err
	}
	tx = tx.Session(&gorm.Session{})
	rows, next, err := order.rows(tx, after, pageLimit(p.Limit))
	if err != nil {
		return gen.HouseholdPage{}, err
	}
	page, err := s.householdPage(ctx, v, rows)
	if err != nil {
		return page, err
	}
	page.NextCursor = next
	if p.Count {
		if err := s.householdChoices(ctx, v, p.Village, &page); err != nil {
			return page, err
		}
	}
	page.Total, err = s.countRows(ctx, p.Count && !found.many, tx)
	return page, err
}

// narrowHouseholds keeps the households that a filter asks for. A group has its name within a village only.
func (s *server) narrowHouseholds(tx *gorm.DB, p gen.ListHouseholdsParams) (*gorm.DB, error) {
	if p.Village != "" {
		c := within("households.region_code", p.Village)
		tx = tx.Where(c.sql, c.args...)
	}
	if p.Status != "" {
		tx = tx.Where("households.status = ?", p.Status)
	}
	if p.BaseType != "" {
		tx = tx.Where("households.base_type = ?", p.BaseType)
	}
	if p.Group != "" {
		if len(p.Village) != villageDigits {
			return nil, invalidField("village", "required", "按村民小组查找，请先选择村")
		}
		tx = tx.Where("households.group_name = ?", p.Group)
	}
	if p.Category != "" {
		tx = tx.Where("households.id IN (SELECT household_id FROM monitoring_episodes WHERE closed_at IS NULL AND revoked_at IS NULL AND category = ?)", p.Category)
	}
	return tx, nil
}

// villageDigits is how long the code of a village is.
const villageDigits = 12

// householdChoices adds what a list of households can be narrowed by: the groups of the village that is asked for, as far as v
// reaches households there, the categories of monitoring, and the kinds of risk.
func (s *server) householdChoices(ctx context.Context, v *viewer, at string, page *gen.HouseholdPage) error {
	if len(at) == villageDigits {
		tx := s.filterHouseholds(s.db(ctx).Model(&models.Household{}).Where("households.region_code = ? AND households.group_name <> ''", at), v)
		if err := tx.Distinct().Order("households.group_name").Pluck("households.group_name", &page.Groups).Error; err != nil {
			return err
		}
	}
	p, err := s.policyFor(ctx, homeRegion(v), s.engine.Clock.Now())
	for _, x := range p.Items("category_set") {
		page.Categories = append(page.Categories, gen.CodeTitle{Code: x.Code, Title: x.Title})
	}
	page.Risks = riskChoices(v, p)
	return err
}

// SearchHouseholds finds the household of a person by his identity number, which
// is compared through the blind index and never stored or logged.
func (s *server) SearchHouseholds(ctx context.Context, r gen.SearchHouseholdsRequestObject) (gen.SearchHouseholdsResponseObject, error) {
	v := viewerOf(ctx)
	indexes := s.engine.Store.Vault.Indexes(r.Body.IDNo)
	var rows []models.Household
	tx := s.scopeOpening(s.db(ctx).Model(&models.Household{}), v, nil)
	err := tx.Where("households.id IN (SELECT household_id FROM people WHERE id_index IN ?)", indexes).Order("households.id").Limit(2).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	// A search without a result is kept too: many of them are somebody trying numbers.
	entry := models.AccessLog{Action: "search", Table: "households", Field: "id_no", Class: "P2"}
	reaches := func(models.RoleGrant) bool { return true }
	if len(rows) > 0 {
		entry.RecordID, entry.HouseholdID, reaches = rows[0].ID, rows[0].ID, mayOpenFor(&rows[0])
	}
	if err := s.logAccess(ctx, v, reaches, entry); err != nil {
		return nil, err
	}
	page, err := s.householdPage(ctx, v, rows)
	if err != nil {
		return nil, err
	}
	return gen.SearchHouseholds200JSONResponse(page), nil
}

func (s *server) householdPage(ctx context.Context, v *viewer, rows []models.Household) (gen.HouseholdPage, error) {
	page := gen.HouseholdPage{Items: []gen.HouseholdItem{}}
	var want codes
	ids := make([]string, len(rows))
	for i, h := range rows {
		ids[i] = h.ID
		want.regions = append(want.regions, h.RegionCode)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return page, err
	}
	open, err := s.openCases(ctx, v, ids)
	if err != nil {
		return page, err
	}
	over, err := s.overHouseholds(ctx, v, rows...)
	if err != nil {
		return page, err
	}
	for i := range rows {
		item, err := s.householdItem(&rows[i], l, open[rows[i].ID], v.eyesUnder(over(&rows[i])))
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, item)
	}
	return page, nil
}

// openCases counts the open cases of each household that the viewer reaches.
func (s *server) openCases(ctx context.Context, v *viewer, ids []string) (map[string]int, error) {
	out := map[string]int{}
	if len(ids) == 0 {
		return out, nil
	}
	var counts []struct {
		HouseholdID string
		N           int
	}
	err := s.filterCases(s.db(ctx).Model(&models.Case{}), v).Where("cases.household_id IN ? AND cases.closed_at IS NULL AND "+matters, ids).
		Select("cases.household_id, COUNT(*) AS n").Group("cases.household_id").Scan(&counts).Error
	for _, c := range counts {
		out[c.HouseholdID] = c.N
	}
	return out, err
}

func (s *server) householdItem(h *models.Household, l *labels, open int, see eyes) (gen.HouseholdItem, error) {
	item := gen.HouseholdItem{ID: h.ID, HouseholdNo: h.No, HeadName: h.HeadName, RegionCode: h.RegionCode, RegionName: l.region(h.RegionCode), Group: h.GroupName,
		Population: h.Population, BaseType: h.BaseType, Status: string(h.Status), StatusTitle: stateTitle(householdStatus, h.Status), OpenCases: open}
	if see.of("phone", procedure.P2, false) == hidden {
		return item, nil
	}
	secret, err := h.Secret(s.engine.Store.Vault)
	item.PhoneMasked = policy.MaskPhone(secret.Phone)
	return item, err
}

// GetHousehold is one household, masked.
func (s *server) GetHousehold(ctx context.Context, r gen.GetHouseholdRequestObject) (gen.GetHouseholdResponseObject, error) {
	v := viewerOf(ctx)
	h, err := s.findHousehold(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	page, err := s.householdPage(ctx, v, []models.Household{*h})
	if err != nil {
		return nil, err
	}
	secret, err := h.Secret(s.engine.Store.Vault)
	if err != nil {
		return nil, err
	}
	see, over, err := s.householdEyes(ctx, v, h)
	if err != nil {
		return nil, err
	}
	if err := s.logAccess(ctx, v, over, models.AccessLog{Action: "read", Table: "households", RecordID: h.ID, HouseholdID: h.ID, Class: "P2"}); err != nil {
		return nil, err
	}
	open, err := s.openable(ctx, v, h)
	if err != nil {
		return nil, err
	}
	i := page.Items[0]
	out := gen.Household{ID: i.ID, HouseholdNo: i.HouseholdNo, HeadName: i.HeadName, RegionCode: i.RegionCode, RegionName: i.RegionName, Group: i.Group,
		Population: i.Population, BaseType: i.BaseType, Status: i.Status, StatusTitle: i.StatusTitle, PhoneMasked: i.PhoneMasked, OpenCases: i.OpenCases,
		Facts: householdFacts(h, secret, see), CanOpen: open, CanUnmask: []string{}}
	_, out.CanReport = reporter(v, h)
	_, out.CanErase = officeOf(v, h.RegionCode, procedure.TownshipOffice, procedure.CountyOffice)
	_, out.CanSeeLog = officeOf(v, h.RegionCode, procedure.CountyOffice, procedure.Auditor)
	out.CanUnmask = unmaskable(out.Facts, see, false)
	if see.shows("id_no", procedure.P2, false) {
		out.CanUnmask = append(out.CanUnmask, "id_no")
	}
	if out.Facts, err = s.withAssistance(ctx, h, see, out.Facts); err != nil {
		return nil, err
	}
	if out.Episodes, err = s.episodes(ctx, h); err != nil {
		return nil, err
	}
	if out.Life, err = s.life(ctx, h); err != nil {
		return nil, err
	}
	return gen.GetHousehold200JSONResponse(out), nil
}

// openable are the procedures that v may open for a household as it stands now.
func (s *server) openable(ctx context.Context, v *viewer, h *models.Household) ([]string, error) {
	out := []string{}
	for _, d := range procedure.All {
		latest, _ := procedure.Latest(d.Name)
		parts := openers(v, d, h)
		if latest != d || d.About == procedure.AboutRegion || len(parts) == 0 {
			continue
		}
		faults, err := s.engine.WhyNotOpen(ctx, d, h, parts[0])
		if err != nil {
			return nil, err
		}
		if len(faults) == 0 {
			out = append(out, d.Name)
		}
	}
	return out, nil
}

// withAssistance adds whether a monitored household is helped as it must be: the five things, visits, plan and measures
// in time (S003 #18); and that nobody in it can work (2.6).
func (s *server) withAssistance(ctx context.Context, h *models.Household, see eyes, facts []gen.Fact) ([]gen.Fact, error) {
	if h.Status != "monitored" && h.Status != "eliminating" {
		return facts, nil
	}
	checks, err := s.engine.AssistanceChecks(ctx, h)
	if err != nil {
		return nil, err
	}
	list := recordFacts{see: see, out: facts}
	for _, c := range checks {
		list.add(c.Code, c.Title, procedure.P1, c.Reason, nil)
	}
	if see.see.of(procedure.P2) == hidden { // that it is said at all would tell
		return list.out, nil
	}
	unable, err := s.engine.NoLabour(ctx, h.ID)
	if unable {
		list.add("no_labour", "兜底保障", procedure.P2, "整户无劳动能力兜底保障户，继续跟踪监测", nil)
	}
	return list.out, err
}

var baseTypes = map[string]string{"ordinary": "一般农户", "out_of_poverty": "脱贫户"}

func householdFacts(h *models.Household, x models.HouseholdSecret, see eyes) []gen.Fact {
	income := ""
	if x.Income != 0 {
		income = policy.Yuan(x.Income) + "元"
	}
	list := recordFacts{see: see, out: []gen.Fact{}}
	list.add("base_type", "户类型", register.ClassOf("base_type"), orText(baseTypes[h.BaseType], h.BaseType), nil)
	list.add("phone", "联系电话", register.ClassOf("phone"), x.Phone, policy.MaskPhone)
	list.add("address", "住址", register.ClassOf("address"), x.Address, policy.MaskAddress)
	list.add("house_grade", "住房等级", register.ClassOf("house_grade"), x.House, nil)
	list.add("income", "登记年收入", register.ClassOf("income"), income, nil)
	list.add("bank", "银行账户", register.ClassOf("bank"), x.Bank, maskTail)
	for _, c := range register.Columns {
		if c.Part == register.Household {
			list.column(c, register.Record{Household: &x}, 0, "", c.Class)
		}
	}
	for i := range x.Years {
		y := &x.Years[i]
		for _, c := range register.Columns {
			if c.Part == register.Income {
				list.column(c, register.Record{Income: y}, y.Year, "（%d年）", c.Class)
			}
		}
	}
	for _, k := range sortedKeys(x.Other) {
		list.add("other."+k, k, register.ClassOf("other"), scrub(x.Other[k]), nil)
	}
	return list.out
}

// recordFacts collects the facts of a record for somebody with that sight.
type recordFacts struct {
	see   eyes
	child bool
	out   []gen.Fact
}

// add shows a value as far as its class may be seen. A value with a mask is
// always masked; the whole of it is an act of its own.
func (l *recordFacts) add(code, title string, class procedure.Class, value string, mask func(string) string) {
	if value == "" {
		return
	}
	f := gen.Fact{Code: code, Title: title, Class: gen.DataClass(class), Kind: gen.Text}
	field, _, _ := strings.Cut(code, ".")
	show := l.see.of(field, class, l.child)
	switch {
	case show == hidden:
		f.Hidden = true
	case mask != nil && show != whole:
		f.Hidden, f.Text = true, mask(value)
	case show == masked:
		f.Hidden, f.Text = true, maskText(value)
	default:
		f.Value, f.Text = value, value
	}
	l.out = append(l.out, f)
}

// column shows a column of the register with its unit; n is the year or the number that tells it from others alike, written
// as the format says, 0 where there is one only.
func (l *recordFacts) column(c register.Column, r register.Record, n int, as string, class procedure.Class) {
	code, title, value := c.Code, c.Title, c.Get(r)
	if n != 0 {
		code, title = fmt.Sprintf("%s.%d", code, n), title+fmt.Sprintf(as, n)
	}
	var mask func(string) string
	if c.Code == "certificate" { // an identity number is in it
		mask = policy.MaskID
	}
	if value != "" {
		value += c.Unit
	}
	l.add(code, title, class, value, mask)
}

func maskTail(s string) string {
	r := []rune(s)
	if len(r) < 8 {
		return strings.Repeat("*", len(r))
	}
	return strings.Repeat("*", len(r)-4) + string(r[len(r)-4:])
}

func orText(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// problemProcedures are those about what is wrong with a household or with its record.
var problemProcedures = []string{"rectification", "data_issue"}

// ListHouseholdCases lists the cases of a household, newest first.
func (s *server) ListHouseholdCases(ctx context.Context, r gen.ListHouseholdCasesRequestObject) (gen.ListHouseholdCasesResponseObject, error) {
	v, p := viewerOf(ctx), r.Params
	h, err := s.findHousehold(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	order, after, err := caseOrders.of("opened", p.Cursor)
	if err != nil {
		return nil, err
	}
	tx := s.filterCases(s.db(ctx).Model(&models.Case{}).Where("cases.household_id = ?", h.ID), v)
	if p.Open != nil {
		tx = tx.Where(map[bool]string{true: "cases.closed_at IS NULL", false: "cases.closed_at IS NOT NULL"}[*p.Open])
	}
	if p.Problems != nil {
		tx = tx.Where(map[bool]string{true: "cases.procedure IN ?", false: "cases.procedure NOT IN ?"}[*p.Problems], problemProcedures)
	}
	tx = tx.Session(&gorm.Session{})
	rows, next, err := order.rows(tx, after, pageLimit(p.Limit))
	if err != nil {
		return nil, err
	}
	out := gen.CasePage{NextCursor: next}
	if out.Items, err = s.summaries(ctx, rows); err != nil {
		return nil, err
	}
	out.Total, err = s.countRows(ctx, p.Count, tx)
	return gen.ListHouseholdCases200JSONResponse(out), err
}
