package api

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/internal/boundary"
	"shouwang/internal/howfar"
	"shouwang/internal/sheet"
	"shouwang/models"
	"shouwang/procedure"
)

// ImportBoundaries previews a file of outlines, or keeps those of the preview that is confirmed. An area whose outline came
// in the same file before keeps the version that it has.
func (s *server) ImportBoundaries(ctx context.Context, r gen.ImportBoundariesRequestObject) (gen.ImportBoundariesResponseObject, error) {
	v := viewerOf(ctx)
	file, err := outlines(v, r.Body)
	if err != nil {
		return nil, err
	}
	confirmed := r.Params.Confirm != ""
	if confirmed && r.Params.Confirm != file.SHA256 {
		return nil, procedure.Refuse(procedure.Conflict, "another_file", "确认的不是预览过的那个文件，请重新预览")
	}
	out, regions, err := s.plannedBoundaries(ctx, v, file)
	if err != nil || !confirmed {
		return gen.ImportBoundaries200JSONResponse(out), err
	}
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		for i, a := range file.Areas {
			howfar.Tell(ctx, i, len(file.Areas))
			if len(out.Items[i].Faults) > 0 {
				continue
			}
			if err := s.keepBoundary(tx, v, regions[a.Code], &a, file.SHA256); err != nil {
				return err
			}
		}
		return nil
	})
	out.Applied = err == nil
	return gen.ImportBoundaries200JSONResponse(out), err
}

// ReturnBoundaries tells what came of each area of a file in a workbook, the faults marked.
func (s *server) ReturnBoundaries(ctx context.Context, r gen.ReturnBoundariesRequestObject) (gen.ReturnBoundariesResponseObject, error) {
	v := viewerOf(ctx)
	file, err := outlines(v, r.Body)
	if err != nil {
		return nil, err
	}
	plan, _, err := s.plannedBoundaries(ctx, v, file)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := writeBoundaries(&out, plan.Items); err != nil {
		return nil, err
	}
	return gen.ReturnBoundaries200ApplicationVndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{Body: &out, ContentLength: int64(out.Len())}, nil
}

func writeBoundaries(w io.Writer, items []gen.BoundaryItem) error {
	x, err := sheet.New(w, sheet.Options{Name: "导入结果", Widths: []float64{8, 16, 20, 10, 12, 40}})
	if err != nil {
		return err
	}
	if err := x.Row(sheet.Bold, "项", "地区代码", "地区", "点数", "结果", "说明"); err != nil {
		return err
	}
	for i, a := range items {
		result, style, words := "可保存", sheet.Plain, []string{}
		for _, f := range a.Faults {
			result, style, words = "有误", sheet.Faulty, append(words, f.Message+"（"+f.Code+"）")
		}
		if a.Replaces > 0 {
			words = append(words, "代替第 "+strconv.Itoa(a.Replaces)+" 版")
		}
		if err := x.Row(style, strconv.Itoa(i+1), a.Code, a.Name, strconv.Itoa(a.Points), result, strings.Join(words, "；")); err != nil {
			return err
		}
	}
	return x.Close()
}

// outlines reads the file of somebody who may supply some.
func outlines(v *viewer, form *multipart.Reader) (*boundary.File, error) {
	if !importsAny(v) {
		return nil, mayNotImportBoundaries()
	}
	return oneFile(form, boundary.Read)
}

func mayNotImportBoundaries() error {
	return forbidden("role_not_allowed", "地区界线由县级办公室、系统管理员导入")
}

// importsAny reports whether v may supply outlines at all.
func importsAny(v *viewer) bool {
	for _, g := range v.own() {
		if importsBoundaries(v, g.RegionCode) {
			return true
		}
	}
	return false
}

// plannedBoundaries says of each area of a file whether v may supply its outline, and which version it takes the place of.
func (s *server) plannedBoundaries(ctx context.Context, v *viewer, file *boundary.File) (gen.BoundaryImport, map[string]models.Region, error) {
	out := gen.BoundaryImport{Sha256: file.SHA256, Items: []gen.BoundaryItem{}}
	var want []string
	for _, a := range file.Areas {
		want = append(want, a.Code)
	}
	var list []models.Region
	if err := s.db(ctx).Where("code IN ?", distinct(want)).Find(&list).Error; err != nil {
		return out, nil, err
	}
	known := map[string]models.Region{}
	for _, x := range list {
		if importsBoundaries(v, x.Code) {
			known[x.Code] = x
		}
	}
	before, err := s.boundaries(ctx, list)
	if err != nil {
		return out, nil, err
	}
	for _, a := range file.Areas {
		item := gen.BoundaryItem{Code: a.Code, Name: known[a.Code].Name, Points: a.Points, Replaces: before[a.Code].Version, Faults: []gen.Fault{}}
		for _, f := range a.Faults {
			item.Faults = append(item.Faults, gen.Fault{Code: f.Code, Message: f.Message})
		}
		if _, ok := known[a.Code]; !ok {
			item.Replaces = 0
			item.Faults = append(item.Faults, gen.Fault{Code: "unknown_region", Message: "不是您辖区内的地区代码"})
		}
		if len(item.Faults) > 0 {
			out.Rejected++
		}
		out.Items = append(out.Items, item)
	}
	return out, known, nil
}

// keepBoundary adds a version of the outline of an area, unless the one in force came in the same file.
func (s *server) keepBoundary(tx *gorm.DB, v *viewer, region models.Region, a *boundary.Area, sha string) error {
	if err := models.Locked(tx).Where("code = ?", region.Code).Take(&region).Error; err != nil { // two files at once come one after the other
		return err
	}
	var last models.RegionBoundary
	if err := tx.Where("region_code = ?", region.Code).Order("version DESC").Limit(1).Find(&last).Error; err != nil {
		return err
	}
	if last.SHA256 == sha {
		return nil
	}
	return tx.Create(&models.RegionBoundary{RegionCode: region.Code, Version: last.Version + 1, Shape: a.Coordinates(), CenterLon: a.Center[0], CenterLat: a.Center[1],
		SHA256: sha, ImportedBy: v.user.ID, ImportedAt: s.engine.Clock.Now().UTC()}).Error
}
