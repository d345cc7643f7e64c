package api

import (
	"context"
	_ "embed"
	"encoding/json"
	"html/template"
	"io"
	"time"

	"shouwang/api/gen"
	"shouwang/internal/evidence"
	"shouwang/models"
	"shouwang/procedure"
)

// The pages of an evidence package, for a browser without a server: no script, nothing from elsewhere.

//go:embed packagepages.html
var packageHTML string

var packagePages = template.Must(template.New("").Funcs(template.FuncMap{
	"time":  moment,
	"stamp": func(text string) string { at, _ := time.Parse(time.RFC3339Nano, text); return moment(at) }, // written by ourselves
}).Parse(packageHTML))

// casePage is a case in a package.
type casePage struct {
	About                         evidence.About
	Title, Subject, Region, State string
	Steps                         []packageStep
	Files                         []evidence.FileLine
	Seen                          []seenLine
	Limits                        []gen.LimitThen
}

// seenLine is an entry of the access log in words.
type seenLine struct{ At, Who, What, Purpose string }

type indexRow struct{ Folder, No, Title, Subject, Region, State, Opened string }

// index writes the list of cases, page by page.
func (k *packing) index(ctx context.Context, w io.Writer, about evidence.PackageAbout) error {
	if err := packagePages.ExecuteTemplate(w, "head", about); err != nil {
		return err
	}
	for after := ""; ; {
		ids, err := k.s.chosenAfter(ctx, k.x.ID, after, exportPage)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return packagePages.ExecuteTemplate(w, "foot", nil)
		}
		if err := k.indexRows(ctx, w, ids); err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
}

func (k *packing) indexRows(ctx context.Context, w io.Writer, ids []string) error {
	var rows []models.Case
	db := k.s.db(ctx)
	if err := k.s.filterCases(db.Where(models.Among(db, "cases.id", ids)), k.v).Order("cases.id").Find(&rows).Error; err != nil {
		return err
	}
	if len(rows) != len(ids) {
		return errScopeChanged
	}
	var want codes
	for i := range rows {
		want.regions = append(want.regions, rows[i].RegionCode)
	}
	l, err := k.s.labels(ctx, want)
	if err != nil {
		return err
	}
	for i := range rows {
		c := &rows[i]
		d := definitionOf(c)
		x := indexRow{folderOf(c), c.No, d.Title, c.Subject, l.region(c.RegionCode), stateTitle(d, c.State), moment(c.OpenedAt)}
		if err := packagePages.ExecuteTemplate(w, "row", x); err != nil {
			return err
		}
	}
	return nil
}

// seen are the proved entries of the access log in words.
func (k *packing) seen(ctx context.Context, h *history, b *evidence.Bundle) ([]seenLine, error) {
	entries := make([]evidence.Entry, len(b.Access))
	var want codes
	for i := range b.Access {
		if err := json.Unmarshal([]byte(b.Access[i].Entry), &entries[i]); err != nil {
			return nil, err
		}
		want.users = append(want.users, entries[i].User)
	}
	l, err := k.s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	out := make([]seenLine, len(entries))
	for i, e := range entries {
		at, _ := time.Parse(time.RFC3339Nano, e.At) // as Moment writes it
		who := l.user(e.User).Name
		if role := roleTitle(procedure.Role(e.Role)); role != "" {
			who += "（" + role + "）"
		}
		out[i] = seenLine{moment(at), who, k.s.seenWhat(h, e, l), scrub(e.Purpose)}
	}
	return out, nil
}

func (s *server) seenWhat(h *history, e evidence.Entry, l *labels) string {
	what := s.accessWhat(&models.AccessLog{Table: e.Table, RecordID: e.Record, Field: e.Field}, l)
	for _, f := range allFields(h.d) {
		if f.Code == e.Field && e.Action == "unmask" {
			what = f.Title
		}
	}
	return titleOf(accessActions, e.Action) + "：" + what
}
