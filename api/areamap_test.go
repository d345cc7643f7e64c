package api

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"shouwang/api/gen"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// squareOf is a GeoJSON feature of a square about a place.
func squareOf(code string, lon, lat float64) string {
	return fmt.Sprintf(`{"type":"Feature","properties":{"code":"%s"},"geometry":{"type":"Polygon","coordinates":[[[%g,%g],[%g,%g],[%g,%g],[%g,%g],[%g,%g]]]}}`,
		code, lon, lat, lon+.1, lat, lon+.1, lat+.1, lon, lat+.1, lon, lat)
}

// outlines sends a file of outlines.
func (w *world) outlines(t testing.TB, user, confirm, content string, status int, code string) gen.BoundaryImport {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part, err := m.CreateFormFile("file", "县界.geojson")
	require.NoError(t, err)
	_, err = part.Write([]byte(content))
	require.NoError(t, err)
	require.NoError(t, m.Close())
	url := basePath + "/map/boundaries"
	if confirm != "" {
		url += "?confirm=" + confirm
	}
	rec := w.do(t, call{user: user, method: "POST", url: url, status: status, code: code, body: b.String(), headers: map[string]string{"Content-Type": m.FormDataContentType()}})
	if status != 200 {
		return gen.BoundaryImport{}
	}
	return decode[gen.BoundaryImport](t, rec)
}

func collectionOf(features string) string {
	return `{"type":"FeatureCollection","features":[` + features + `]}`
}

// Outlines are supplied by the county office and the administrator of the system, each for his own area; what is confirmed
// is a new version, and the same file makes no second one.
func TestBoundariesAreVersions(t *testing.T) {
	testkit.EachDialect(t, func(t *testing.T, dialect string) {
		w := newWorld(t, dialect)
		const elsewhere, nowhere = "510924101201", "510925101201"
		require.NoError(t, w.store.DB.Create(&models.Region{Code: elsewhere, Parent: elsewhere[:9], Level: "village", Name: "邻县村", Path: "邻县村"}).Error)
		file := collectionOf(squareOf(village, 104.5, 30.5) + "," + squareOf(elsewhere, 104.6, 30.5) + "," + squareOf(nowhere, 104.7, 30.5))
		for _, user := range []string{"cadre", "town", "auditor", "sec", "farmer", "civil"} {
			w.outlines(t, user, "", file, 403, "role_not_allowed")
		}
		seen := w.outlines(t, "county", "", file, 200, "")
		require.False(t, seen.Applied)
		require.Equal(t, 2, seen.Rejected)
		require.Equal(t, "unknown_region", seen.Items[1].Faults[0].Code)
		seen.Items[2].Code = elsewhere
		require.Equal(t, seen.Items[1], seen.Items[2], "an area elsewhere is as unknown as one that does not exist")
		var n int64
		require.NoError(t, w.store.DB.Model(&models.RegionBoundary{}).Count(&n).Error)
		require.Zero(t, n, "a preview keeps nothing")
		w.outlines(t, "county", seen.Sha256, file+" ", 409, "another_file")
		for range 2 {
			require.True(t, w.outlines(t, "county", seen.Sha256, file, 200, "").Applied)
		}
		require.NoError(t, w.store.DB.Model(&models.RegionBoundary{}).Count(&n).Error)
		require.EqualValues(t, 1, n, "sent twice, kept once")
		next := collectionOf(squareOf(village, 104.7, 30.5))
		require.Equal(t, 1, w.outlines(t, "sys", "", next, 200, "").Items[0].Replaces)
		w.outlines(t, "sys", w.outlines(t, "sys", "", next, 200, "").Sha256, next, 200, "")
		m := w.areaMap(t, "town", township)
		require.Equal(t, 2, m.Areas[0].Version)
		require.InDelta(t, 104.75, m.Areas[0].Center[0], 1e-6)
		require.Error(t, w.store.DB.Exec("UPDATE region_boundaries SET version = 9").Error, "a version stays as it is")
		require.Error(t, w.store.DB.Exec("DELETE FROM region_boundaries").Error)
		w.outlines(t, "county", "", "{}", 422, "workbook_unusable")

		// What came of each area comes back in a workbook, to those who may supply outlines.
		form, returned := listForm(t, file, nil), call{method: "POST", url: basePath + "/map/boundaries/returned"}
		returned.user, returned.body, returned.status, returned.code = "town", form, 403, "role_not_allowed"
		w.do(t, returned)
		returned.user, returned.status, returned.code = "county", 200, ""
		x, err := excelize.OpenReader(w.do(t, returned).Body)
		require.NoError(t, err)
		rows, err := x.GetRows("导入结果")
		require.NoError(t, err)
		require.Equal(t, []string{"1", village, "石桥村", "5", "可保存", "代替第 2 版"}, rows[1])
		require.Equal(t, []string{"3", nowhere, "", "5", "有误", "不是您辖区内的地区代码（unknown_region）"}, rows[3])
	})
}

func (w *world) areaMap(t testing.TB, user, region string) gen.AreaMap {
	t.Helper()
	return decode[gen.AreaMap](t, w.do(t, call{user: user, method: "GET", url: basePath + "/map?region=" + region, status: 200}))
}

// The map counts what lies in an area for all who work there, and says no more of an area around theirs.
func TestMapCountsByArea(t *testing.T) {
	testkit.EachDialect(t, func(t *testing.T, dialect string) {
		w := newWorld(t, dialect)
		require.NoError(t, w.store.DB.Model(&models.Household{}).Where("id = ?", "household-1").Update("status", procedure.State("monitored")).Error)
		w.row("risk_clue", "received", village, nil)
		w.row("risk_clue", "received", village, func(c *models.Case) { c.DueAt = w.now.AddDate(0, 0, -1) })
		count := func(user, region, code string) gen.MapArea {
			for _, a := range w.areaMap(t, user, region).Areas {
				if a.Code == code {
					return a
				}
			}
			return gen.MapArea{}
		}
		here := count("town", township, village)
		require.Equal(t, []int{1, 2, 1}, []int{here.Monitored, here.Clues, here.Overdue})
		require.Positive(t, here.Households)
		require.Equal(t, here.Clues, count("county", county, township).Clues, "a township has what its villages have")
		require.Equal(t, here, count("cadre", village, village))
		up := w.areaMap(t, "cadre", township)
		require.Len(t, up.Areas, 1, "of the township around it a village sees itself alone")
		require.Equal(t, county, w.areaMap(t, "town", township).Parent.Code)
		for user, region := range map[string]string{"far_town": township, "far_cadre": village, "farmer": village, "civil": county, "sys": county, "grid": village, "surveyor": village} {
			w.do(t, call{user: user, method: "GET", url: basePath + "/map?region=" + region, status: 404})
		}
	})
}

// Where households live is told of one village, to the offices and leaders above it, for a purpose; who has asked stands
// beside each household. The place is that of form F3 before that of an identification, and of nothing that was voided.
func TestMapPlaces(t *testing.T) {
	testkit.EachDialect(t, func(t *testing.T, dialect string) {
		w := newWorld(t, dialect)
		draft := w.formRecord(t, "cadre", "f3", "household-2", with(place, object{"head": "苗青"}))
		id := w.formRecord(t, "cadre", "f3", "household-1", place)
		w.do(t, call{user: "cadre", method: "POST", url: basePath + "/form-records/" + id + "/acts", status: 200, body: act("finish", 1)})
		ask := call{method: "POST", url: basePath + "/map/points", body: object{"region_code": village, "purpose": "安排汛期走访"}}
		for user, status := range map[string]int{"cadre": 403, "secretary": 403, "entry": 403, "auditor": 403, "far_town": 404, "far_cadre": 404, "farmer": 404, "grid": 404, "surveyor": 404, "civil": 404, "sys": 404, "sec": 404, "discipline": 404} {
			ask.user, ask.status, ask.not = user, status, []string{"104.51", "罗守田"}
			w.do(t, ask)
			if status == 403 {
				require.False(t, w.areaMap(t, user, village).CanSeePoints, user)
			}
		}
		ask.not = nil
		for _, user := range []string{"town", "leader", "county"} {
			require.True(t, w.areaMap(t, user, village).CanSeePoints, user)
			ask.user, ask.status = user, 200
			found := decode[gen.MapPoints](t, w.do(t, ask))
			require.Len(t, found.Points, 1, "a draft is no record yet: "+draft)
			require.Equal(t, gen.MapPoint{Household: found.Points[0].Household, Longitude: 104.51, Latitude: 30.52, Status: "none", StatusTitle: found.Points[0].StatusTitle, Source: "监测对象地理位置信息采集表"}, found.Points[0])
		}
		for _, body := range []object{{"region_code": village}, {"region_code": village, "purpose": "看看"}, {"region_code": township, "purpose": "安排汛期走访"}, {"region_code": village, "purpose": "看13800001234家"}} {
			w.do(t, call{user: "town", method: "POST", url: basePath + "/map/points", status: 400, body: body})
		}
		w.do(t, call{user: "county", method: "GET", url: basePath + "/households/household-1/seen", status: 200, want: []string{"农户信息：住户位置", "安排汛期走访", "测leader"}})
		w.do(t, call{user: "town", method: "POST", url: basePath + "/form-records/" + id + "/acts", status: 200, body: act("void", 2, object{"note": "定位到邻居家"})})
		ask.user = "town"
		require.Empty(t, decode[gen.MapPoints](t, w.do(t, ask)).Points)
	})
}
