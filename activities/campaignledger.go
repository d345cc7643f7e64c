package activities

import (
	"fmt"
	"strings"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// The ledger of a campaign's problems goes out each day on which something in it has changed: to the leaders of the
// township, and to the villages that the problems are in (S1-016).
var (
	ledgerLeaders  = []procedure.Role{procedure.LinkedLeader, procedure.TownshipHead}
	ledgerVillages = []procedure.Role{procedure.VillageSecretary, procedure.VillageCadre, procedure.ResidentLeader}
)

// sendLedger tells how the problems of villages stand at the end of a day, if that differs from the day before.
func (e *Engine) sendLedger(tx *gorm.DB, c *models.Case, day policy.Date, before, now models.CampaignProgress) error {
	old, byVillage := villageProblems(before), villageProblems(now)
	lines := map[string][]string{} // by area
	for _, village := range sortedKeys(byVillage) {
		if byVillage[village] == old[village] {
			continue
		}
		var r models.Region
		if err := tx.Where("code = ?", village).Take(&r).Error; err != nil {
			return err
		}
		line := r.Name + "：" + byVillage[village].told(old[village])
		lines[village] = []string{line}
		lines[Office(village, procedure.LevelTownship)] = append(lines[Office(village, procedure.LevelTownship)], line)
	}
	snapshot, err := e.Snapshot(tx, c.PolicyHash)
	if err != nil {
		return err
	}
	k := &act{e: e, tx: tx, c: c, actor: BySystem, now: e.Clock.Now(), policy: snapshot}
	for _, area := range sortedKeys(lines) {
		roles := ledgerVillages
		if len(area) < len("110101001001") {
			roles = ledgerLeaders
		}
		there := *c
		there.RegionCode = area
		users, err := e.holding(tx, &there, roles...)
		if err != nil {
			return err
		}
		err = k.tell(users, models.Message{CaseID: c.ID, ClockID: "ledger:" + c.ID + ":" + area + ":" + day.String(), Kind: policy.ActionRemind,
			Title: "每日问题台账：" + c.Facts.Text("title"), Body: fmt.Sprintf("截至%d月%d日，%s。", int(day.Month), day.Day, strings.Join(lines[area], "；")),
			DeliverAt: e.deliverAt(k, policy.Rung{})})
		if err != nil {
			return err
		}
	}
	return nil
}

// problemSum counts the problems of a village.
type problemSum struct{ found, closed, overdue int }

func villageProblems(p models.CampaignProgress) map[string]problemSum {
	out := map[string]problemSum{}
	for _, l := range p.Problems {
		s := out[l.RegionCode]
		out[l.RegionCode] = problemSum{s.found + l.Found, s.closed + l.Closed, s.overdue + l.Overdue}
	}
	return out
}

// told says how they stand and what the day has brought.
func (s problemSum) told(old problemSum) string {
	parts := []string{fmt.Sprintf("累计发现%d件", s.found), fmt.Sprintf("销号%d件", s.closed)}
	if n := s.found - old.found; n > 0 {
		parts[0] += fmt.Sprintf("（当日新增%d件）", n)
	}
	if n := s.closed - old.closed; n > 0 {
		parts[1] += fmt.Sprintf("（当日%d件）", n)
	}
	if s.overdue > 0 {
		parts = append(parts, fmt.Sprintf("逾期%d件", s.overdue))
	}
	return strings.Join(append(parts, fmt.Sprintf("未销号%d件", s.found-s.closed)), "，")
}
