package activities

import (
	"slices"
	"strconv"
	"time"

	"gorm.io/gorm"

	"shouwang/forms"
	"shouwang/internal/register"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// formReader reads household forms and identifications for the rules about forms and procedures (5.4, DQ-01 to DQ-04, DQ-10,
// DQ-13, DQ-14, DQ-41). What a form shares with others it reads once: the sheets of a village, of which it keeps those of
// the village it was last asked for, and the visits of a campaign.
type formReader struct {
	e       *Engine
	tx      *gorm.DB
	village villageSheetsOf
	visits  map[string]map[string][]time.Time // by campaign and surveyor, sorted
}

// villageSheetsOf are the sheets of one village in a campaign, by form.
type villageSheetsOf struct {
	campaign, region string
	sheets           map[string]map[string]any
	seed             string // by which signatures are drawn for comparison by eye
	drawn            []string
}

// surveyed is what a household has to do with: its last form in a campaign, and its last registered identification.
type surveyed struct {
	form, ident *models.Case
	spot        *models.FormRecord            // where it lives, form F3
	records     map[string]*models.FormRecord // the last finished record of each other form
	hour        int                           // visits of its surveyor in the hour that ends with its own
	around      int64                         // of the village's forms, another one when any has moved
	told        int64                         // of what departments have told
}

// read finds the forms and identifications of households. Those without either are left out.
func (r *formReader) read(ids []string) (map[string]*surveyed, error) {
	out := map[string]*surveyed{}
	var rows []models.Case
	err := r.tx.Where(models.Among(r.tx, "household_id", ids)).Where("procedure IN ?", []string{"household_form", "identification"}).Order("opened_at, id").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	for i := range rows {
		c := &rows[i]
		if c.Procedure == "household_form" && c.Facts.Count["visit"] == 0 || c.Procedure == "identification" && c.Facts.Count["register"] == 0 {
			continue
		}
		s := entry(out, c.HouseholdID)
		if c.Procedure == "household_form" {
			s.form = c
		} else {
			s.ident = c
		}
	}
	if err := r.recorded(ids, out); err != nil {
		return nil, err
	}
	return out, r.surroundings(out)
}

func entry(list map[string]*surveyed, household string) *surveyed {
	if list[household] == nil {
		list[household] = &surveyed{}
	}
	return list[household]
}

// recorded adds the form records of households: where they live, and the last finished one of each other form.
func (r *formReader) recorded(ids []string, list map[string]*surveyed) error {
	var rows []models.FormRecord
	err := r.tx.Where(models.Among(r.tx, "subject_id", ids)).Where("subject_kind = ? AND state <> ?", string(forms.AboutHousehold), models.RecordVoid).Order("id").Find(&rows).Error
	for i := range rows {
		x := &rows[i]
		switch {
		case x.Form == "f3":
			entry(list, x.SubjectID).spot = x
		case x.State == models.RecordFinal:
			s := entry(list, x.SubjectID)
			if s.records == nil {
				s.records = map[string]*models.FormRecord{}
			}
			s.records[x.Form] = x
		}
	}
	return err
}

// surroundings adds what is known of a form by looking at others.
func (r *formReader) surroundings(list map[string]*surveyed) error {
	around := map[[2]string]int64{}
	var homes []string
	for id, s := range list {
		if s.form == nil {
			continue
		}
		homes = append(homes, id)
		key := [2]string{s.form.ParentID, s.form.RegionCode}
		if _, known := around[key]; !known {
			var sum int64
			err := r.tx.Model(&models.Case{}).Where("parent_id = ? AND procedure = ? AND region_code = ?", key[0], "household_form", key[1]).Select("COALESCE(SUM(seq), 0)").Scan(&sum).Error
			if err != nil {
				return err
			}
			around[key] = sum
		}
		visits, err := r.visitsOf(s.form.ParentID)
		if err != nil {
			return err
		}
		s.around, s.hour = around[key], withinHour(visits[surveyor(s.form)], visitedAt(s.form))
	}
	if len(homes) == 0 {
		return nil
	}
	var told []struct {
		HouseholdID string
		Last        string
		Count       int64
	}
	err := r.tx.Model(&models.DeptRow{}).Where(models.Among(r.tx, "household_id", homes)).Where("state = ?", models.RowCurrent).Select("household_id, MAX(id) AS last, COUNT(*) AS count").Group("household_id").Scan(&told).Error
	for _, t := range told {
		p := newPrint()
		p.text(t.Last)
		p.number(t.Count)
		list[t.HouseholdID].told = int64(p)
	}
	return err
}

// print adds what the rules may look at.
func (s *surveyed) print(p *print64) {
	if s == nil {
		return
	}
	for _, c := range []*models.Case{s.form, s.ident} {
		if c != nil {
			p.text(c.ID)
			p.number(int64(c.Seq))
		}
	}
	if s.spot != nil {
		p.text(s.spot.ID)
		p.number(int64(s.spot.RowVersion))
	}
	for _, form := range sortedKeys(s.records) {
		p.text(s.records[form].ID)
		p.number(int64(s.records[form].RowVersion))
	}
	p.number(int64(s.hour))
	p.number(s.around)
	p.number(s.told)
}

// surveyDay is the day on which a household form was asked, zero before the visit.
func surveyDay(c *models.Case) policy.Date {
	if at := visitedAt(c); !at.IsZero() {
		return policy.DateOf(at)
	}
	return policy.Date{}
}

// AskedOn is the day on which the household of a form was asked, or else today.
func AskedOn(c *models.Case, now time.Time) policy.Date {
	if day := surveyDay(c); !day.IsZero() {
		return day
	}
	return policy.DateOf(now)
}

func visitedAt(c *models.Case) time.Time {
	at, _ := time.Parse(time.RFC3339, c.Facts.Text("visited_at"))
	return at
}

// visitsOf are when the surveyors of a campaign have visited, each in order.
func (r *formReader) visitsOf(campaign string) (map[string][]time.Time, error) {
	if r.visits[campaign] != nil {
		return r.visits[campaign], nil
	}
	var forms []models.Case
	if err := r.tx.Select("id", "facts").Where("parent_id = ? AND procedure = ?", campaign, "household_form").Find(&forms).Error; err != nil {
		return nil, err
	}
	out := map[string][]time.Time{}
	for i := range forms {
		if at := visitedAt(&forms[i]); !at.IsZero() {
			out[surveyor(&forms[i])] = append(out[surveyor(&forms[i])], at)
		}
	}
	for _, list := range out {
		slices.SortFunc(list, time.Time.Compare)
	}
	if r.visits == nil {
		r.visits = map[string]map[string][]time.Time{}
	}
	r.visits[campaign] = out
	return out, nil
}

// withinHour counts the moments of a sorted list in the hour that ends with at.
func withinHour(list []time.Time, at time.Time) int {
	first, _ := slices.BinarySearchFunc(list, at.Add(-time.Hour), func(x, from time.Time) int {
		if x.After(from) {
			return 1
		}
		return -1
	})
	n := 0
	for _, x := range list[first:] {
		if x.After(at) {
			break
		}
		n++
	}
	return n
}

// sheetsOf are the sheets of the village of a form.
func (r *formReader) sheetsOf(c *models.Case) (map[string]map[string]any, error) {
	if v := &r.village; v.sheets == nil || v.campaign != c.ParentID || v.region != c.RegionCode {
		sheets, err := r.e.villageSheets(r.tx, c.ParentID, c.RegionCode)
		if err != nil {
			return nil, err
		}
		r.village = villageSheetsOf{campaign: c.ParentID, region: c.RegionCode, sheets: sheets}
		if r.village.seed, r.village.drawn, err = r.e.signatureSample(r.tx, c.ParentID, c.RegionCode); err != nil {
			return nil, err
		}
	}
	return r.village.sheets, nil
}

// formFacts is a household form as the rules look at it; ok is false for one that was not filled in yet.
func (r *formReader) formFacts(s *surveyed, dc policy.DataContext) (f policy.FormFacts, ok bool, err error) {
	c := s.form
	if c == nil {
		return f, false, nil
	}
	sheets, err := r.sheetsOf(c)
	sheet := sheets[c.ID]
	if err != nil || sheet == nil {
		return f, false, err
	}
	f = policy.FormFacts{ID: c.ID, Household: c.HouseholdID, Collector: surveyor(c), Reviewer: reviewer(c), FormsWithinHour: s.hour,
		Away: !slices.Contains(procedure.AtHome, text(sheet, "respondent_kind")), Income: incomeOf(sheet), Spent: spentOf(sheet), Claim: claimOf(sheet, dc.Snapshot)}
	if f.CollectedOn = surveyDay(c); !f.CollectedOn.IsZero() {
		f.Since, _ = policy.IncomePeriod(f.CollectedOn, dc.Snapshot)
	}
	if from, err := policy.ParseDate(text(sheet, "period_from")); err == nil {
		f.Since = from
	}
	if slices.Contains(r.village.drawn, c.HouseholdID) {
		f.Drawn = r.village.seed
	}
	f.SameIncome = sameIncome(sheets, c.ID, f.Income, dc)
	if f.Told, err = r.toldOf(c.HouseholdID, f.Spent); err != nil {
		return f, false, err
	}
	if f.Farmer, f.Surveyor, err = r.signatures(c.ID, sheet); err != nil {
		return f, false, err
	}
	f.Place, f.Home, err = r.places(s)
	return f, err == nil, err
}

// recordFacts is a form record as the rules look at it (5.4, DQ-01, DQ-13); ok is false for one whose form this build has not.
func (r *formReader) recordFacts(x *models.FormRecord, s policy.Snapshot) (f policy.FormFacts, ok bool, err error) {
	form, ok := forms.Standard.Find(forms.Key(x.Form, x.Version))
	if !ok {
		return f, false, nil
	}
	var answers, computed map[string]any
	if err := x.Open(r.e.Store.Vault, &answers, &computed); err != nil {
		return f, false, err
	}
	f = policy.FormFacts{ID: x.ID, Household: x.SubjectID, Title: form.Title, Collector: x.CollectorID, Reviewer: x.ReviewerID, Unasked: policy.Unasked{Date: true, Farmer: true, Surveyor: true}, Claim: claimOf(answers, s)}
	if kind := text(answers, "respondent_kind"); kind != "" {
		f.Away = !slices.Contains(procedure.AtHome, kind)
	}
	for _, field := range form.Fields {
		file := ""
		if list := rowsOf(answers, field.Code); len(list) > 0 {
			file, _ = list[0].(string)
		}
		switch field.Code {
		case "surveyor":
			if text(answers, field.Code) == "" {
				f.Collector = ""
			}
		case "surveyed_on", "visited_on", "signed_on":
			f.Unasked.Date = false
			f.CollectedOn, _ = policy.ParseDate(text(answers, field.Code))
		case "household_signature", "farmer_signature":
			f.Unasked.Farmer, f.Farmer.Hash = false, file
		case "surveyor_signature":
			f.Unasked.Surveyor, f.Surveyor.Hash = false, file
		}
	}
	return f, true, nil
}

// claimOf is the income sheet of a form, nil for a form without one or one that cannot be computed.
func claimOf(answers map[string]any, s policy.Snapshot) *policy.IncomeResult {
	if len(rowsOf(answers, "income")) == 0 || answers["per_head_claimed"] == nil {
		return nil
	}
	result, faults := policy.ComputeIncome(forms.IncomeSheet(answers, s), s)
	if len(faults) > 0 {
		return nil
	}
	return &result
}

// reviewer is who has passed a form first, "" while nobody has.
func reviewer(c *models.Case) string {
	if by := c.Facts.By["instructor_pass"]; len(by) > 0 {
		return by[0]
	}
	return ""
}

// incomeOf are income and expense of each item of the income sheet, in fen.
func incomeOf(sheet map[string]any) map[string]int64 {
	out := map[string]int64{}
	for _, r := range rowsOf(sheet, "income") {
		m, _ := r.(map[string]any)
		for _, side := range []string{policy.IncomeSide, policy.ExpenseSide} {
			n, _ := m[side[1:]].(float64)
			out[text(m, "item")+side] += int64(n)
		}
	}
	return out
}

// sameIncome counts the other forms of a village with the same income sheet.
func sameIncome(sheets map[string]map[string]any, id string, income map[string]int64, dc policy.DataContext) int {
	mine, ok := policy.IncomeVector(income, dc)
	if !ok {
		return 0
	}
	n := 0
	for other, sheet := range sheets {
		if other == id {
			continue
		}
		if hash, ok := policy.IncomeVector(incomeOf(sheet), dc); ok && hash == mine {
			n++
		}
	}
	return n
}

// spentOf are the rigid expenses that a form asks for, in fen: the screening form asks for all in one sum, the others
// whether there are any, where a no is nothing of any kind; a yes gives no sum to compare.
func spentOf(sheet map[string]any) map[string]int64 {
	out := map[string]int64{}
	all := func(n int64) {
		for _, kind := range []string{"medical", "schooling", "disaster", "other"} {
			out[kind] = n
		}
	}
	if sheet["rigid_or_drop"] == false {
		all(0)
	}
	if n, asked := sheet["rigid_expense"].(float64); asked {
		all(int64(n))
	}
	for kind, codes := range map[string][]string{"medical": {"own_medical", "medical_expense"}, "schooling": {"schooling_expense"}} {
		for _, code := range codes {
			if n, told := sheet[code].(float64); told {
				out[kind] = int64(n)
			}
		}
	}
	return out
}

// toldOf are the expenses that departments have told, of the kinds that a form asks for.
func (r *formReader) toldOf(household string, asked map[string]int64) ([]policy.Expense, error) {
	if len(asked) == 0 {
		return nil, nil
	}
	all, err := r.e.DeptExpenses(r.tx, household)
	return slices.DeleteFunc(all, func(x policy.Expense) bool { _, ok := asked[x.Kind]; return !ok }), err
}

// signatures are those of the household and the surveyor on a sheet. Their looks were noted with the upload, as were the
// device and the moment if it told them; the moment of the upload says nothing of two signatures sent together later.
func (r *formReader) signatures(form string, sheet map[string]any) (farmer, surveyor policy.Signature, err error) {
	drawn, err := r.drawn(form)
	if err != nil {
		return farmer, surveyor, err
	}
	var files []models.Attachment
	if err := r.tx.Where("case_id = ?", form).Find(&files).Error; err != nil {
		return farmer, surveyor, err
	}
	pick := func(field string) policy.Signature {
		for _, a := range files {
			if slices.Contains(rowsOf(sheet, field), any(a.ID)) {
				s := drawn[a.ID]
				s.Hash = a.SHA256
				return s
			}
		}
		return policy.Signature{}
	}
	return pick("household_signature"), pick("surveyor_signature"), nil
}

// drawn is what was noted with the signatures attached to a form, by attachment: perceptual hash, device, moment.
func (r *formReader) drawn(form string) (map[string]policy.Signature, error) {
	var events []models.CaseEvent
	if err := r.tx.Where("case_id = ? AND kind = ?", form, "attach").Find(&events).Error; err != nil {
		return nil, err
	}
	out := map[string]policy.Signature{}
	for i := range events {
		note, err := r.e.Payload(&events[i])
		if err != nil {
			return nil, err
		}
		s := policy.Signature{Device: text(note, "device")}
		s.Look, _ = strconv.ParseUint(text(note, "look"), 16, 64)
		s.At, _ = time.Parse(time.RFC3339Nano, text(note, "signed_at"))
		out[text(note, "attachment")] = s
	}
	return out, nil
}

// places are where a form was filled in and where the household lives, by form F3 (S0-047) or its identification; nil when
// nobody has recorded it.
func (r *formReader) places(s *surveyed) (here, home *policy.Place, err error) {
	visit, err := r.e.lastForm(r.tx, s.form.ID, "visit")
	if err != nil || placeOf(visit) == nil {
		return nil, nil, err
	}
	if s.spot != nil {
		var answers, computed map[string]any
		err := s.spot.Open(r.e.Store.Vault, &answers, &computed)
		return placeOf(visit), placeOf(answers), err
	}
	if s.ident == nil {
		return nil, nil, nil
	}
	verified, err := r.e.lastForm(r.tx, s.ident.ID, "submit_verification")
	return placeOf(visit), placeOf(verified), err
}

func placeOf(form map[string]any) *policy.Place {
	lon, placed := form["longitude"].(float64)
	lat, also := form["latitude"].(float64)
	if !placed || !also {
		return nil
	}
	return &policy.Place{Lon: lon, Lat: lat}
}

// caseFacts are the procedures of a household as the rules of order look at them.
func (r *formReader) caseFacts(s *surveyed) ([]policy.CaseFacts, error) {
	var out []policy.CaseFacts
	if c := s.form; c != nil {
		f := policy.CaseFacts{ID: c.ID, Household: c.HouseholdID}
		if c.Facts.Count["rectified"] == 0 { // what did not agree has been put right since
			unified, agree := c.Facts.Yes("three_unified"), c.Facts.Yes("four_agree")
			f.RecordsAgree, f.LevelsAgree = &unified, &agree
			var err error
			if f.Differing, err = r.differing(c); err != nil {
				return nil, err
			}
		}
		out = append(out, f)
	}
	if s.ident == nil {
		return out, nil
	}
	f, err := r.identFacts(s.ident)
	return append(out, f), err
}

// differing are the indicators that the visit has found not to agree (DQ-10), each once.
func (r *formReader) differing(c *models.Case) ([]string, error) {
	form, err := r.e.lastForm(r.tx, c.ID, "mismatch")
	var out []string
	for _, row := range rowsOf(form, "mismatches") {
		m, _ := row.(map[string]any)
		if title := procedure.IndicatorTitle(text(m, "indicator")); title != "" && !slices.Contains(out, title) {
			out = append(out, title)
		}
	}
	return out, err
}

// identFacts are the days and doers of a registered identification.
func (r *formReader) identFacts(c *models.Case) (policy.CaseFacts, error) {
	f := policy.CaseFacts{ID: c.ID, Household: c.HouseholdID}
	entry, err := r.e.lastForm(r.tx, c.ID, "register")
	if err != nil {
		return f, err
	}
	f.EntryOn, _ = policy.ParseDate(text(entry, "entered_on")) // zero when nobody has said
	if by := c.Facts.By["register"]; len(by) > 0 {
		f.EnteredBy, f.CheckedBy = by[0], by[len(by)-1]
	}
	if at, ok := c.Facts.At["county_pass"]; ok {
		f.ApprovedOn = policy.DateOf(at)
	}
	var notice models.Case
	err = r.tx.Where("parent_id = ? AND procedure = ? AND closed_at IS NOT NULL", c.ID, "village_notice").Order("opened_at DESC, id DESC").Limit(1).Find(&notice).Error
	if err != nil || notice.ID == "" {
		return f, err
	}
	var window models.ClockRow
	if err := r.tx.Where("case_id = ? AND code = ?", notice.ID, "window").Order("started_at DESC").Limit(1).Find(&window).Error; err != nil {
		return f, err
	}
	if window.ID != "" { // both end with their last day, at midnight
		f.NoticeEnded = policy.DateOf(notice.ClosedAt.Add(-time.Second))
		f.NoticeDue, _ = policy.ParseDate(window.LastDay)
	}
	return f, nil
}

// ruled is what a rule has found.
type ruled struct {
	rule  policy.RuleInfo
	fault policy.DataFault
}

// judge holds the forms and procedures of a household against their rules.
func (r *formReader) judge(s *surveyed, dc policy.DataContext) ([]ruled, error) {
	var out []ruled
	form, filled, err := r.formFacts(s, dc)
	if err != nil {
		return nil, err
	}
	held := func(f policy.FormFacts) {
		for _, rule := range policy.FormRules {
			for _, fault := range rule.Find(f, dc) {
				out = append(out, ruled{rule.RuleInfo, fault})
			}
		}
	}
	if filled {
		held(form)
	}
	for _, code := range sortedKeys(s.records) {
		f, ok, err := r.recordFacts(s.records[code], dc.Snapshot)
		if err != nil {
			return nil, err
		}
		if ok {
			held(f)
		}
	}
	cases, err := r.caseFacts(s)
	for _, facts := range cases {
		for _, rule := range policy.CaseRules {
			for _, f := range rule.Find(facts, dc) {
				out = append(out, ruled{rule.RuleInfo, f})
			}
		}
	}
	return out, err
}

// judgeVillage holds a village form against its rules (DQ-09, DQ-40); one that was not checked by its village yet has
// nothing to say.
func (e *Engine) judgeVillage(tx *gorm.DB, c *models.Case, dc policy.DataContext) ([]ruled, error) {
	if c.Facts.Count["village_check"] == 0 {
		return nil, nil
	}
	v, err := e.villageFacts(tx, c)
	var out []ruled
	for _, rule := range policy.VillageRules {
		for _, f := range rule.Find(v, dc) {
			out = append(out, ruled{rule.RuleInfo, f})
		}
	}
	return out, err
}

func (e *Engine) villageFacts(tx *gorm.DB, c *models.Case) (policy.VillageFacts, error) {
	v := policy.VillageFacts{Code: c.RegionCode, Name: c.Subject}
	now, err := e.villageSums(tx, c)
	if err != nil {
		return v, err
	}
	cell := func(code string) *int {
		var n int
		if !c.Facts.Value(code, &n) {
			return nil
		}
		return &n
	}
	for _, f := range procedure.Sheet("village_sums") {
		stated := cell(f.Code)
		added, computed := now[f.Code]
		if stated == nil {
			v.Blank = append(v.Blank, f.Title) // nobody knows: a form of the campaign or the register has to say
		}
		if stated != nil && computed {
			v.Totals = append(v.Totals, policy.VillageTotal{Title: f.Title, Stated: new(float64(*stated)), Added: new(float64(added))})
		}
	}
	for _, f := range procedure.Sheet("village_facts") {
		if f.Required && c.Facts.Values[f.Code] == nil {
			v.Blank = append(v.Blank, f.Title)
		}
	}
	v.Households, v.UnsafeWater, v.Dangerous = cell("register_households"), cell("unsafe_water"), cell("unsafe_houses")
	return v, e.villageLand(tx, c, &v)
}

// villageLand adds the land that a village states and, if it states any, that of its households.
func (e *Engine) villageLand(tx *gorm.DB, c *models.Case, v *policy.VillageFacts) error {
	stated := false
	for code, into := range map[string]**float64{"village_arable": &v.Land.Arable, "village_forest": &v.Land.Forest, "village_returned_forest": &v.Land.Returned,
		"village_orchard": &v.Land.Orchard, "village_pasture": &v.Land.Pasture, "village_pond": &v.Land.Pond} {
		var mu float64
		if c.Facts.Value(code, &mu) {
			*into, stated = &mu, true
		}
	}
	if !stated {
		return nil
	}
	var list []models.Household
	if err := tx.Select("id", "sealed").Where("region_code = ? AND status <> ?", c.RegionCode, "household_cancelled").Find(&list).Error; err != nil {
		return err
	}
	for i := range list {
		s, err := list[i].Secret(e.Store.Vault)
		if err != nil {
			return err
		}
		v.OfHouseholds = v.OfHouseholds.Plus(register.Land(&s))
	}
	return nil
}

// lastVillageForm is the form of a village in the last campaign that has one, nil without.
func lastVillageForm(tx *gorm.DB, village string) (*models.Case, error) {
	var c models.Case
	err := tx.Where("region_code = ? AND procedure = ?", village, "village_form").Order("opened_at DESC, id DESC").Limit(1).Find(&c).Error
	if err != nil || c.ID == "" {
		return nil, err
	}
	return &c, nil
}

// runFormRule runs a rule about forms, procedures or village forms on what a data issue is about.
func (k *act) runFormRule(code string) ([]policy.DataFault, error) {
	dc := policy.NewDataContext(policy.DateOf(k.now), k.policy)
	var found []ruled
	if k.c.HouseholdID == "" {
		c, err := lastVillageForm(k.tx, k.c.RegionCode)
		if c == nil || err != nil {
			return nil, err
		}
		if found, err = k.e.judgeVillage(k.tx, c, dc); err != nil {
			return nil, err
		}
	} else {
		r := &formReader{e: k.e, tx: k.tx}
		list, err := r.read([]string{k.c.HouseholdID})
		if err != nil || list[k.c.HouseholdID] == nil {
			return nil, err
		}
		if found, err = r.judge(list[k.c.HouseholdID], dc); err != nil {
			return nil, err
		}
	}
	var out []policy.DataFault
	for _, f := range found {
		if f.rule.Code == code {
			out = append(out, f.fault)
		}
	}
	return out, nil
}
