package activities

import (
	"slices"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() {
	hooks["open_episode"], hooks["close_episode"], hooks["reopen_episode"], hooks["revoke_episode"] = openEpisode, closeEpisode, reopenEpisode, revokeEpisode
	derivations["identification_kind"] = identificationKind
	hooks["risk_added"] = riskAdded
}

// episode is the last episode of a household, nil without one.
func episode(tx *gorm.DB, household string) (*models.MonitoringEpisode, error) {
	var ep models.MonitoringEpisode
	err := tx.Where("household_id = ?", household).Order("no DESC").Take(&ep).Error
	if models.Missing(err) {
		return nil, nil
	}
	return &ep, err
}

// identificationKind tells a first identification from one after an earlier episode
// (再次认定, 2.2).
func identificationKind(k *act) error {
	ep, err := episode(k.tx, k.c.HouseholdID)
	if err != nil {
		return err
	}
	kind := "first"
	if ep != nil {
		kind = "again"
	}
	return setFact(&k.c.Facts, "identification_kind", kind)
}

// openEpisode begins a new episode with what the identification has decided.
func openEpisode(k *act) error {
	last, err := episode(k.tx, k.c.HouseholdID)
	if err != nil {
		return err
	}
	ep := models.MonitoringEpisode{ID: models.NewID(), HouseholdID: k.c.HouseholdID, No: 1, CaseID: k.c.ID, RegionCode: k.c.RegionCode, OpenedAt: k.now,
		Category: k.c.Facts.Text("category"), FastLane: k.c.Facts.Yes("fast_lane")}
	if last != nil {
		ep.No = last.No + 1
	}
	decided, err := k.e.lastForm(k.tx, k.c.ID, "county_pass")
	if err != nil {
		return err
	}
	seen, err := k.e.lastForm(k.tx, k.c.ID, "submit_verification")
	if err != nil {
		return err
	}
	secret := models.EpisodeSecret{RiskTypes: words(decided["risk_types"]), OtherNote: text(seen, "risk_note"), MustAdmit: words(seen["must_admit"])}
	if err := ep.SetSecret(k.e.Store.Vault, secret); err != nil {
		return err
	}
	return k.tx.Create(&ep).Error
}

// words are the texts of a list as it comes out of a form.
func words(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// risks are those of an episode: what the household was identified for, and what was
// confirmed since without another identification, so that no elimination forgets it.
func (k *act) risks(ep *models.MonitoringEpisode) ([]string, error) {
	secret, err := ep.Secret(k.e.Store.Vault)
	if err != nil {
		return nil, err
	}
	added, err := k.e.confirmedRisks(k.tx, []string{ep.HouseholdID})
	return risksOf(ep, secret, added[ep.HouseholdID]), err
}

// confirmedRisk is what a clue about a household has come to that led to no identification.
type confirmedRisk struct {
	at    time.Time
	types []string
}

// confirmedRisks are those of some households.
func (e *Engine) confirmedRisks(tx *gorm.DB, households []string) (map[string][]confirmedRisk, error) {
	var clues []models.Case
	err := tx.Where(models.Among(tx, "household_id", households)).Where("procedure = ? AND state = ?", "risk_clue", "risk_confirmed").
		Where("NOT EXISTS (SELECT 1 FROM cases ident WHERE ident.parent_id = cases.id AND ident.procedure = ?)", "identification").Order("id").Find(&clues).Error
	if err != nil {
		return nil, err
	}
	out := map[string][]confirmedRisk{}
	for i := range clues {
		c := &clues[i]
		if c.ClosedAt == nil {
			continue
		}
		form, err := e.lastForm(tx, c.ID, "confirm_risk")
		if err != nil {
			return nil, err
		}
		out[c.HouseholdID] = append(out[c.HouseholdID], confirmedRisk{*c.ClosedAt, words(form["risk_types"])})
	}
	return out, nil
}

func risksOf(ep *models.MonitoringEpisode, secret models.EpisodeSecret, added []confirmedRisk) []string {
	out := slices.Clone(secret.RiskTypes)
	for _, a := range added {
		if !a.at.Before(ep.OpenedAt) {
			out = append(out, a.types...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// riskAdded: a risk that is confirmed of a household which is monitored already is not
// identified once more. The plan is adjusted to answer it (2.4 adjust).
func riskAdded(k *act) error {
	if len(stillMonitored(k)) > 0 {
		return nil
	}
	return k.e.effects(k, []procedure.Effect{
		{Kind: procedure.Tell, To: procedure.ToHousehold, Procedure: "assistance_plan", Event: "adjust"},
		{Kind: procedure.OpenCase, Procedure: "assistance_plan", If: procedure.Guard{Name: procedure.GuardNoPlan}},
	})
}

// closeEpisode notes the elimination: its day, how, and by which case.
func closeEpisode(k *act) error {
	day, err := policy.ParseDate(k.c.Facts.Text("eliminated_on"))
	if err != nil {
		return err
	}
	return k.changeEpisode(map[string]any{"closed_at": day.Start().UTC(), "method": k.c.Facts.Text("method"), "elimination_id": k.c.ID})
}

// reopenEpisode: a rollback goes on with the same episode (2.7b).
func reopenEpisode(k *act) error {
	return k.changeEpisode(map[string]any{"closed_at": nil, "method": "", "elimination_id": "", "rolled_back_at": k.now})
}

func revokeEpisode(k *act) error {
	return k.tx.Model(&models.MonitoringEpisode{}).Where("case_id = ?", k.c.ID).Update("revoked_at", k.now).Error
}

// changeEpisode changes the last episode of the household.
func (k *act) changeEpisode(values map[string]any) error {
	ep, err := episode(k.tx, k.c.HouseholdID)
	if err != nil || ep == nil { // monitored before episodes were kept
		return err
	}
	return k.tx.Model(&models.MonitoringEpisode{}).Where("id = ?", ep.ID).Updates(values).Error
}
