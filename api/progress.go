package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/internal/programme"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// GetProgramme is one programme with its progress at a glance.
func (s *server) GetProgramme(ctx context.Context, r gen.GetProgrammeRequestObject) (gen.GetProgrammeResponseObject, error) {
	v := viewerOf(ctx)
	p, err := s.findProgramme(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	problems, err := s.problems(ctx, v, p)
	if err != nil {
		return nil, err
	}
	view, err := s.programmeView(ctx, v, p, problems)
	if err != nil {
		return nil, err
	}
	out := gen.ProgrammeDetail{Programme: view, May: []gen.ProgrammeDetailMay{}, Classes: problemClasses()}
	if out.Progress, err = s.numbers(ctx, problems); err != nil {
		return nil, err
	}
	out.BurnDown = burnDown(programme.BurnDown(problems, cutOff(p), s.engine.Clock.Now()))
	if keeps(v, p.RegionCode) {
		out.May = append(out.May, gen.ProgrammeDetailMayEdit, gen.ProgrammeDetailMayImport)
	}
	if bulletins(v, p.RegionCode) {
		out.May = append(out.May, gen.ProgrammeDetailMayBulletin)
	}
	if d, ok := procedure.Latest("rectification"); ok && canOpen(v, d) {
		out.May = append(out.May, gen.ProgrammeDetailMayAdd)
	}
	return gen.GetProgramme200JSONResponse(out), nil
}

// numbers are the figures of problems with the names of villages and persons.
func (s *server) numbers(ctx context.Context, problems []programme.Problem) (gen.ProgressNumbers, error) {
	var want codes
	for i := range problems {
		want.regions = append(want.regions, problems[i].RegionCode)
		want.users = append(want.users, problems[i].Facts.Text("responsible"))
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return gen.ProgressNumbers{}, err
	}
	n := programme.Sum(problems, s.engine.Clock.Now(), l.region, func(id string) string { return l.user(id).Name })
	var out gen.ProgressNumbers
	raw, err := json.Marshal(n)
	if err == nil {
		err = json.Unmarshal(raw, &out) // the same figures under the same names
	}
	return out, err
}

// problemItems are problems as a list shows them.
func (s *server) problemItems(ctx context.Context, problems []programme.Problem, now time.Time) (gen.ProgrammeProblemList, error) {
	out := gen.ProgrammeProblemList{Items: []gen.ProgrammeProblem{}}
	var want codes
	cases := make([]models.Case, len(problems))
	for i := range problems {
		cases[i] = problems[i].Case
		want.users = append(want.users, cases[i].Facts.Text("responsible"))
	}
	list, err := s.summaries(ctx, cases)
	if err != nil {
		return out, err
	}
	l, err := s.labels(ctx, want)
	for i := range problems {
		if err != nil {
			break
		}
		x := &problems[i]
		item := gen.ProgrammeProblem{Case: list[i], Brief: scrub(x.Facts.Text("brief")), ClassTitle: classTitle(x.Facts.Text("class")),
			DueOn: optionalDay(x.Case.LastDay("due_on")), DueOverdue: x.Overdue(now)}
		if id := x.Facts.Text("responsible"); id != "" {
			item.Responsible = l.user(id).Name
		}
		if x.Rung != "" {
			item.LevelTitle = programme.LevelTitle(x.Rung)
		}
		out.Items = append(out.Items, item)
	}
	return out, err
}

// problemClasses are the classes of problems, in the words of the form that gives them.
func problemClasses() []gen.CodeTitle {
	d, _ := procedure.Latest("rectification")
	e, _ := d.Event("assign")
	out := []gen.CodeTitle{}
	for _, f := range e.Form {
		for _, o := range f.Options {
			if f.Code == "class" {
				out = append(out, gen.CodeTitle{Code: o.Code, Title: o.Title})
			}
		}
	}
	return out
}

// classTitle is the title of one, "" of one that there is not.
func classTitle(class string) string {
	for _, c := range problemClasses() {
		if c.Code == class {
			return c.Title
		}
	}
	return ""
}

// IssueBulletin freezes the figures of the whole programme at this moment.
func (s *server) IssueBulletin(ctx context.Context, r gen.IssueBulletinRequestObject) (gen.IssueBulletinResponseObject, error) {
	v := viewerOf(ctx)
	p, err := s.findProgramme(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	if !bulletins(v, p.RegionCode) {
		return nil, forbidden("role_not_allowed", "通报由本级主要负责人或乡村振兴部门发出")
	}
	problems, err := programme.Load(s.db(ctx), p.ID, func(tx *gorm.DB) *gorm.DB { return tx })
	if err != nil {
		return nil, err
	}
	numbers, err := s.numbers(ctx, problems)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(numbers)
	if err != nil {
		return nil, err
	}
	b, err := s.writeBulletin(ctx, v, p, caseKey("bulletin", v.user.ID, r.Params.IdempotencyKey), raw)
	if err != nil {
		return nil, err
	}
	out, err := s.bulletinView(ctx, b)
	return gen.IssueBulletin200JSONResponse(out), err
}

// writeBulletin numbers and stores a bulletin, once per key.
func (s *server) writeBulletin(ctx context.Context, v *viewer, p *models.Programme, key string, raw []byte) (*models.Bulletin, error) {
	sum := sha256.Sum256(raw)
	b := &models.Bulletin{ID: models.NewID(), ProgrammeID: p.ID, IssuedBy: v.user.ID, IssuedAt: s.engine.Clock.Now(), Numbers: raw, SHA256: hex.EncodeToString(sum[:])}
	err := s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		if err := models.Locked(tx).Where("id = ?", p.ID).Take(p).Error; err != nil {
			return err
		}
		var before models.ProgrammeAct
		err := tx.Where("key = ?", key).Take(&before).Error
		if err == nil {
			if before.ProgrammeID != p.ID {
				return keyReused()
			}
			b = &models.Bulletin{}
			return tx.Where("id = ?", before.Content).Take(b).Error
		}
		if !models.Missing(err) {
			return err
		}
		var n int64
		if err := tx.Model(&models.Bulletin{}).Where("programme_id = ?", p.ID).Count(&n).Error; err != nil {
			return err
		}
		b.No = int(n) + 1
		if err := tx.Create(b).Error; err != nil {
			return err
		}
		p.Seq++
		if err := tx.Model(p).Update("seq", p.Seq).Error; err != nil {
			return err
		}
		return s.programmeAct(tx, v, p, "bulletin", key, b.ID)
	})
	return b, err
}

func (s *server) bulletinView(ctx context.Context, b *models.Bulletin) (gen.Bulletin, error) {
	l, err := s.labels(ctx, codes{users: []string{b.IssuedBy}})
	if err != nil {
		return gen.Bulletin{}, err
	}
	out := gen.Bulletin{ID: b.ID, No: b.No, IssuedBy: l.user(b.IssuedBy).Name, IssuedAt: b.IssuedAt, Sha256: b.SHA256}
	return out, json.Unmarshal(b.Numbers, &out.Numbers)
}

// ListBulletins lists those of a programme, newest first.
func (s *server) ListBulletins(ctx context.Context, r gen.ListBulletinsRequestObject) (gen.ListBulletinsResponseObject, error) {
	p, err := s.findProgramme(ctx, viewerOf(ctx), r.ID)
	if err != nil {
		return nil, err
	}
	var rows []models.Bulletin
	if err := s.db(ctx).Where("programme_id = ?", p.ID).Order("no DESC").Limit(100).Find(&rows).Error; err != nil {
		return nil, err
	}
	out := gen.BulletinList{Items: []gen.Bulletin{}}
	for i := range rows {
		b, err := s.bulletinView(ctx, &rows[i])
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, b)
	}
	return gen.ListBulletins200JSONResponse(out), nil
}

// cutOff is the last day of a programme, zero without one.
func cutOff(p *models.Programme) policy.Date {
	d, _ := policy.ParseDate(p.CutOff) // written by ourselves
	return d
}
