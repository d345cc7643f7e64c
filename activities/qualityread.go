package activities

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"shouwang/models"
	"shouwang/policy"
)

// looker reads the households of an area one batch after another and judges those that have changed.
type looker struct {
	e     *Engine
	kind  string
	full  bool
	trial policy.CountyRule
	lo    string // bounds of the region codes
	hi    string
	today policy.Date
	// policies are those of the villages; phones who else has a telephone number that several households have.
	policies map[string]*runPolicy
	phones   phoneUses
	opened   bool // they were told by opening rows
	forms    *formReader
	spare    chan []*home // to be used again
	sheet    sheet
}

// runPolicy is the policy of some villages as the rules want it.
type runPolicy struct {
	*regionPolicy
	data   policy.DataContext
	rules  []policy.DataRule
	screen *policy.Screener
	print  uint64 // of the rules, the policy and the month
}

// phoneUses are those of marks.
type phoneUses map[int64]phoneUse

// phoneUse is how many households have a number, and whether they are of several counties.
type phoneUse struct {
	households int
	counties   bool
}

// home is one household as a run reads it. What is sealed stays so until it is looked at.
type home struct {
	household models.Household
	people    []models.Person

	before   *int64 // the print of the last look
	print    int64
	policy   *runPolicy
	episode  bool    // it is or was monitored
	more     print64 // of its episodes, plans, measures, helpers and expenses
	expenses []models.DeptRow
	followed *followed   // by the procedures; only of one that is to be looked at
	turn     policy.Date // the next day on which somebody begins or ends to help it, zero none
	known    []*knownHit
	marks    []marked // rows whose telephone mark is missing and has been made
	phones   phoneUses
	looked   bool
	found    []finding
	unjudged []string // rules that lack a fact
	watched  bool
	survey   *surveyed
	village  bool // it stands for a village and its form
}

// marked is a row, and the key that its marks are under.
type marked struct {
	row any
	key uint32
}

// rulesVersion is raised whenever a rule of this build finds something else than before in the same facts: all
// households are looked at again then.
const rulesVersion = 2

func (e *Engine) newLooker(ctx context.Context, run *models.QualityRun) (*looker, error) {
	w := &looker{e: e, kind: run.Kind, full: run.FullLook, today: policy.DateOf(e.Clock.Now()), policies: map[string]*runPolicy{}, forms: &formReader{e: e, tx: e.Store.DB.WithContext(ctx)},
		spare: make(chan []*home, 4), sheet: sheet{opener: e.Store.Vault.Opener()}}
	w.lo, w.hi = regionRange(run.RegionCode)
	if run.Kind == models.RunTrial {
		var err error
		if w.trial, err = TrialRule(run); err != nil {
			return nil, err
		}
	}
	var codes []string
	db := e.Store.DB.WithContext(ctx)
	if err := db.Model(&models.Region{}).Where("code >= ? AND code < ? AND level = ?", w.lo, w.hi, "village").Pluck("code", &codes).Error; err != nil {
		return nil, err
	}
	return w, w.readPolicies(ctx, codes)
}

// readPolicies reads the policies of villages; those that share one share what is made of it.
func (w *looker) readPolicies(ctx context.Context, villages []string) error {
	list := make([]models.Household, len(villages))
	for i, code := range villages {
		list[i].RegionCode = code
	}
	found, err := w.e.policiesOf(w.e.Store.DB.WithContext(ctx), list)
	if err != nil {
		return err
	}
	shared := map[*regionPolicy]*runPolicy{}
	for code, p := range found {
		if shared[p] == nil {
			shared[p] = &runPolicy{regionPolicy: p, data: policy.NewDataContext(w.today, p.Snapshot), rules: p.Snapshot.QualityRules(), screen: policy.NewScreener(w.today, p.Snapshot), print: w.rulesPrint(p.hash)}
		}
		w.policies[code] = shared[p]
	}
	return nil
}

// rulesPrint changes with the rules, the policy and the month; what depends on the day is looked at again on that day.
func (w *looker) rulesPrint(hash string) uint64 {
	p := newPrint()
	p.text(fmt.Sprint(w.kind, rulesVersion, w.today.Year, int(w.today.Month), hash))
	for _, r := range policy.AllRules() {
		p.text(r.Code)
	}
	return uint64(p)
}

// next reads the households after a cursor, with their people: as many statements for a batch of any size.
func (w *looker) next(ctx context.Context, cursor string, limit int) ([]*home, error) {
	if w.phones == nil || !w.opened && w.kind == models.RunQuality && w.e.Store.Vault.IndexChanging() {
		if err := w.readPhones(ctx); err != nil {
			return nil, err
		}
	}
	homes, err := w.readHomes(ctx, cursor, limit)
	if err != nil || len(homes) == 0 {
		return homes, err
	}
	at := make(map[string]*home, len(homes))
	all := make([]string, 0, len(homes))
	var known, missing []string
	for _, h := range homes {
		at[h.household.ID] = h
		all = append(all, h.household.ID)
		if h.household.Status != "none" {
			known = append(known, h.household.ID)
		}
		if w.policies[h.household.RegionCode] == nil {
			missing = append(missing, h.household.RegionCode)
		}
	}
	if len(missing) > 0 {
		if err := w.readPolicies(ctx, missing); err != nil {
			return nil, err
		}
	}
	if err := w.readPeople(ctx, all, homes, at); err != nil {
		return nil, err
	}
	if err := w.readEpisodes(ctx, known, at); err != nil {
		return nil, err
	}
	if err := w.readExpenses(ctx, all, at); err != nil {
		return nil, err
	}
	if err := w.readForms(all, at); err != nil {
		return nil, err
	}
	for _, h := range homes {
		h.policy = w.policies[h.household.RegionCode]
		h.print, h.phones = w.printOf(h), w.phones
	}
	return homes, nil
}

func (w *looker) query(ctx context.Context, text string, args []any, each func(models.Row) error) error {
	return w.e.Store.Stream(ctx, text, args, each)
}

func (w *looker) readHomes(ctx context.Context, cursor string, limit int) ([]*home, error) {
	region, id, _ := strings.Cut(cursor, "/")
	out := w.unused(limit)
	x := &home{}
	h := &x.household
	into := []any{&h.ID, &h.No, &h.RegionCode, &h.HeadName, &h.Population, &h.BaseType, (*string)(&h.Status), &h.Sealed, &h.PhoneMark, &h.IndexKey, &x.before}
	err := w.query(ctx, `SELECT h.id, h.no, h.region_code, h.head_name, h.population, h.base_type, h.status, h.sealed, h.phone_mark, h.index_key,
			(SELECT l.print FROM quality_looks l WHERE l.household_id = h.id AND l.kind = ?) FROM households h
		WHERE (h.region_code, h.id) > (?, ?) AND h.region_code >= ? AND h.region_code < ? ORDER BY h.region_code, h.id LIMIT ?`,
		[]any{w.kind, region, id, w.lo, w.hi, limit}, func(rows models.Row) error {
			if err := rows.Scan(into...); err != nil {
				return err
			}
			if out = out[:len(out)+1]; out[len(out)-1] == nil {
				out[len(out)-1] = &home{}
			}
			out[len(out)-1].begin(x)
			return nil
		})
	return out, err
}

// unused is a list with room for so many households, which were gone by before if there have been any.
func (w *looker) unused(limit int) []*home {
	select {
	case list := <-w.spare:
		if cap(list) >= limit {
			return list[:0:limit]
		}
	default:
	}
	return make([]*home, 0, limit)
}

// begin makes a home of one that was read; memory that another one has had is used again.
func (x *home) begin(read *home) {
	people, unjudged := x.people[:0], x.unjudged[:0]
	*x = *read
	x.people, x.unjudged = people, unjudged
}

func (w *looker) readPeople(ctx context.Context, ids []string, homes []*home, at map[string]*home) error {
	p := &models.Person{} // for all, since what is scanned into lies on the heap
	into := []any{&p.ID, &p.HouseholdID, &p.Ord, &p.Name, &p.IsHead, &p.IDIndex, &p.Sealed, &p.PhoneMark, &p.IndexKey, &p.JoinedAt}
	var last *home
	err := w.query(ctx, `SELECT id, household_id, ord, name, is_head, id_index, sealed, phone_mark, index_key, joined_at FROM people WHERE household_id IN ? AND left_at IS NULL`,
		[]any{ids}, func(rows models.Row) error {
			if err := rows.Scan(into...); err != nil {
				return err
			}
			if last == nil || last.household.ID != p.HouseholdID {
				last = at[p.HouseholdID]
			}
			last.people = append(last.people, *p)
			return nil
		})
	for _, h := range homes {
		for i := 1; i < len(h.people); i++ {
			if byOrder(&h.people[i-1], &h.people[i]) > 0 {
				slices.SortFunc(h.people, func(a, b models.Person) int { return byOrder(&a, &b) })
				break
			}
		}
	}
	return err
}

func byOrder(a, b *models.Person) int {
	if a.Ord != b.Ord {
		return a.Ord - b.Ord
	}
	return strings.Compare(a.ID, b.ID)
}

// readEpisodes notes which households have had an episode, and a print of what the rules look at in those: episodes,
// plans, measures, and who helps them.
func (w *looker) readEpisodes(ctx context.Context, ids []string, at map[string]*home) error {
	if len(ids) == 0 {
		return nil
	}
	add := func(rows models.Row) error {
		var household, id string
		var n int
		var since, until *time.Time
		if err := rows.Scan(&household, &id, &n, &since, &until); err != nil {
			return err
		}
		h := at[household]
		h.more.text(id)
		h.more.number(int64(n))
		h.more.time(since)
		h.more.time(until)
		h.turns(w.today, since, until)
		return nil
	}
	err := w.query(ctx, `SELECT household_id, id, no, closed_at, revoked_at FROM monitoring_episodes WHERE household_id IN ? ORDER BY household_id, no`,
		[]any{ids}, add)
	if err != nil {
		return err
	}
	for _, id := range ids {
		at[id].episode = at[id].more != 0
	}
	err = w.query(ctx, `SELECT household_id, id, seq, closed_at, opened_at FROM cases WHERE household_id IN ? AND procedure IN ('assistance_plan', 'measure') ORDER BY household_id, id`, []any{ids}, add)
	if err != nil {
		return err
	}
	return w.query(ctx, `SELECT household_id, id, 0, valid_from, valid_to FROM role_grants WHERE household_id IN ? AND household_id <> '' AND role = 'assistance_person' ORDER BY household_id, id`, []any{ids}, add)
}

// readForms reads what campaigns and identifications hold about the households.
func (w *looker) readForms(ids []string, at map[string]*home) error {
	if w.kind != models.RunQuality {
		return nil
	}
	list, err := w.forms.read(ids)
	for id, s := range list {
		at[id].survey = s
	}
	return err
}

// readVillages reads the villages of the area that have a village form, each as a home that was looked at: they are few.
func (w *looker) readVillages(ctx context.Context) ([]*home, error) {
	if w.kind != models.RunQuality {
		return nil, nil
	}
	db := w.e.Store.DB.WithContext(ctx)
	var forms []models.Case
	err := db.Where("procedure = ? AND region_code >= ? AND region_code < ?", "village_form", w.lo, w.hi).Order("region_code, opened_at, id").Find(&forms).Error
	var out []*home
	for i := range forms {
		if err != nil {
			break
		}
		c := &forms[i]
		if i+1 < len(forms) && forms[i+1].RegionCode == c.RegionCode {
			continue // a later campaign has another
		}
		x := &home{village: true, looked: true, policy: w.policies[c.RegionCode]}
		x.household = models.Household{ID: c.RegionCode, RegionCode: c.RegionCode, HeadName: c.Subject}
		var look models.QualityLook
		if err = db.Where("kind = ? AND household_id = ?", w.kind, c.RegionCode).Limit(1).Find(&look).Error; look.Kind != "" {
			x.before = &look.Print
		}
		var found []ruled
		if err == nil && x.policy != nil {
			found, err = w.e.judgeVillage(db, c, x.policy.data)
		}
		x.take(w, found)
		out = append(out, x)
	}
	return out, err
}

// readPhones finds the numbers that several households have, by their marks alone (DQ-22): those of two households, of
// people of two, and of people of another one. Each part goes once through the indexes of the marks.
func (w *looker) readPhones(ctx context.Context) error {
	w.phones = phoneUses{}
	if w.kind != models.RunQuality { // no other rule asks
		return nil
	}
	if w.opened = w.e.Store.Vault.IndexChanging(); w.opened {
		return w.openPhones(ctx)
	}
	var shared []int64
	err := w.query(ctx, `SELECT phone_mark FROM households WHERE phone_mark IS NOT NULL GROUP BY phone_mark HAVING MIN(id) <> MAX(id)
		UNION SELECT phone_mark FROM people WHERE phone_mark IS NOT NULL AND left_at IS NULL GROUP BY phone_mark HAVING MIN(household_id) <> MAX(household_id)
		UNION SELECT p.phone_mark FROM people p WHERE p.phone_mark IS NOT NULL AND p.left_at IS NULL
			AND EXISTS (SELECT 1 FROM households h WHERE h.phone_mark = p.phone_mark AND h.id <> p.household_id)`, nil, func(rows models.Row) error {
		var mark int64
		err := rows.Scan(&mark)
		shared = append(shared, mark)
		return err
	})
	for part := range slices.Chunk(shared, phoneMarks) {
		if err == nil {
			err = w.readUses(ctx, part)
		}
	}
	return err
}

// openPhones is readPhones while the key of indexes is being changed: one number stands in the register under several marks,
// and what those of older keys stand for is told by opening the row.
func (w *looker) openPhones(ctx context.Context) error {
	v, opener := w.e.Store.Vault, w.e.Store.Vault.Opener()
	by := map[int64]map[string]string{} // county by household, by the mark as it is written now
	written := map[int64]int64{}        // that mark, by any that stands for the number
	add := func(mark int64, number func() (string, error), home, county string) error {
		now, known := written[mark]
		if !known {
			phone, err := number()
			if err != nil {
				return err
			}
			all := v.PhoneMarks(phone)
			if len(all) == 0 {
				return nil
			}
			now = all[0]
			for _, m := range append(all, mark) {
				written[m] = now
			}
			by[now] = map[string]string{}
		}
		by[now][home] = county
		return nil
	}
	var h models.Household
	var secret models.HouseholdSecret
	err := w.query(ctx, `SELECT id, substr(region_code, 1, 6), phone_mark, sealed FROM households WHERE phone_mark IS NOT NULL AND status <> 'household_cancelled'`,
		nil, func(r models.Row) error {
			if err := r.Scan(&h.ID, &h.RegionCode, &h.PhoneMark, &h.Sealed); err != nil {
				return err
			}
			return add(*h.PhoneMark, func() (string, error) {
				err := opener.Household(&h, &secret)
				return secret.Phone, err
			}, h.ID, h.RegionCode)
		})
	if err != nil {
		return err
	}
	var p models.Person
	var own models.PersonSecret
	var county string
	err = w.query(ctx, `SELECT p.id, p.household_id, substr(h.region_code, 1, 6), p.phone_mark, p.sealed FROM people p JOIN households h ON h.id = p.household_id
		WHERE p.phone_mark IS NOT NULL AND p.left_at IS NULL AND h.status <> 'household_cancelled'`, nil, func(r models.Row) error {
		if err := r.Scan(&p.ID, &p.HouseholdID, &county, &p.PhoneMark, &p.Sealed); err != nil {
			return err
		}
		return add(*p.PhoneMark, func() (string, error) {
			err := opener.Person(&p, &own)
			return own.Phone, err
		}, p.HouseholdID, county)
	})
	for mark, now := range written {
		if homes := by[now]; len(homes) > 1 {
			w.phones[mark] = phoneUse{len(homes), len(distinctOf(homes)) > 1}
		}
	}
	return err
}

// distinctOf are the counties of households.
func distinctOf(homes map[string]string) map[string]bool {
	out := map[string]bool{}
	for _, county := range homes {
		out[county] = true
	}
	return out
}

// phoneMarks is how many numbers one statement asks about.
const phoneMarks = 5000

func (w *looker) readUses(ctx context.Context, marks []int64) error {
	return w.query(ctx, `SELECT u.mark, COUNT(DISTINCT h.id), MIN(substr(h.region_code, 1, 6)), MAX(substr(h.region_code, 1, 6))
		FROM (SELECT phone_mark AS mark, id AS household_id FROM households WHERE phone_mark IN ?
			UNION ALL SELECT phone_mark, household_id FROM people WHERE phone_mark IN ? AND left_at IS NULL) u
		JOIN households h ON h.id = u.household_id WHERE h.status <> 'household_cancelled'
		GROUP BY u.mark HAVING COUNT(DISTINCT h.id) > 1`, []any{marks, marks}, func(rows models.Row) error {
		var mark int64
		var n int
		var first, last string
		err := rows.Scan(&mark, &n, &first, &last)
		w.phones[mark] = phoneUse{n, first != last}
		return err
	})
}

// of is who else has a number with that mark.
func (phones phoneUses) of(mark *int64) policy.PhoneUse {
	if mark == nil {
		return policy.PhoneUse{}
	}
	u := phones[*mark]
	return policy.PhoneUse{Households: max(0, u.households-1), OtherCounty: u.counties}
}

// print64 is a running hash of 64 bits, eight bytes at a time. It tells that something has changed, and keeps no secret: of
// what is sealed it covers the random part, which is another one each time it is sealed, but for a change of keys.
type print64 uint64

func newPrint() print64 { return 14695981039346656037 }

func (p *print64) word(n uint64) {
	h := (uint64(*p) ^ n) * 0x9e3779b97f4a7c15
	*p = print64(h ^ h>>32)
}

func (p *print64) text(s string) {
	p.word(uint64(len(s)))
	for len(s) >= 8 {
		p.word(uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56)
		s = s[8:]
	}
	rest := uint64(0)
	for i := range len(s) {
		rest |= uint64(s[i]) << (8 * i)
	}
	p.word(rest)
}

func (p *print64) number(n int64) { p.word(uint64(n)) }

func (p *print64) time(t *time.Time) {
	if t != nil {
		p.number(t.UnixMicro())
	}
	p.number(0)
}

func (p *print64) sealed(b []byte) {
	var head [16]byte
	copy(head[:], models.Nonce(b))
	p.word(binary.LittleEndian.Uint64(head[:8]))
	p.word(binary.LittleEndian.Uint64(head[8:]))
}

// printOf changes with everything that a rule may look at.
func (w *looker) printOf(x *home) int64 {
	p, h := newPrint(), &x.household
	p.number(int64(x.policy.print))
	for _, s := range []string{h.No, h.RegionCode, h.HeadName, h.BaseType, string(h.Status)} {
		p.text(s)
	}
	p.number(int64(h.Population))
	p.sealed(h.Sealed)
	w.printPhone(&p, h.PhoneMark)
	for i := range x.people {
		m := &x.people[i]
		p.text(m.ID)
		p.text(m.Name)
		if m.IsHead {
			p.text("head")
		}
		p.sealed(m.Sealed)
		p.time(m.JoinedAt)
		w.printPhone(&p, m.PhoneMark)
	}
	p.number(int64(x.more))
	x.survey.print(&p)
	return int64(p) &^ dayBits
}

func (w *looker) printPhone(p *print64, mark *int64) {
	if u := w.phones.of(mark); u.Households > 0 {
		p.number(int64(u.Households))
		if u.OtherCounty {
			p.text("county")
		}
	}
}
