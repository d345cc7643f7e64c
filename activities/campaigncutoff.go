package activities

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// The cut-offs of a campaign beside those of its stages (S0-066, S1-009, S2-016, S3-072): each has a clock from the issue
// on, which reminds whoever owes it in each village and then the offices above, until every village is through. What a
// village has handed in the office that leads the campaign records; that its forms are entered the system sees itself.

func init() { derivations["campaign_cutoffs"] = campaignCutOffs }

// entryItem is the cut-off that the forms themselves tell of.
const entryItem = "entry"

// metFact is the fact with the villages that have met a cut-off, each with the day.
const metFact = "cutoffs_met"

// campaignCutOffs sets the last days that the clocks of the cut-offs follow.
func campaignCutOffs(k *act) error {
	days := map[string]any{}
	for _, item := range procedure.OwedCutOffs() {
		if on := cutOffOf(k.c, item.Code).On; on != "" {
			days[procedure.CutOffFact(item.Code)] = on
		}
	}
	return k.know(days)
}

func metBy(c *models.Case) map[string]map[string]string {
	met := map[string]map[string]string{}
	c.Facts.Value(metFact, &met)
	return met
}

// villagesOf are the villages of a campaign, which before the field are those with households in scope.
func villagesOf(tx *gorm.DB, c *models.Case) ([]string, error) {
	var out []string
	err := tx.Model(&models.CampaignVillage{}).Where("campaign_id = ?", c.ID).Order("region_code").Pluck("region_code", &out).Error
	if err != nil || len(out) > 0 {
		return out, err
	}
	return scopeVillages(tx, c.RegionCode, c.Facts)
}

// owing are the villages of a campaign that have not met a cut-off yet.
func owing(tx *gorm.DB, c *models.Case, item string) ([]string, error) {
	villages, err := villagesOf(tx, c)
	if err != nil {
		return nil, err
	}
	if item == entryItem {
		return unentered(tx, c, villages)
	}
	met := metBy(c)[item]
	return slices.DeleteFunc(villages, func(v string) bool { return met[v] != "" }), nil
}

// unentered are those of the villages with household forms that are still to be entered.
func unentered(tx *gorm.DB, c *models.Case, villages []string) ([]string, error) {
	if waiting, err := unlisted(tx, c.ID); err != nil || waiting > 0 || c.Facts.Count["start_field"] == 0 {
		return villages, err
	}
	var out []string
	err := scopeOf(tx, c.ID).Joins("LEFT JOIN cases ON cases.id = campaign_scope.form_id").
		Where("campaign_scope.exception = '' AND (cases.id IS NULL OR cases.state NOT IN ?)", enteredForm).
		Distinct().Order("campaign_scope.region_code").Pluck("campaign_scope.region_code", &out).Error
	return out, err
}

var enteredForm = []procedure.State{"entered", "locked", "not_applicable"}

// CutOff is a cut-off of a campaign as it stands: On is its last day, with the days of a pause; Owing are the villages
// that have not met it, of all Villages.
type CutOff struct {
	Item, Title, On string
	Owing           []string
	Villages        int
	Overdue         bool
}

// CutOffs are those of a campaign that the villages owe, in the order of their days.
func (e *Engine) CutOffs(ctx context.Context, c *models.Case) ([]CutOff, error) {
	tx, today := e.Store.DB.WithContext(ctx), policy.DateOf(e.Clock.Now()).String()
	villages, err := villagesOf(tx, c)
	if err != nil {
		return nil, err
	}
	var out []CutOff
	for _, item := range procedure.OwedCutOffs() {
		x := CutOff{Item: item.Code, Title: item.Title, On: c.LastDay(procedure.CutOffFact(item.Code)), Villages: len(villages)}
		if x.On == "" { // met, or not asked
			x.On = cutOffOf(c, item.Code).On
		} else if x.Owing, err = owing(tx, c, item.Code); err != nil {
			return nil, err
		}
		x.Overdue = len(x.Owing) > 0 && x.On < today && !c.Facts.Yes(models.Suspended)
		if x.On != "" {
			out = append(out, x)
		}
	}
	slices.SortStableFunc(out, func(a, b CutOff) int { return strings.Compare(a.On, b.On) })
	return out, nil
}

// CutOffRequest records that villages have handed in what they owed by a cut-off of a campaign.
type CutOffRequest struct {
	CaseID, Item, Note, Key string
	Villages                []string
	Actors                  []Actor
}

// MeetCutOff records what villages have handed in; with the last of them the clock of the cut-off stops.
func (e *Engine) MeetCutOff(ctx context.Context, r CutOffRequest) (Reply, error) {
	if r.Note == "" {
		return Reply{}, required("note", "请写明收到的材料和内容")
	}
	form := map[string]any{"item": r.Item, "villages": r.Villages, "note": r.Note}
	return e.asIssuer(ctx, r.CaseID, "cutoff", r.Key, r.Actors, form, func(k *act) error {
		if r.Item == entryItem || k.c.Facts.Text(procedure.CutOffFact(r.Item)) == "" {
			return procedure.Refuse(procedure.Conflict, "already_so", "本次行动没有这一截止事项，或已全部办结、由系统自动认定")
		}
		left, err := owing(k.tx, k.c, r.Item)
		if err != nil {
			return err
		}
		met := metBy(k.c)
		if met[r.Item] == nil {
			met[r.Item] = map[string]string{}
		}
		for _, v := range r.Villages {
			if !slices.Contains(left, v) {
				return procedure.Refuse(procedure.Invalid, "conditions_not_met", "所选的村不在本次行动中，或已经报送",
					procedure.FieldFault{Field: "villages", Code: "not_owing", Message: "所选的村不在本次行动中，或已经报送"})
			}
			met[r.Item][v] = policy.DateOf(k.now).String()
		}
		if err := setFact(&k.c.Facts, metFact, met); err != nil {
			return err
		}
		return k.settleCutOff(r.Item)
	})
}

// settleCutOff stops the clock of a cut-off that no village owes any more.
func (k *act) settleCutOff(item string) error {
	left, err := owing(k.tx, k.c, item)
	if err != nil || len(left) > 0 {
		return err
	}
	if err := setFact(&k.c.Facts, procedure.CutOffFact(item), ""); err != nil {
		return err
	}
	if err := k.e.moveClocks(k.tx, k.c, k.d, k.c.State, k.c.State, k.now); err != nil {
		return err
	}
	return retask(k.tx, k.c)
}

// tendEntry records that all forms of a campaign are entered.
func (e *Engine) tendEntry(tx *gorm.DB, c *models.Case) (more bool, err error) {
	fact := procedure.CutOffFact(entryItem)
	if c.Facts.Text(fact) == "" {
		return false, nil
	}
	left, err := owing(tx, c, entryItem)
	if err != nil || len(left) > 0 {
		return false, err
	}
	_, err = e.sideIn(tx, c.ID, "cutoff", "cutoff", "cutoff:"+entryItem, BySystem, map[string]any{"item": entryItem}, func(k *act) error { return k.settleCutOff(entryItem) })
	return false, err
}

// cutOffsLeft are the cut-offs that some village still owes: a campaign is not archived over them.
func cutOffsLeft(k *act) []procedure.FieldFault {
	for _, item := range procedure.OwedCutOffs() {
		if k.c.Facts.Text(procedure.CutOffFact(item.Code)) == "" {
			continue
		}
		left, err := owing(k.tx, k.c, item.Code)
		if err != nil {
			return failed(err)
		}
		if len(left) > 0 {
			return no("", "cutoff_open", "“%s”还有%d个村没有办结", item.Title, len(left))
		}
	}
	return nil
}

// owed are those whom a rung of a clock is for that villages owe: in each village that does, who owes it there, from the
// first level on its offices too, and then whoever the case waits for. Where nobody holds the post, it is for those who
// lead the case.
func (e *Engine) owed(tx *gorm.DB, c *models.Case, k procedure.Clock, level string) ([]recipient, error) {
	villages, err := owing(tx, c, k.Owed.Item)
	if err != nil {
		return nil, err
	}
	var out []recipient
	there := *c
	for _, v := range villages {
		there.RegionCode = v
		all, err := e.holding(tx, &there, append(slices.Clone(offices[level]), k.Owed.Roles...)...)
		if err != nil {
			return nil, err
		}
		out = append(out, all...)
	}
	if level == policy.LevelHolder && len(out) > 0 {
		return once(out), nil
	}
	lead, err := e.recipients(tx, c, level)
	return once(append(out, lead...)), err
}
