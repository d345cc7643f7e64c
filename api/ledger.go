package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"slices"
	"strings"

	"shouwang/api/gen"
	"shouwang/internal/ledger"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// The household ledger (台账, domain 5.2), which the offices of township and county bring for their areas. What it says goes
// into the register without a second person, so nobody else may.

const (
	// listedOfEach is how many households of each outcome an answer tells of; the returned workbook tells of all.
	listedOfEach = 100
	// listedOfOne is how much it tells of one household.
	listedOfOne = 20
	// longestWord is how long a message or a value may be there, as it quotes cells.
	longestWord = 200
)

// ledgerFile is a ledger as it was sent, and as it was read. Its name is not kept: it may be that of somebody.
type ledgerFile struct {
	raw  []byte
	book *ledger.Ledger
}

func readLedger(r io.Reader) (*ledgerFile, error) {
	raw, err := io.ReadAll(io.LimitReader(r, ledger.MaxBytes+1))
	if err != nil {
		return nil, err
	}
	book, err := ledger.Read(bytes.NewReader(raw))
	return &ledgerFile{raw, book}, err
}

// plannedLedger is a ledger that v sends, with what its import would do. That it was looked at is kept: it tells who is
// registered elsewhere.
func (s *server) plannedLedger(ctx context.Context, v *viewer, form *multipart.Reader, confirm string) (*ledgerFile, *ledger.Plan, error) {
	areas := managedAreas(v)
	if len(areas) == 0 {
		return nil, nil, forbidden("role_not_allowed", "农户台账由乡镇和县级办公室导入")
	}
	f, err := oneFile(form, readLedger)
	if err != nil {
		return nil, nil, err
	}
	if confirm != "" && confirm != f.book.SHA256 {
		return nil, nil, procedure.Refuse(procedure.Conflict, "another_file", "确认的不是预览过的那个文件，请重新预览")
	}
	p, err := ledger.NewPlan(ctx, s.engine.Store, f.book, ledger.Scope{Regions: areas, Now: s.engine.Clock.Now()})
	if err != nil {
		return nil, nil, err
	}
	p.Found = s.engine.FoundInLedger
	entry := models.AccessLog{Action: "ledger_preview", Table: "import_batches", RecordID: p.SHA256, Class: "P3",
		Purpose: fmt.Sprintf("新增 %d 户，更新 %d 户，无变化 %d 户，未导入 %d 户", p.Created, p.Changed, p.Unchanged, p.Rejected)}
	if confirm != "" {
		entry.Action = "ledger_import"
	}
	err = s.logAccess(ctx, v, func(g models.RoleGrant) bool { return managing(g.Role) && v.away(g) == "" }, entry)
	return f, p, err
}

// ImportLedger previews a ledger, or carries the preview out that is confirmed. Households that are as the file says are left
// alone, so that a file sent again goes on where it stopped.
func (s *server) ImportLedger(ctx context.Context, r gen.ImportLedgerRequestObject) (gen.ImportLedgerResponseObject, error) {
	v := viewerOf(ctx)
	_, p, err := s.plannedLedger(ctx, v, r.Body, r.Params.Confirm)
	if err != nil {
		return nil, err
	}
	out := ledgerView(p)
	if r.Params.Confirm != "" {
		if _, err := ledger.Apply(ctx, s.engine.Store, p, v.user.ID); err != nil {
			return nil, ledgerStale(err)
		}
		out.Applied = true
	}
	return gen.ImportLedger200JSONResponse(out), nil
}

// ledgerStale says of a plan out of date that the file wants another look.
func ledgerStale(err error) error {
	if _, ok := errors.AsType[policy.Fault](err); ok {
		return procedure.Refuse(procedure.Conflict, "ledger_moved", "预览之后农户信息已有变动，请重新预览；已导入的户不受影响")
	}
	return err
}

// ReturnLedger gives the workbook back with a word beside each row.
func (s *server) ReturnLedger(ctx context.Context, r gen.ReturnLedgerRequestObject) (gen.ReturnLedgerResponseObject, error) {
	f, p, err := s.plannedLedger(ctx, viewerOf(ctx), r.Body, "")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := ledger.Returned(&out, bytes.NewReader(f.raw), p); err != nil {
		return nil, workbookError(err)
	}
	return gen.ReturnLedger200ApplicationVndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{Body: &out, ContentLength: int64(out.Len())}, nil
}

// ledgerView tells of the households that somebody has to look at: refused ones first, then those that change, then new ones.
func ledgerView(p *ledger.Plan) gen.LedgerImport {
	out := gen.LedgerImport{Sha256: p.SHA256, Households: len(p.Households), People: p.People, Created: p.Created, Changed: p.Changed, Unchanged: p.Unchanged, Rejected: p.Rejected,
		Unknown: wordsOf(p.Unknown), Skipped: wordsOf(p.Skipped), Items: []gen.LedgerItem{}}
	for _, action := range []ledger.Action{ledger.Reject, ledger.Update, ledger.Create, ledger.Leave} {
		listed := 0
		for i := range p.Households {
			h := &p.Households[i]
			switch {
			case h.Action != action, action == ledger.Leave && len(h.Faults) == 0:
			case listed == listedOfEach:
				out.Unlisted++
			default:
				listed++
				out.Items = append(out.Items, ledgerItem(h))
			}
		}
	}
	return out
}

func ledgerItem(h *ledger.HouseholdPlan) gen.LedgerItem {
	out := gen.LedgerItem{Sheet: word(h.Sheet), Line: h.Lines[0], HouseholdNo: word(h.No), HeadName: word(h.Head), Village: h.Village, Members: h.Members,
		Action: gen.LedgerItemAction(h.Action), ActionTitle: h.Action.Title(), Changes: []gen.LedgerChange{}, Faults: []gen.LedgerFault{}}
	for _, c := range h.Changes[:min(len(h.Changes), listedOfOne)] {
		change := gen.LedgerChange{Subject: word(c.Subject), Field: word(c.Field), Replaces: c.Old != "", New: word(c.New)}
		if slices.Contains(openFields, c.Field) {
			change.Old = word(c.Old)
		}
		out.Changes = append(out.Changes, change)
	}
	for _, f := range h.Faults[:min(len(h.Faults), listedOfOne)] {
		out.Faults = append(out.Faults, gen.LedgerFault{Code: f.Code, Sheet: word(f.Sheet), Line: f.Line, Cell: f.Cell, Field: word(f.Field), Message: word(f.Message), Note: f.Note})
	}
	out.More = len(h.Changes) + len(h.Faults) - len(out.Changes) - len(out.Faults)
	return out
}

// openFields are those of which the value that is registered is shown to whoever imports: offices see what is personal for a
// purpose only (3.3), and a file is none.
var openFields = []string{"户编号", "组", "家庭人口", "户类型", "户主"}

// word is a piece of the file as an answer shows it.
func word(s string) string { return truncate(scrub(strings.TrimSpace(s)), longestWord) }

func wordsOf(in []string) []string {
	out := []string{}
	for _, s := range in[:min(len(in), listedOfEach)] {
		out = append(out, word(s))
	}
	return out
}
