package api

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// answering are the posts that answer for a household (3.2), the nearest first; visiting those of them that do where the rules
// have them visit it.
var (
	answering = []procedure.Role{procedure.AssistancePerson, procedure.MonitoringContact, procedure.GridMember, procedure.VillageMonitor,
		procedure.VillageCadre, procedure.ResidentMember, procedure.VillageSecretary, procedure.ResidentLeader, procedure.LinkedLeader}
	visiting = []procedure.Role{procedure.VillageCadre, procedure.ResidentMember}
)

// answersFor is a grant with the name of who holds it.
type answersFor struct {
	models.RoleGrant
	Name string
}

// responsible are those who answer for a household today: paired with it, of its group, of its village, and the leader who is
// linked with the village, or, where a village has none of its own, with the township. Their duties are the visits that the
// rules ask of their post for such a household.
func (s *server) responsible(ctx context.Context, h *models.Household, p policy.Snapshot, out *gen.HouseholdOverview) error {
	now := s.engine.Clock.Now()
	held := func() *gorm.DB {
		return s.db(ctx).Table("role_grants").Select("role_grants.*, users.name").Joins("JOIN users ON users.id = role_grants.user_id AND "+models.InUse, now).
			Where("role_grants.valid_from <= ? AND (role_grants.valid_to IS NULL OR role_grants.valid_to > ?)", now, now).Order("role_grants.valid_from, role_grants.id")
	}
	var paired, posted []answersFor
	if err := held().Where("role_grants.household_id = ? AND role_grants.role IN ?", h.ID, answering[:2]).Find(&paired).Error; err != nil {
		return err
	}
	township := h.RegionCode[:min(len(h.RegionCode), 9)]
	if err := held().Where("role_grants.role IN ? AND role_grants.region_code IN ?", answering[2:], []string{h.RegionCode, township}).Find(&posted).Error; err != nil {
		return err
	}
	ownLeader := slices.ContainsFunc(posted, func(a answersFor) bool {
		return a.Role == procedure.LinkedLeader && a.RegionCode == h.RegionCode
	})
	posted = slices.DeleteFunc(posted, func(a answersFor) bool {
		switch a.Role {
		case procedure.GridMember:
			return a.RegionCode != h.RegionCode || a.GroupName != h.GroupName
		case procedure.LinkedLeader:
			return ownLeader && a.RegionCode != h.RegionCode
		}
		return a.RegionCode != h.RegionCode
	})
	all := append(paired, posted...)
	slices.SortStableFunc(all, func(a, b answersFor) int {
		return slices.Index(answering, a.Role) - slices.Index(answering, b.Role)
	})
	class := policy.VisitClass(string(h.Status), h.BaseType)
	for _, a := range all {
		x := gen.HouseholdResponsible{Role: string(a.Role), RoleTitle: roleTitle(a.Role), Name: a.Name, Since: day(policy.DateOf(a.ValidFrom)), Duties: []gen.CodeTitle{}}
		for _, r := range p.VisitRules() {
			if r.Actor == string(a.Role) && r.Status == class {
				x.Duties = append(x.Duties, gen.CodeTitle{Code: r.Code, Title: r.Title})
			}
		}
		if len(x.Duties) > 0 || !slices.Contains(visiting, a.Role) {
			out.Responsible = append(out.Responsible, x)
		}
	}
	return nil
}
