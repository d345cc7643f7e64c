package api

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// The map has two storeys. Numbers by area and the outlines of areas are for all who work there: no household stands in
// them. Where a household lives is sensitive: it is told of one village at a time, to those who see such data for a purpose
// that is kept, and of no other.

// placeField stands in the access log for the places of the households of a village.
const placeField = "place"

// seesPlaces is the one rule of who may see where the households of an area live: whose sight, with a purpose that is
// kept, shows sensitive data of the households there in full (3.3).
func seesPlaces(v *viewer, region string) bool {
	return v.eyesUnder(workingIn(region)).purposed().see.of(procedure.P3) >= full
}

// workingIn are the grants that reach all of an area.
func workingIn(region string) covering {
	return func(g models.RoleGrant) bool { return reachOf(g) == area && inRegion(region, g.RegionCode) }
}

// importsBoundaries reports whether v may supply the outline of an area.
func importsBoundaries(v *viewer, region string) bool {
	return slices.ContainsFunc(v.own(), func(g models.RoleGrant) bool {
		return (g.Role == procedure.CountyOffice || g.Role == procedure.SysAdmin) && inRegion(region, g.RegionCode)
	})
}

// GetMap is an area with what lies directly in it, as far as the viewer's areas go.
func (s *server) GetMap(ctx context.Context, r gen.GetMapRequestObject) (gen.GetMapResponseObject, error) {
	v := viewerOf(ctx)
	f := &figures{s: s, ctx: ctx, v: v, region: r.Params.Region, now: s.engine.Clock.Now(), counted: isCounted}
	if f.region == "" {
		f.region = mapHome(v)
	}
	here, err := s.mapRegion(ctx, v, f.region)
	if err != nil {
		return nil, err
	}
	out := gen.AreaMap{Region: gen.RegionRef{Code: here.Code, Name: here.Name}, Areas: []gen.MapArea{}, CanImport: importsBoundaries(v, here.Code),
		CanSeePoints: here.Level == string(procedure.LevelVillage) && seesPlaces(v, here.Code)}
	if up, err := s.mapRegion(ctx, v, here.Parent); err == nil {
		out.Parent = gen.RegionRef{Code: up.Code, Name: up.Name}
	}
	list := []models.Region{*here}
	if here.Level != string(procedure.LevelVillage) {
		if err := s.db(ctx).Where("parent = ?", here.Code).Order("code").Find(&list).Error; err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(list, func(x models.Region) bool { return !onMap(v, x.Code) })
	}
	counts, err := f.areaCounts(list)
	if err != nil {
		return nil, err
	}
	shapes, err := s.boundaries(ctx, append(list, *here))
	if err != nil {
		return nil, err
	}
	if b, ok := shapes[here.Code]; ok {
		out.Boundary = b.Shape
	}
	for _, x := range list {
		n := counts[x.Code]
		item := gen.MapArea{Code: x.Code, Name: x.Name, Households: n.households, Monitored: n.monitored, Clues: n.clues, Overdue: n.overdue}
		if b, ok := shapes[x.Code]; ok {
			item.Boundary, item.Center, item.Version = b.Shape, []float64{b.CenterLon, b.CenterLat}, b.Version
		}
		out.Areas = append(out.Areas, item)
	}
	return gen.GetMap200JSONResponse(out), nil
}

// mapHome is the first area whose numbers v is shown.
func mapHome(v *viewer) string {
	for _, g := range v.grants {
		if isCounted(reachOf(g)) && g.RegionCode != "" {
			return g.RegionCode
		}
	}
	return ""
}

// onMap reports whether an area lies in one of v's areas, or around one of them.
func onMap(v *viewer, code string) bool {
	return slices.ContainsFunc(v.grants, func(g models.RoleGrant) bool {
		return isCounted(reachOf(g)) && (inRegion(code, g.RegionCode) || inRegion(g.RegionCode, code))
	})
}

// mapRegion is an area that v may look at; others are answered as if there were none.
func (s *server) mapRegion(ctx context.Context, v *viewer, code string) (*models.Region, error) {
	var out models.Region
	if !onMap(v, code) {
		return nil, notFound()
	}
	err := s.db(ctx).Where("code = ?", code).Take(&out).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	return &out, err
}

// areaCount are the numbers of one area on the map.
type areaCount struct{ households, monitored, clues, overdue int }

// monitoredStates are those of a household that is monitored today.
var monitoredStates = []procedure.State{"monitored", "eliminating"}

// areaCounts counts households and matters by area, each kind in one pass over an index.
func (f *figures) areaCounts(list []models.Region) (map[string]*areaCount, error) {
	out := map[string]*areaCount{}
	for _, x := range list {
		out[x.Code] = &areaCount{}
	}
	at := func(village string) *areaCount {
		for n := len(village); n >= 6; n-- {
			if c := out[village[:n]]; c != nil {
				return c
			}
		}
		return &areaCount{} // of an area that is not on this map
	}
	var rows []struct {
		RegionCode string
		N          int
	}
	homes := func() *gorm.DB {
		return f.in(f.s.db(f.ctx).Model(&models.Household{}), "households.region_code").Select("households.region_code, count(*) AS n").Group("households.region_code")
	}
	if err := homes().Where("households.status <> ?", "household_cancelled").Scan(&rows).Error; err != nil {
		return nil, err
	}
	for _, r := range rows {
		at(r.RegionCode).households += r.N
	}
	rows = nil
	if err := homes().Where("households.status IN ?", monitoredStates).Scan(&rows).Error; err != nil {
		return nil, err
	}
	for _, r := range rows {
		at(r.RegionCode).monitored += r.N
	}
	var open []openCount
	if err := f.openByState().Scan(&open).Error; err != nil {
		return nil, err
	}
	for _, r := range open {
		c := at(r.RegionCode)
		if r.Procedure == "risk_clue" {
			c.clues += r.Open
		}
		if !slices.Contains(immaterial, r.Procedure) {
			c.overdue += r.Overdue
		}
	}
	return out, nil
}

// boundaries are the outlines in force of areas, by code.
func (s *server) boundaries(ctx context.Context, list []models.Region) (map[string]models.RegionBoundary, error) {
	var want []string
	for _, x := range list {
		want = append(want, x.Code)
	}
	var rows []models.RegionBoundary
	err := s.db(ctx).Where("region_code IN ?", distinct(want)).
		Where("version = (SELECT MAX(b.version) FROM region_boundaries b WHERE b.region_code = region_boundaries.region_code)").Find(&rows).Error
	out := map[string]models.RegionBoundary{}
	for _, b := range rows {
		out[b.RegionCode] = b
	}
	return out, err
}

// ListMapPoints shows where the households of a village live, as far as that is on record.
func (s *server) ListMapPoints(ctx context.Context, r gen.ListMapPointsRequestObject) (gen.ListMapPointsResponseObject, error) {
	v, village := viewerOf(ctx), r.Body.RegionCode
	if err := s.slowly(v); err != nil {
		return nil, err
	}
	if _, err := s.mapRegion(ctx, v, village); err != nil {
		return nil, err
	}
	if !seesPlaces(v, village) {
		return nil, forbidden("places_not_allowed", "住户位置由县、乡镇的办公室和分管领导查看")
	}
	entry := models.AccessLog{Action: "unmask", Table: "households", RecordID: village, Field: placeField, Class: "P3", Purpose: strings.TrimSpace(r.Body.Purpose)}
	if err := s.logAccess(ctx, v, firstOf(v, workingIn(village)), entry); err != nil {
		return nil, err
	}
	places, more, err := s.engine.Places(ctx, village)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(places))
	for i, p := range places {
		ids[i] = p.HouseholdID
	}
	var homes []models.Household
	// A household may have moved on since the record was made: it is shown where it is registered today, or not at all.
	if err := s.db(ctx).Where(models.Among(s.db(ctx), "id", ids)).Where("region_code = ? AND status <> ?", village, "household_cancelled").Find(&homes).Error; err != nil {
		return nil, err
	}
	known := map[string]*models.Household{}
	for i := range homes {
		known[homes[i].ID] = &homes[i]
	}
	out := gen.MapPoints{Points: []gen.MapPoint{}, More: more}
	for _, p := range places {
		if h := known[p.HouseholdID]; h != nil {
			out.Points = append(out.Points, gen.MapPoint{Household: gen.HouseholdRef{ID: h.ID, HouseholdNo: h.No, HeadName: h.HeadName}, Longitude: p.Lon, Latitude: p.Lat,
				Status: string(h.Status), StatusTitle: stateTitle(householdStatus, h.Status), Source: p.Source})
		}
	}
	return gen.ListMapPoints200JSONResponse(out), nil
}
