package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"shouwang/internal/howfar"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// chunk is how many households one transaction writes.
const chunk = 250

// errStale says that the database is no longer what the plan was made against.
var errStale = policy.Fault{Code: "LED-901", Message: "预览之后数据已有变动，请重新预览后再导入；已导入的户不受影响"}

// Apply writes what the plan says, a few hundred households per transaction, and keeps a record of the import whose
// counts grow with each of them. When it stops half way, a new plan of the same file carries on. A household that has
// changed since the plan was made stops it with the policy.Fault LED-901.
func Apply(ctx context.Context, store *models.Store, p *Plan, userID string) (models.ImportBatch, error) {
	b := models.ImportBatch{ID: models.NewID(), File: p.File, SHA256: p.SHA256, UserID: userID, Unchanged: p.Unchanged, Rejected: p.Rejected, At: now()}
	if err := store.DB.WithContext(ctx).Create(&b).Error; err != nil {
		return b, fmt.Errorf("record import: %w", err)
	}
	var todo []*HouseholdPlan
	done, total := 0, 0 // rows
	for i := range p.Households {
		if h := &p.Households[i]; h.Action == Create || h.Action == Update {
			todo, total = append(todo, h), total+len(h.Lines)
		}
	}
	ahead, stop := context.WithCancel(ctx)
	defer stop()
	for part := range sealed(ahead, store.Vault, todo) {
		howfar.Tell(ctx, done, total)
		next := b
		err := store.Tx(ctx, func(tx *gorm.DB) error { return write(ctx, tx, store.Vault, p.Found, part, &next) })
		if models.Duplicate(err) {
			err = errStale
		}
		if err != nil {
			return b, err
		}
		b = next
		for _, h := range part.plans {
			done += len(h.Lines)
		}
	}
	return b, ctx.Err()
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// portion is a chunk of a plan with the rows of its new households.
type portion struct {
	plans      []*HouseholdPlan
	households []models.Household
	people     []models.Person
	err        error
}

// sealed makes the rows of one chunk while the one before it is being written.
func sealed(ctx context.Context, v *models.Vault, todo []*HouseholdPlan) <-chan portion {
	out := make(chan portion)
	go func() {
		defer close(out)
		for plans := range slices.Chunk(todo, chunk) {
			select {
			case out <- seal(v, plans):
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func seal(v *models.Vault, plans []*HouseholdPlan) portion {
	p := portion{plans: plans}
	for _, h := range plans {
		if h.Action != Create {
			continue
		}
		household, members, err := h.build(v)
		if err != nil {
			p.err = err
			return p
		}
		p.households, p.people = append(p.households, household), append(p.people, members...)
	}
	return p
}

// write carries out one chunk in one transaction.
func write(ctx context.Context, tx *gorm.DB, v *models.Vault, found Found, p portion, b *models.ImportBatch) error {
	if p.err != nil {
		return p.err
	}
	for _, h := range p.plans {
		if h.Action != Update {
			continue
		}
		if err := h.update(tx, v); err != nil {
			return err
		}
		if found != nil && len(h.signs) > 0 {
			if err := found(ctx, tx, h.target.household.ID, h.signs); err != nil {
				return err
			}
		}
		b.Changed++
	}
	b.Created += len(p.households)
	if len(p.households) > 0 {
		if err := tx.CreateInBatches(p.households, 100).Error; err != nil {
			return err
		}
	}
	if len(p.people) > 0 {
		people := make([]*models.Person, len(p.people))
		for i := range p.people {
			people[i] = &p.people[i]
		}
		if err := models.OnlyOnce(tx, v, people...); err != nil {
			return err
		}
		if err := tx.CreateInBatches(p.people, 200).Error; err != nil {
			return err
		}
	}
	return tx.Model(b).Select("created", "changed").Updates(b).Error
}

// build makes the rows of a new household.
func (h *HouseholdPlan) build(v *models.Vault) (models.Household, []models.Person, error) {
	r, at := &h.rec, now()
	head := h.Head
	for _, m := range r.Members {
		if m.Head {
			head = m.Secret.HeadName(head)
		}
	}
	full, initials := Pinyin(head)
	household := models.Household{
		ID: models.NewID(), No: r.No, RegionCode: r.Region, GroupName: r.Group, HeadName: head, HeadPinyin: full, HeadAbbr: initials,
		Population: max(r.Population, len(r.Members)), BaseType: r.BaseType, Status: unregistered, SourceHash: h.hash,
		CreatedAt: at, UpdatedAt: at, RowVersion: 1,
	}
	if household.BaseType == "" {
		household.BaseType = Ordinary
	}
	if err := household.SetSecret(v, r.Secret); err != nil {
		return household, nil, err
	}
	people := make([]models.Person, 0, len(r.Members))
	for _, m := range order(r.Members) {
		p := models.Person{ID: models.NewID(), HouseholdID: household.ID, Ord: len(people), Name: m.Name, IsHead: m.Head, CreatedAt: at, UpdatedAt: at}
		if m.index != "" {
			p.IDIndex = &m.index
		}
		if err := p.SetSecret(v, m.Secret); err != nil {
			return household, nil, err
		}
		people = append(people, p)
	}
	return household, people, nil
}

// unregistered is the state in which every household begins (2.17).
const unregistered procedure.State = "none"

// order puts the head first and leaves the others as they stand.
func order(members []member) []member {
	out := slices.Clone(members)
	slices.SortStableFunc(out, func(a, b member) int {
		switch {
		case a.Head == b.Head:
			return 0
		case a.Head:
			return -1
		}
		return 1
	})
	return out
}

// update writes a changed household and those of its members that have changed.
func (h *HouseholdPlan) update(tx *gorm.DB, v *models.Vault) error {
	row, seen := h.target.household, h.target.household.RowVersion
	row.HeadPinyin, row.HeadAbbr = Pinyin(row.HeadName)
	row.SourceHash, row.UpdatedAt, row.RowVersion = h.hash, now(), seen+1
	if err := row.SetSecret(v, h.target.secret); err != nil {
		return err
	}
	res := tx.Model(&models.Household{}).Where("id = ? AND row_version = ?", row.ID, seen).
		Select("no", "group_name", "head_name", "head_pinyin", "head_abbr", "population", "base_type", "sealed", "phone_mark", "index_key", "source_hash", "updated_at", "row_version").
		Updates(&row)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected != 1 {
		return errStale
	}
	for _, e := range h.target.people {
		if !e.dirty {
			continue
		}
		if err := writePerson(tx, v, row, e); err != nil {
			return err
		}
	}
	return nil
}

func writePerson(tx *gorm.DB, v *models.Vault, household models.Household, e existing) error {
	p := e.person
	p.UpdatedAt = household.UpdatedAt
	fresh := p.ID == ""
	if fresh {
		p.ID, p.HouseholdID, p.CreatedAt = models.NewID(), household.ID, household.UpdatedAt
	}
	if err := p.SetSecret(v, e.secret); err != nil {
		return err
	}
	if err := models.OnlyOnce(tx, v, &p); err != nil {
		return err
	}
	if fresh {
		return tx.Create(&p).Error
	}
	return tx.Model(&models.Person{}).Where("id = ?", p.ID).Select("name", "name_pinyin", "name_abbr", "is_head", "id_index", "sealed", "phone_mark", "index_key", "updated_at").Updates(&p).Error
}
