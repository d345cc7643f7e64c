package activities

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/procedure"
)

func init() {
	guards[procedure.GuardNotSurveyor], guards[procedure.GuardSampleClean] = notSurveyor, sampleClean
	hooks["campaign_sample"] = campaignSample
}

// DrawSample draws n of some households, in an order that the seed alone decides, so
// that anybody can draw the same again.
func DrawSample(households []string, n int, seed uint64) []string {
	all := slices.Sorted(slices.Values(households))
	r := rand.New(rand.NewPCG(seed, 0))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(max(n, 0), len(all))]
}

// sampleRound is the number of the present spot check of a campaign, from 1.
func sampleRound(c *models.Case) int { return c.Facts.Count["to_spot"] }

// campaignSample draws the households of a spot check from those that were asked, and
// notes the seed with the case.
func campaignSample(k *act) error {
	var scope []models.CampaignScope
	if err := scopeOf(k.tx, k.c.ID).Where("result NOT IN ?", []string{"", models.ResultNotApplicable}).Find(&scope).Error; err != nil {
		return err
	}
	rows := map[string]models.CampaignScope{}
	for _, s := range scope {
		rows[s.HouseholdID] = s
	}
	seed, err := k.newSeed("sample_seed")
	if err != nil {
		return err
	}
	var out []models.CampaignSample
	for _, id := range DrawSample(sortedKeys(rows), whole(k.form, "sample_size"), seed) {
		out = append(out, models.CampaignSample{CampaignID: k.c.ID, Round: sampleRound(k.c), HouseholdID: id, RegionCode: rows[id].RegionCode, SurveyorID: rows[id].SurveyorID})
	}
	if len(out) == 0 {
		return nil
	}
	return k.tx.CreateInBatches(&out, listBatch).Error
}

// newSeed draws a seed and notes it with the case.
func (k *act) newSeed(fact string) (uint64, error) {
	var raw [8]byte
	if _, err := crand.Read(raw[:]); err != nil {
		return 0, err
	}
	seed := binary.BigEndian.Uint64(raw[:])
	return seed, setFact(&k.c.Facts, fact, fmt.Sprint(seed)) // as a text: no JSON number holds it
}

// signatureSeed is the fact with the seed by which a campaign draws the forms whose signatures are compared by eye.
const signatureSeed = "signature_seed"

// signatureSample are the households of a village whose signatures are compared by eye (DQ-03), drawn by the seed of the
// campaign from its list: a share of the policy, rounded up.
func (e *Engine) signatureSample(tx *gorm.DB, campaign, village string) (seed string, drawn []string, err error) {
	c, err := take(tx, campaign)
	if err != nil {
		return "", nil, err
	}
	seed = c.Facts.Text(signatureSeed)
	n, err := strconv.ParseUint(seed, 10, 64)
	if err != nil { // older than the draw
		return "", nil, nil
	}
	s, err := e.Snapshot(tx, c.PolicyHash)
	if err != nil {
		return "", nil, err
	}
	var homes []string
	if err := scopeOf(tx, campaign).Where("region_code = ?", village).Pluck("household_id", &homes).Error; err != nil {
		return "", nil, err
	}
	size := (len(homes)*s.Int("dq_signature_sample_percent") + 99) / 100
	return seed, DrawSample(homes, size, n), nil
}

// notSurveyor: who has asked households in a campaign does not check its work.
func notSurveyor(k *act) []procedure.FieldFault {
	var mine int64
	persons := k.actor.persons()
	if err := scopeOf(k.tx, k.c.ID).Where("surveyor_id IN ?", persons).Limit(1).Count(&mine).Error; err != nil {
		return failed(err)
	}
	named := slices.ContainsFunc(groupsOf(k.c), func(r groupRow) bool { return r.Duty == "surveyor" && slices.Contains(persons, r.User) })
	if mine > 0 || named {
		return no("", "own_survey", "本次行动的调查员不能参加抽查验收")
	}
	return nil
}

// sampleClean: every household that was drawn has been checked and none has failed.
func sampleClean(k *act) []procedure.FieldFault {
	var rows []struct {
		Result string
		Count  int
	}
	err := k.tx.Model(&models.CampaignSample{}).Where("campaign_id = ? AND round = ?", k.c.ID, sampleRound(k.c)).Select("result, count(*) AS count").Group("result").Scan(&rows).Error
	if err != nil {
		return failed(err)
	}
	var faults []procedure.FieldFault
	for _, r := range rows {
		switch r.Result {
		case "":
			faults = append(faults, no("", "sample_unchecked", "还有%d户抽查样本没有结果", r.Count)...)
		case models.SampleFail:
			faults = append(faults, no("", "sample_failed", "有%d户抽查不合格，应当办理“抽查不过”", r.Count)...)
		}
	}
	return faults
}

// SampleResult is what a spot check found about one household. Brief says what is
// wrong, without names; only with a failure.
type SampleResult struct{ HouseholdID, Result, Brief string }

// SampleRequest records results of the present spot check.
type SampleRequest struct {
	CampaignID, Key string
	Results         []SampleResult
	Actors          []Actor
}

// RecordSample takes results of a spot check; a later one replaces an earlier one until
// the spot check is over.
func (e *Engine) RecordSample(ctx context.Context, r SampleRequest) (Reply, error) {
	i := slices.IndexFunc(r.Actors, func(a Actor) bool { return a.Role == procedure.GuidanceGroup })
	if i < 0 {
		return Reply{}, procedure.Refuse(procedure.Forbidden, "role_not_allowed", "抽查结果由指导（督导）组登记")
	}
	list := make([]any, len(r.Results))
	for j, x := range r.Results {
		if x.Result == models.SampleFail && x.Brief == "" {
			return Reply{}, required(fmt.Sprintf("results[%d].brief", j), "请写明不合格的问题")
		}
		list[j] = map[string]any{"household_id": x.HouseholdID, "result": x.Result, "brief": x.Brief}
	}
	return e.side(ctx, r.CampaignID, "spot_result", "spot_result", r.Key, r.Actors[i], map[string]any{"results": list}, func(k *act) error {
		if k.c.Procedure != "campaign" || k.c.State != "spot_check" {
			return procedure.Refuse(procedure.Conflict, "not_in_spot_check", "行动不在抽查验收环节")
		}
		if f := notSurveyor(k); len(f) > 0 {
			return procedure.Refuse(procedure.Forbidden, f[0].Code, f[0].Message)
		}
		for j, x := range r.Results {
			n, err := k.recordSample(x)
			if err != nil {
				return err
			}
			if n == 0 {
				return procedure.Refuse(procedure.Invalid, "not_in_sample", "所列农户不在抽查样本中",
					procedure.FieldFault{Field: fmt.Sprintf("results[%d].household_id", j), Code: "not_in_sample", Message: "不在抽查样本中"})
			}
		}
		return nil
	})
}

func (k *act) recordSample(x SampleResult) (int64, error) {
	done := k.tx.Model(&models.CampaignSample{}).Where("campaign_id = ? AND round = ? AND household_id = ?", k.c.ID, sampleRound(k.c), x.HouseholdID).
		Updates(map[string]any{"result": x.Result, "brief": x.Brief, "found_by": k.actor.Person(), "found_at": k.now})
	return done.RowsAffected, done.Error
}

// Samples are the households of the present spot check of a campaign, and the seed they
// were drawn with.
func Samples(tx *gorm.DB, c *models.Case) (rows []models.CampaignSample, seed string, err error) {
	err = tx.Where("campaign_id = ? AND round = ?", c.ID, sampleRound(c)).Order("region_code, household_id").Find(&rows).Error
	return rows, c.Facts.Text("sample_seed"), err
}
