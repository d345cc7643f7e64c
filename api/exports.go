package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/internal/sheet"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Exports: a list taken out of the system as a workbook (3.3). It needs a reason, is bounded by policy, carries a
// watermark, and is kept sealed for a day. Who took what stays on record for good.

const (
	exportLease = 2 * time.Minute
	// exportWait is how long the request that asks for a list waits for it: most are ready by then, and of the others people
	// are shown how far they are.
	exportWait     = time.Second
	exportAttempts = 3
	exportsAtOnce  = 2
)

var (
	errTooManyRows = errors.New("too many rows")
	errCancelled   = errors.New("cancelled")
	errRoleLost    = errors.New("role lost")
)

// exportingGrant is the office under which v takes a list out: his own, never one that he is lent.
func exportingGrant(v *viewer) (models.RoleGrant, error) {
	for _, g := range v.own() {
		if reachOf(g) != nothing && reachOf(g) != ownHousehold && g.RegionCode != "" {
			return g, nil
		}
	}
	return models.RoleGrant{}, forbidden("role_not_allowed", "您的岗位不能导出列表")
}

// CreateExport asks for a list. The same key asks once.
func (s *server) CreateExport(ctx context.Context, r gen.CreateExportRequestObject) (gen.CreateExportResponseObject, error) {
	v := viewerOf(ctx)
	if s.exportDir == "" {
		return nil, forbidden("exports_off", "本服务没有开启导出")
	}
	g, err := exportingGrant(v)
	if err != nil {
		return nil, err
	}
	if err := s.checkFilter(ctx, v, string(r.Body.List), r.Body.Filter); err != nil {
		return nil, err
	}
	x, filter := newExport(v, g, r, s.now()), exportFilter(r.Body.Filter).with(nil)
	x.Narrow(s.engine.Store.Vault, filter)
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&x).Error; err != nil {
			return err
		}
		entry := models.AccessLog{Action: "export", Table: x.List, RecordID: x.ID, Class: "P2", Purpose: x.Reason}
		return s.logAccessIn(ctx, tx, v, sameGrant(g), entry)
	})
	if models.Duplicate(err) {
		return s.sameExport(ctx, v, x, filter)
	}
	if err != nil {
		return nil, err
	}
	s.awaitExport(ctx, x.ID)
	made, err := s.myExport(ctx, v, x.ID)
	if err != nil {
		return nil, err
	}
	return gen.CreateExport200JSONResponse(s.exportView(made)), nil
}

// awaitExport has an export written, and waits a moment for it: a short one is answered whole.
func (s *server) awaitExport(ctx context.Context, id string) {
	select {
	case <-s.writeExport(id):
	case <-time.After(exportWait):
	case <-ctx.Done():
	}
}

// dayNumber is a number that people name a thing by: a prefix, the day and a tail of its own.
func dayNumber(prefix string, now time.Time, tail string) string {
	return prefix + now.In(policy.Shanghai).Format("20060102") + "-" + strings.ToUpper(tail)
}

func newExport(v *viewer, g models.RoleGrant, r gen.CreateExportRequestObject, now time.Time) models.Export {
	b := r.Body
	sum := sha256.Sum256([]byte(caseKey("export", v.user.ID, r.Params.IdempotencyKey)))
	id := hex.EncodeToString(sum[:16])
	now = now.UTC().Truncate(time.Microsecond)
	return models.Export{ID: id, No: dayNumber("DC", now, id[:10]), UserID: v.user.ID, Role: g.Role, RegionCode: g.RegionCode,
		List: string(b.List), Reason: scrub(strings.TrimSpace(b.Reason)), State: models.ExportWaiting, CreatedAt: now}
}

// checkFilter refuses a filter that the operation of the list would refuse, and a list of something that v does not reach.
func (s *server) checkFilter(ctx context.Context, v *viewer, list string, f exportFilter) error {
	l := exportLists[list]
	params := s.filters(l.path)
	out := badRequest("bad_request", "请求不合要求，请按提示修改")
	for _, name := range sortedKeys(f) {
		if params[name] == nil {
			out.faults = append(out.faults, procedure.FieldFault{Field: "filter." + policy.Shown(name), Code: "unknown_field", Message: "没有“" + policy.Shown(name) + "”这一项"})
		} else if err := params[name].Schema.Value.VisitJSON(f[name]); err != nil {
			collect(err, "filter."+name, out)
		}
	}
	for _, name := range sortedKeys(params) {
		if params[name].Required && f[name] == nil {
			out.faults = append(out.faults, procedure.FieldFault{Field: "filter." + name, Code: "required", Message: "缺少参数 " + name})
		}
	}
	if len(out.faults) > 0 {
		return out
	}
	_, _, err := l.page(s, exporting(ctx, &viewer{user: v.user, grants: v.own()}), f, "", 1)
	return err
}

// filters are the parameters by which the operation of a list narrows it.
func (s *server) filters(path string) map[string]*openapi3.Parameter {
	route, out := s.ops.byRoute[http.MethodGet+" "+echoPath(path)], map[string]*openapi3.Parameter{}
	for _, p := range append(slices.Clone(route.PathItem.Parameters), route.Operation.Parameters...) {
		if name := p.Value.Name; name != "cursor" && name != "limit" {
			out[name] = p.Value
		}
	}
	return out
}

// exporting is the context in which a list is asked for: in the name of v, whose export stands on record for all its rows.
func exporting(ctx context.Context, v *viewer) context.Context {
	return context.WithValue(context.WithValue(ctx, viewerKey{}, v), exportingKey{}, true)
}

type exportingKey struct{}

// sameExport answers a key that was used before.
func (s *server) sameExport(ctx context.Context, v *viewer, x models.Export, filter exportFilter) (gen.CreateExportResponseObject, error) {
	before, err := s.myExport(ctx, v, x.ID)
	if err != nil {
		return nil, err
	}
	asked, err := before.Narrowed(s.engine.Store.Vault)
	if err != nil {
		return nil, err
	}
	if before.List != x.List || before.Reason != x.Reason || !reflect.DeepEqual(asked, map[string]any(filter)) {
		return nil, procedure.Refuse(procedure.Invalid, "key_reused", "同一请求编号已用于另一次导出")
	}
	return gen.CreateExport200JSONResponse(s.exportView(before)), nil
}

// myExport is an export of v himself, while he still holds the office he took it as.
func (s *server) myExport(ctx context.Context, v *viewer, id string) (*models.Export, error) {
	var x models.Export
	err := s.db(ctx).Where("id = ? AND user_id = ?", id, v.user.ID).Take(&x).Error
	if models.Missing(err) || err == nil && !holds(v.own(), &x) {
		return nil, notFound()
	}
	if err == nil && x.List == packageList {
		_, _, err = s.packageScope(ctx, v, &x)
	}
	return &x, err
}

func holds(grants []models.RoleGrant, x *models.Export) bool {
	return slices.ContainsFunc(grants, func(g models.RoleGrant) bool { return g.Role == x.Role && g.RegionCode == x.RegionCode })
}

func listTitle(list string) string {
	if list == packageList {
		return "审计包"
	}
	return orText(exportLists[list].title, formExports[list])
}

// exportView tells of a file whose time is over that it is gone, before it is tidied away.
func (s *server) exportView(x *models.Export) gen.Export {
	out := gen.Export{ID: x.ID, No: x.No, List: x.List, ListTitle: listTitle(x.List), Reason: x.Reason, State: gen.ExportState(x.State), Code: x.Code, Rows: x.Rows, Total: x.Total, Size: x.Size,
		Sha256: x.SHA256, Downloads: x.Downloads, CreatedAt: x.CreatedAt}
	if x.FinishedAt != nil {
		out.FinishedAt = *x.FinishedAt
	}
	if x.ExpiresAt != nil {
		out.ExpiresAt = *x.ExpiresAt
		if x.State == models.ExportReady && !s.now().Before(*x.ExpiresAt) {
			out.State = models.ExportExpired
		}
	}
	return out
}

// ListExports lists what v has taken out, newest first.
func (s *server) ListExports(ctx context.Context, r gen.ListExportsRequestObject) (gen.ListExportsResponseObject, error) {
	v := viewerOf(ctx)
	after, err := parseCursor(r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	tx := s.db(ctx).Where("user_id = ?", v.user.ID)
	limit := pageLimit(r.Params.Limit)
	var rows []models.Export
	if err := newestFirst(tx, "created_at", "id", after, limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(x models.Export) cursor { return cursor{At: x.CreatedAt, ID: x.ID} })
	out := gen.ExportPage{Items: []gen.Export{}, NextCursor: next}
	for i := range rows {
		out.Items = append(out.Items, s.exportView(&rows[i]))
	}
	return gen.ListExports200JSONResponse(out), nil
}

// GetExport tells how far an export is.
func (s *server) GetExport(ctx context.Context, r gen.GetExportRequestObject) (gen.GetExportResponseObject, error) {
	x, err := s.myExport(ctx, viewerOf(ctx), r.ID)
	if err != nil {
		return nil, err
	}
	return gen.GetExport200JSONResponse(s.exportView(x)), nil
}

// CancelExport stops an export, or takes its file away early; the record stays.
func (s *server) CancelExport(ctx context.Context, r gen.CancelExportRequestObject) (gen.CancelExportResponseObject, error) {
	v := viewerOf(ctx)
	x, err := s.myExport(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	err = s.db(ctx).Model(&models.Export{}).Where("id = ? AND state IN ?", x.ID, []string{models.ExportWaiting, models.ExportRunning, models.ExportReady}).
		Updates(map[string]any{"state": models.ExportCancelled, "lease_until": nil}).Error
	if err != nil {
		return nil, err
	}
	s.dropExport(x.ID)
	if x, err = s.myExport(ctx, v, r.ID); err != nil {
		return nil, err
	}
	return gen.CancelExport200JSONResponse(s.exportView(x)), nil
}

// GetExportFile gives the workbook to whoever has made it, until it expires. Each time is recorded.
func (s *server) GetExportFile(ctx context.Context, r gen.GetExportFileRequestObject) (gen.GetExportFileResponseObject, error) {
	v := viewerOf(ctx)
	x, err := s.myExport(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	if x.State != models.ExportReady || x.ExpiresAt == nil || !s.now().Before(*x.ExpiresAt) {
		return nil, procedure.Refuse(procedure.Conflict, "export_not_ready", "文件还没有生成，或者已经过期，请重新导出")
	}
	f, err := openSealedFile(s.exportDir, s.engine.Store.Vault, x.ID)
	if errors.Is(err, os.ErrNotExist) {
		return nil, procedure.Refuse(procedure.Conflict, "export_not_ready", "文件已不存在，请重新导出")
	}
	if err != nil {
		return nil, err
	}
	entry := models.AccessLog{Action: "export", Table: x.List, RecordID: x.ID, Field: "file", Class: "P2", Purpose: x.Reason}
	err = s.logAccess(ctx, v, func(g models.RoleGrant) bool { return g.Role == x.Role && g.RegionCode == x.RegionCode }, entry)
	if err == nil {
		err = s.db(ctx).Model(x).UpdateColumn("downloads", gorm.Expr("downloads + 1")).Error
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if x.List == packageList {
		echoOf(ctx).Response().Header().Set("Content-Disposition", `attachment; filename="`+x.No+`.zip"`)
		return gen.GetExportFile200ApplicationZipResponse{Body: f, ContentLength: x.Size}, nil
	}
	echoOf(ctx).Response().Header().Set("Content-Disposition", `attachment; filename="`+x.No+`.xlsx"`)
	return gen.GetExportFile200ApplicationVndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{Body: f, ContentLength: x.Size}, nil
}

func (s *server) dropExport(id string) {
	if err := os.Remove(filepath.Join(s.exportDir, id)); err != nil && !errors.Is(err, os.ErrNotExist) {
		s.log.LogAttrs(s.background, slog.LevelWarn, "export file", slog.String("err", err.Error()))
	}
}

// tendExports takes up exports that a server has left, and lets files expire, until the server stops.
func (s *server) tendExports() {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if err := s.tidyExports(s.background); err != nil && s.background.Err() == nil {
			s.log.LogAttrs(s.background, slog.LevelWarn, "exports", slog.String("err", err.Error()))
		}
		select {
		case <-s.background.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *server) tidyExports(ctx context.Context) error {
	now := s.now().UTC()
	var over, left []string
	err := s.db(ctx).Model(&models.Export{}).Where("state = ? AND expires_at <= ?", models.ExportReady, now).Pluck("id", &over).Error
	if err != nil {
		return err
	}
	for _, id := range over {
		if err := s.db(ctx).Model(&models.Export{}).Where("id = ? AND state = ?", id, models.ExportReady).Update("state", models.ExportExpired).Error; err != nil {
			return err
		}
		s.dropExport(id)
	}
	err = s.db(ctx).Model(&models.Export{}).Where("state IN ? AND (lease_until IS NULL OR lease_until <= ?)", []string{models.ExportWaiting, models.ExportRunning}, now).
		Order("created_at").Pluck("id", &left).Error
	for _, id := range left {
		s.writeExport(id)
	}
	return err
}

// writeExport writes an export in the background, a few at once; the channel is closed when it is over.
func (s *server) writeExport(id string) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case s.exporting <- struct{}{}:
			defer func() { <-s.exporting }()
		case <-s.background.Done():
			return
		}
		if err := s.export(s.background, id); err != nil && s.background.Err() == nil {
			s.log.LogAttrs(s.background, slog.LevelError, "export", slog.String("id", id), slog.String("err", err.Error()))
		}
	}()
	return done
}

// export writes the file of an export that nobody else is writing. When the server stops in between, the lease runs out
// and the export is begun anew; after some attempts it has failed.
func (s *server) export(ctx context.Context, id string) error {
	now := s.now().UTC()
	took := s.db(ctx).Model(&models.Export{}).Where("id = ? AND state IN ? AND (lease_until IS NULL OR lease_until <= ?)", id, []string{models.ExportWaiting, models.ExportRunning}, now).
		Updates(map[string]any{"state": models.ExportRunning, "lease_until": now.Add(exportLease), "attempts": gorm.Expr("attempts + 1"), "rows": 0})
	if took.Error != nil || took.RowsAffected == 0 {
		return took.Error
	}
	var x models.Export
	if err := s.db(ctx).Where("id = ?", id).Take(&x).Error; err != nil {
		return err
	}
	err := s.exportTo(ctx, &x)
	switch {
	case err == nil, errors.Is(err, errCancelled):
		return nil
	case ctx.Err() != nil:
		return err // somebody else goes on
	}
	s.dropExport(id)
	code := map[error]string{errTooManyRows: "too_many_rows", errRoleLost: "role_lost", errScopeChanged: "scope_changed", errRecordDamaged: "record_damaged"}[err]
	change := map[string]any{"state": models.ExportWaiting, "lease_until": s.now().UTC().Add(exportLease)}
	if code != "" || x.Attempts >= exportAttempts {
		change = map[string]any{"state": models.ExportFailed, "code": orText(code, "failed"), "lease_until": nil}
	}
	if e := s.db(ctx).Model(&models.Export{}).Where("id = ? AND state = ?", id, models.ExportRunning).Updates(change).Error; e != nil {
		return errors.Join(err, e)
	}
	if code != "" {
		return nil
	}
	return err
}

// exporter is the viewer of an export: the account as it is now, in its own offices.
func (s *server) exporter(ctx context.Context, x *models.Export) (*viewer, error) {
	v := &viewer{}
	err := s.db(ctx).Where("users.id = ? AND "+models.InUse, x.UserID, s.engine.Clock.Now()).Take(&v.user).Error
	if models.Missing(err) {
		return nil, errRoleLost
	}
	if err != nil {
		return nil, err
	}
	if v.grants, err = s.grantsOf(s.db(ctx), x.UserID); err == nil && !holds(v.grants, x) {
		err = errRoleLost
	}
	return v, err
}

func (s *server) exportTo(ctx context.Context, x *models.Export) (err error) {
	v, err := s.exporter(ctx, x)
	if err != nil {
		return err
	}
	limits, err := s.policyFor(ctx, x.RegionCode, s.engine.Clock.Now())
	if err != nil {
		return err
	}
	l, err := s.labels(ctx, codes{regions: []string{x.RegionCode}})
	if err != nil {
		return err
	}
	f, err := newSealedFile(s.exportDir, s.engine.Store.Vault, x.ID)
	if err != nil {
		return err
	}
	hash := sha256.New()
	if x.List == packageList {
		err = s.writePackage(ctx, v, x, io.MultiWriter(f, hash))
	} else {
		mark := fmt.Sprintf("%s %s %s 编号 %s 用途：%s", v.user.Name, l.region(x.RegionCode), moment(x.CreatedAt), x.No, x.Reason)
		err = s.exportRows(ctx, v, x, io.MultiWriter(f, hash), mark, limits.Int("export_max_rows"))
	}
	if err = errors.Join(f.Close(), err); err != nil {
		return firstOfErrors(err, errTooManyRows, errCancelled, errRoleLost, errScopeChanged, errRecordDamaged)
	}
	now := s.now().UTC().Truncate(time.Microsecond)
	until := now.Add(time.Duration(limits.Int("export_keep_hours")) * time.Hour)
	done := s.db(ctx).Model(&models.Export{}).Where("id = ? AND state = ?", x.ID, models.ExportRunning).Updates(map[string]any{
		"state": models.ExportReady, "rows": x.Rows, "size": f.size, "sha256": hex.EncodeToString(hash.Sum(nil)), "lease_until": nil, "finished_at": now, "expires_at": until})
	if done.Error == nil && done.RowsAffected == 0 {
		s.dropExport(x.ID)
		return errCancelled
	}
	return done.Error
}

// firstOfErrors is the one of known that err is, or err.
func firstOfErrors(err error, known ...error) error {
	for _, k := range known {
		if errors.Is(err, k) {
			return k
		}
	}
	return err
}

// exportRows writes the list page by page. After each page it says how far it is, and hears whether it was cancelled.
func (s *server) exportRows(ctx context.Context, v *viewer, x *models.Export, w io.Writer, mark string, most int) error {
	list := exportLists[x.List]
	out, err := sheet.New(w, sheet.Options{Name: list.title, Mark: mark, Widths: slices.Repeat([]float64{16}, len(list.columns))})
	if err != nil {
		return err
	}
	if err := out.Row(sheet.Bold, list.columns...); err != nil {
		return err
	}
	filter, err := x.Narrowed(s.engine.Store.Vault)
	if err != nil {
		return err
	}
	ctx = exporting(ctx, v)
	if err := s.countExport(ctx, x, filter); err != nil {
		return err
	}
	for after, more := "", true; more; more = after != "" {
		var rows [][]string
		if rows, after, err = list.page(s, ctx, filter, after, exportPage); err != nil {
			return err
		}
		if x.Rows += len(rows); x.Rows > most {
			return errTooManyRows
		}
		for _, r := range rows {
			if err := out.Row(sheet.Plain, r...); err != nil {
				return err
			}
		}
		kept := s.db(ctx).Model(&models.Export{}).Where("id = ? AND state = ?", x.ID, models.ExportRunning).
			Updates(map[string]any{"rows": x.Rows, "lease_until": s.now().UTC().Add(exportLease)})
		if kept.Error != nil {
			return kept.Error
		}
		if kept.RowsAffected == 0 {
			return errCancelled
		}
	}
	return out.Close()
}

// countExport notes how many rows an export is to have, where its list tells that: rows that come meanwhile are written too.
func (s *server) countExport(ctx context.Context, x *models.Export, filter exportFilter) (err error) {
	count := exportLists[x.List].total
	if count == nil {
		return nil
	}
	if x.Total, err = count(s, ctx, filter); err != nil || x.Total == 0 {
		return err
	}
	return s.db(ctx).Model(&models.Export{}).Where("id = ? AND state = ?", x.ID, models.ExportRunning).Update("total", x.Total).Error
}
