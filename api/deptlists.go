package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"slices"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/internal/deptlist"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Lists of departments (S004 S4-013). A department brings and sees its own; the offices of township and county bring any
// for their area, and alone see whom of the register they mean (3.3).

// ofDepartment reports whether a role belongs to a department.
func ofDepartment(r procedure.Role) bool {
	return r == procedure.CountyDept || r == procedure.TownshipDept
}

// bringing are the grants under which v may bring lists of a department.
func bringing(v *viewer, dept string) []models.RoleGrant {
	var out []models.RoleGrant
	for _, g := range v.own() {
		if g.RegionCode != "" && (managing(g.Role) || ofDepartment(g.Role) && g.Dept == dept) {
			out = append(out, g)
		}
	}
	return out
}

// deptArea is the area for which v brings a list: the one named, or the first he may bring it for.
func deptArea(v *viewer, k *deptlist.Kind, region string) (models.RoleGrant, error) {
	for _, g := range bringing(v, k.Dept) {
		if region == "" || g.RegionCode == region {
			return g, nil
		}
	}
	return models.RoleGrant{}, forbidden("role_not_allowed", "您的岗位不能导入或查看这一部门的名单")
}

// scopeDeptLists keeps the lists that v sees.
func scopeDeptLists(tx *gorm.DB, v *viewer) *gorm.DB {
	var cs []condition
	for _, g := range v.own() {
		here := within("dept_lists.region_code", g.RegionCode)
		switch {
		case g.RegionCode == "":
		case managing(g.Role):
			cs = append(cs, here)
		case ofDepartment(g.Role) && g.Dept != "":
			cs = append(cs, condition{"dept_lists.dept = ?", []any{g.Dept}}.and(here))
		}
	}
	c := anyOf(cs)
	return tx.Where(c.sql, c.args...)
}

// seesMatches reports whether v may know whom of the register a list of an area means.
func seesMatches(v *viewer, region string) bool {
	return slices.ContainsFunc(v.own(), func(g models.RoleGrant) bool { return managing(g.Role) && inRegion(region, g.RegionCode) })
}

func deptKind(code string) (*deptlist.Kind, error) {
	k, ok := deptlist.ByCode(code)
	if !ok {
		return nil, badRequest("kind_unknown", "没有这一类部门名单", procedure.FieldFault{Field: "kind", Code: "kind_unknown", Message: "没有这一类部门名单"})
	}
	return k, nil
}

// ListDeptKinds lists what v may bring.
func (s *server) ListDeptKinds(ctx context.Context, _ gen.ListDeptKindsRequestObject) (gen.ListDeptKindsResponseObject, error) {
	v := viewerOf(ctx)
	var want codes
	for _, g := range v.own() {
		want.regions = append(want.regions, g.RegionCode)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	out := gen.DeptKindList{Items: []gen.DeptKind{}, Reviews: len(managedAreas(v)) > 0}
	for i := range deptlist.Kinds {
		k := &deptlist.Kinds[i]
		item := gen.DeptKind{Kind: k.Code, Title: k.Title, Dept: k.Dept, DeptTitle: k.DeptTitle(), Fields: []gen.DeptField{}, Regions: []gen.DeptRegion{}}
		for _, g := range bringing(v, k.Dept) {
			item.Regions = append(item.Regions, gen.DeptRegion{Code: g.RegionCode, Name: l.region(g.RegionCode)})
		}
		for _, f := range k.All() {
			item.Fields = append(item.Fields, gen.DeptField{Code: f.Code, Title: f.Title, Required: f.Required, Kind: string(f.Kind), Words: texts(f.Words())})
		}
		if len(item.Regions) > 0 {
			out.Items = append(out.Items, item)
		}
	}
	return gen.ListDeptKinds200JSONResponse(out), nil
}

// GetDeptMapping is the mapping in use for a kind.
func (s *server) GetDeptMapping(ctx context.Context, r gen.GetDeptMappingRequestObject) (gen.GetDeptMappingResponseObject, error) {
	k, err := deptKind(r.Params.Kind)
	if err != nil {
		return nil, err
	}
	g, err := deptArea(viewerOf(ctx), k, r.Params.Region)
	if err != nil {
		return nil, err
	}
	m, err := s.engine.DeptMapping(ctx, g.RegionCode, k)
	if err != nil {
		return nil, err
	}
	out, err := s.mappingView(ctx, k, g.RegionCode, m)
	return gen.GetDeptMapping200JSONResponse(out), err
}

// mappingView shows a mapping as that of an area: one that a higher area has saved counts there as version 0.
func (s *server) mappingView(ctx context.Context, k *deptlist.Kind, region string, m *models.DeptMapping) (gen.DeptMapping, error) {
	out := gen.DeptMapping{Kind: k.Code, RegionCode: region, Columns: gen.DeptColumns{}}
	if m == nil {
		return out, nil
	}
	l, err := s.labels(ctx, codes{users: []string{m.CreatedBy}})
	if err != nil {
		return out, err
	}
	out.Columns, out.SavedBy, out.SavedAt = m.Columns, l.user(m.CreatedBy), m.CreatedAt
	if m.RegionCode == region {
		out.Version = m.Version
	}
	return out, nil
}

// PutDeptMapping saves a mapping.
func (s *server) PutDeptMapping(ctx context.Context, r gen.PutDeptMappingRequestObject) (gen.PutDeptMappingResponseObject, error) {
	v := viewerOf(ctx)
	k, err := deptKind(r.Body.Kind)
	if err != nil {
		return nil, err
	}
	g, err := deptArea(v, k, r.Body.Region)
	if err != nil {
		return nil, err
	}
	m, err := s.engine.SaveDeptMapping(ctx, g.RegionCode, k, deptlist.Mapping(r.Body.Columns), r.Body.ExpectedVersion, v.user.ID)
	if err != nil {
		return nil, err
	}
	out, err := s.mappingView(ctx, k, g.RegionCode, m)
	return gen.PutDeptMapping200JSONResponse(out), err
}

// deptForm is a form with a list as it was sent.
type deptForm struct {
	values map[string]string
	name   string
	file   []byte
}

var deptFields = []string{"kind", "region", "as_of", "mapping", "corrects", "confirm"}

func readDeptForm(form *multipart.Reader) (*deptForm, error) {
	out := &deptForm{values: map[string]string{}}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, formError(err)
		}
		name, limit := part.FormName(), int64(64<<10)
		if name == "file" {
			limit = deptlist.MaxBytes + 1
		}
		raw, err := io.ReadAll(io.LimitReader(part, limit))
		switch {
		case err != nil:
			return nil, formError(err)
		case name == "file" && out.file == nil:
			out.file, out.name = raw, fileName(part.FileName())
		case slices.Contains(deptFields, name) && !isText(string(raw)):
			return nil, notText(name)
		case slices.Contains(deptFields, name):
			out.values[name] = string(raw)
		default:
			return nil, badRequest("unknown_field", "没有“"+policy.Shown(name)+"”这一项")
		}
	}
	if out.file == nil {
		return nil, badRequest("required", "请上传 file")
	}
	return out, nil
}

// deptUpload is a list that v brings, with the faults of its mapping.
func (s *server) deptUpload(ctx context.Context, v *viewer, form *multipart.Reader) (*deptForm, activities.DeptUpload, []policy.Fault, error) {
	var u activities.DeptUpload
	in, err := readDeptForm(form)
	if err != nil {
		return nil, u, nil, err
	}
	if u.Kind, err = deptKind(in.values["kind"]); err != nil {
		return nil, u, nil, err
	}
	g, err := deptArea(v, u.Kind, in.values["region"])
	if err != nil {
		return nil, u, nil, err
	}
	u.Region, u.Name, u.UserID, u.Corrects = g.RegionCode, scrub(in.name), v.user.ID, in.values["corrects"]
	if u.AsOf, err = policy.ParseDate(in.values["as_of"]); err != nil {
		return nil, u, nil, badRequest("as_of_required", "请写明数据截止日期", procedure.FieldFault{Field: "as_of", Code: "as_of_required", Message: "请写明数据截止日期"})
	}
	saved, err := s.engine.DeptMapping(ctx, u.Region, u.Kind)
	if err != nil {
		return nil, u, nil, err
	}
	var known, given deptlist.Mapping
	if saved != nil {
		known = saved.Columns
	}
	if raw := in.values["mapping"]; raw != "" {
		if err := json.Unmarshal([]byte(raw), &given); err != nil {
			return nil, u, nil, badRequest("wrong_format", "mapping 的写法不对", procedure.FieldFault{Field: "mapping", Code: "wrong_format", Message: "mapping 应为 JSON 对象"})
		}
		known = given.Trimmed()
	}
	if u.File, err = deptlist.Open(bytes.NewReader(in.file), u.Kind, known.Headings()); err != nil {
		return nil, u, nil, workbookError(err)
	}
	u.Mapping = known
	if given == nil {
		u.Mapping = deptlist.Suggest(u.Kind, u.File.Headings(), known)
	}
	return in, u, u.Mapping.Check(u.Kind), nil
}

// PreviewDeptFile reads a list and writes nothing.
func (s *server) PreviewDeptFile(ctx context.Context, r gen.PreviewDeptFileRequestObject) (gen.PreviewDeptFileResponseObject, error) {
	v := viewerOf(ctx)
	_, u, wrong, err := s.deptUpload(ctx, v, r.Body)
	if err != nil {
		return nil, err
	}
	out := gen.DeptPreview{Sha256: u.File.SHA256, Kind: u.Kind.Code, RegionCode: u.Region, Headings: texts(u.File.Headings()), Mapping: gen.DeptColumns(u.Mapping),
		MappingFaults: []gen.Fault{}, Rows: u.File.Rows, Faults: []gen.DeptFault{}}
	for _, f := range wrong {
		out.MappingFaults = append(out.MappingFaults, gen.Fault{Field: f.Field, Code: f.Code, Message: f.Message})
	}
	if len(wrong) > 0 {
		return gen.PreviewDeptFile200JSONResponse(out), nil
	}
	p, err := s.engine.PreviewDeptList(ctx, u, nil)
	if err != nil {
		return nil, err
	}
	out.Rejected, out.Usable, out.Newer = p.Rejected, p.Rows-p.Rejected, p.Newer
	if seesMatches(v, u.Region) {
		out.Matched, out.Doubtful, out.Outside = p.Matched, p.Doubtful, p.Outside
	}
	for _, f := range p.Faults {
		out.Faults = append(out.Faults, gen.DeptFault{Sheet: f.Sheet, Line: f.Line, Code: f.Code, Field: f.Field, Message: f.Message})
	}
	if p.Before != nil {
		before, err := s.deptListViews(ctx, v, []models.DeptList{*p.Before})
		if err != nil {
			return nil, err
		}
		out.Before = before[0]
	}
	return gen.PreviewDeptFile200JSONResponse(out), nil
}

// ImportDeptFile carries out what was previewed.
func (s *server) ImportDeptFile(ctx context.Context, r gen.ImportDeptFileRequestObject) (gen.ImportDeptFileResponseObject, error) {
	v := viewerOf(ctx)
	in, u, wrong, err := s.deptUpload(ctx, v, r.Body)
	if err != nil {
		return nil, err
	}
	if in.values["confirm"] != u.File.SHA256 {
		return nil, procedure.Refuse(procedure.Conflict, "another_file", "确认的不是预览过的那个文件，请重新预览")
	}
	if len(wrong) > 0 {
		return nil, procedure.Refuse(procedure.Invalid, "mapping_unusable", "列对应关系还有问题", policyFaults(wrong)...)
	}
	l, err := s.engine.ImportDeptList(ctx, u)
	if err != nil {
		return nil, err
	}
	out, err := s.deptListViews(ctx, v, []models.DeptList{*l})
	if err != nil {
		return nil, err
	}
	return gen.ImportDeptFile200JSONResponse(out[0]), nil
}

func policyFaults(in []policy.Fault) []procedure.FieldFault {
	out := make([]procedure.FieldFault, len(in))
	for i, f := range in {
		out[i] = procedure.FieldFault{Field: f.Field, Code: f.Code, Message: f.Message}
	}
	return out
}

// ReturnDeptFile gives the list back with a word beside each row. A department is told what is wrong with its rows, not who
// is in the register.
func (s *server) ReturnDeptFile(ctx context.Context, r gen.ReturnDeptFileRequestObject) (gen.ReturnDeptFileResponseObject, error) {
	v := viewerOf(ctx)
	_, u, wrong, err := s.deptUpload(ctx, v, r.Body)
	if err != nil {
		return nil, err
	}
	if len(wrong) > 0 {
		return nil, procedure.Refuse(procedure.Invalid, "mapping_unusable", "列对应关系还有问题", policyFaults(wrong)...)
	}
	var out bytes.Buffer
	if err := DeptReturned(ctx, s.engine, u, seesMatches(v, u.Region), &out); err != nil {
		return nil, err
	}
	return gen.ReturnDeptFile200ApplicationVndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{Body: &out, ContentLength: int64(out.Len())}, nil
}

// ListDeptLists lists what was imported.
func (s *server) ListDeptLists(ctx context.Context, r gen.ListDeptListsRequestObject) (gen.ListDeptListsResponseObject, error) {
	v := viewerOf(ctx)
	after, err := parseCursor(r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	tx := scopeDeptLists(s.db(ctx).Model(&models.DeptList{}), v)
	if r.Params.Kind != "" {
		tx = tx.Where("dept_lists.kind = ?", r.Params.Kind)
	}
	if after != nil {
		tx = tx.Where("dept_lists.id < ?", after.ID)
	}
	limit := pageLimit(r.Params.Limit)
	var rows []models.DeptList
	if err := tx.Order("dept_lists.id DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(l models.DeptList) cursor { return cursor{ID: l.ID} })
	items, err := s.deptListViews(ctx, v, rows)
	return gen.ListDeptLists200JSONResponse(gen.DeptListPage{Items: items, NextCursor: next}), err
}

// GetDeptList is one list.
func (s *server) GetDeptList(ctx context.Context, r gen.GetDeptListRequestObject) (gen.GetDeptListResponseObject, error) {
	v := viewerOf(ctx)
	var l models.DeptList
	err := scopeDeptLists(s.db(ctx).Where("dept_lists.id = ?", r.ID), v).Take(&l).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	if err != nil {
		return nil, err
	}
	out, err := s.deptListViews(ctx, v, []models.DeptList{l})
	if err != nil {
		return nil, err
	}
	return gen.GetDeptList200JSONResponse(out[0]), nil
}

func (s *server) deptListViews(ctx context.Context, v *viewer, rows []models.DeptList) ([]gen.DeptList, error) {
	var want codes
	for _, l := range rows {
		want.regions, want.users = append(want.regions, l.RegionCode), append(want.users, l.CreatedBy)
	}
	names, err := s.labels(ctx, want)
	out := []gen.DeptList{}
	for _, l := range rows {
		if err != nil {
			break
		}
		k, ok := deptlist.ByCode(l.Kind)
		if !ok {
			k = &deptlist.Kind{Code: l.Kind, Dept: l.Dept, Title: l.Kind}
		}
		item := gen.DeptList{ID: l.ID, Kind: l.Kind, KindTitle: k.Title, DeptTitle: k.DeptTitle(), RegionName: names.region(l.RegionCode), File: l.File, AsOf: l.AsOf,
			Corrects: l.Corrects, State: gen.DeptListState(l.State), Rows: l.Rows, DoneRows: l.ReadRows, Usable: l.ReadRows - l.Rejected, Rejected: l.Rejected,
			CreatedBy: names.user(l.CreatedBy), CreatedAt: l.CreatedAt}
		if seesMatches(v, l.RegionCode) {
			item.Matched, item.Doubtful, item.Outside, item.Refreshed, item.Older = l.Matched, l.Doubtful, l.Outside, l.Refreshed, l.Older
			item.Clues, item.Alerts, item.Corrections = l.Clues, l.Alerts, l.Corrections
		}
		out = append(out, item)
	}
	return out, err
}
