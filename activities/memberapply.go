package activities

import (
	"slices"
	"strings"

	"shouwang/internal/spell"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// applyMemberChange writes a change into the register, in the transaction that enters
// it: persons, population and head, of both households of a transfer (2.10). What is
// computed from the register, such as income per head, is read fresh by who asks.
func applyMemberChange(k *act) error {
	ch, err := k.change()
	if err != nil {
		return err
	}
	to := k.c.Facts.Text("target_household")
	for _, id := range inOrder(k.c.HouseholdID, to) {
		if err := lockHousehold(k.tx, id); err != nil {
			return err
		}
	}
	from, err := k.move(k.c.HouseholdID, func(h *models.Household) error {
		if ch.kind == procedure.MemberIncrease {
			return k.join(h, ch)
		}
		return k.leave(h, ch, to)
	})
	if err != nil {
		return err
	}
	grown, joined := from, ch.joining
	if to != "" {
		if grown, err = k.move(to, func(h *models.Household) error { joined, err = k.arrive(h, ch); return err }); err != nil {
			return err
		}
	}
	if word := seriousIllness(joined); word != "" {
		if err := k.e.clueByData(k.tx, grown, k.c, []string{word}, k.now); err != nil {
			return err
		}
	}
	// Ended from here on: the household may be struck off.
	return k.tx.Model(&models.Case{}).Where("id = ?", k.c.ID).UpdateColumn("closed_at", k.now).Error
}

func inOrder(ids ...string) []string {
	out := slices.DeleteFunc(ids, func(id string) bool { return id == "" })
	slices.Sort(out)
	return out
}

// move changes the members of a household and then its population by as many. A
// register that lists fewer members than it counts keeps the difference.
func (k *act) move(id string, do func(h *models.Household) error) (*models.Household, error) {
	h, err := household(k.tx, id)
	if err != nil {
		return nil, err
	}
	before, err := present(k.tx, id)
	if err != nil {
		return nil, err
	}
	if err := do(h); err != nil {
		return nil, err
	}
	after, err := present(k.tx, id)
	if err != nil {
		return nil, err
	}
	h.Population = max(h.Population+len(after)-len(before), len(after))
	h.UpdatedAt, h.RowVersion = k.now, h.RowVersion+1
	err = k.tx.Model(h).Select("population", "head_name", "head_pinyin", "head_abbr", "updated_at", "row_version").Updates(h).Error
	return h, err
}

// join adds new members. Somebody who has left a household before comes back as the
// same person.
func (k *act) join(h *models.Household, ch change) error {
	for _, row := range ch.joining {
		secret := models.PersonSecret{Relation: text(row, "relation"), Sex: text(row, "sex"), BirthDate: text(row, "birth_date"), Ethnicity: text(row, "ethnicity"),
			Phone: text(row, "phone"), Education: text(row, "education"), School: text(row, "school"), Health: text(row, "health"), Labour: text(row, "labour"),
			Medical: text(row, "medical"), InReason: ch.why}
		p := models.Person{ID: models.NewID(), CreatedAt: k.now}
		if number := text(row, "id_no"); number != "" {
			id, err := policy.ParseID(number)
			if err != nil {
				return err
			}
			indexes := k.e.Store.Vault.Indexes(id.Resident())
			err = k.tx.Where("id_index IN ?", indexes).Take(&p).Error
			if err != nil && !models.Missing(err) {
				return err
			}
			p.IDIndex, secret.IDNo = &indexes[0], id.Resident()
		}
		p.Name, p.IsHead, p.LeftAt = strings.TrimSpace(text(row, "name")), false, nil
		if err := k.settleIn(&p, h.ID, ch.on, secret); err != nil {
			return err
		}
	}
	return nil
}

// settleIn puts a person at the end of a household.
func (k *act) settleIn(p *models.Person, household string, on policy.Date, secret models.PersonSecret) error {
	var last int
	if err := k.tx.Model(&models.Person{}).Where("household_id = ?", household).Select("COALESCE(MAX(ord), -1)").Scan(&last).Error; err != nil {
		return err
	}
	joined := on.Start().UTC()
	p.HouseholdID, p.Ord, p.JoinedAt, p.UpdatedAt = household, last+1, &joined, k.now
	if err := p.SetSecret(k.e.Store.Vault, secret); err != nil {
		return err
	}
	if err := models.OnlyOnce(k.tx, k.e.Store.Vault, p); err != nil {
		return err
	}
	return k.tx.Save(p).Error
}

// leave takes members out of a household; those who go to another stay in it until
// they arrive there.
func (k *act) leave(h *models.Household, ch change, to string) error {
	here, err := present(k.tx, h.ID)
	if err != nil {
		return err
	}
	gone := ch.ids()
	for i := range here {
		p := &here[i]
		switch {
		case slices.Contains(gone, p.ID):
			err = k.takeOut(p, ch)
		case p.ID == ch.newHead:
			err = k.makeHead(h, p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (k *act) takeOut(p *models.Person, ch change) error {
	secret, err := p.Secret(k.e.Store.Vault)
	if err != nil {
		return err
	}
	secret.OutReason = ch.why
	left := ch.on.Start().UTC()
	p.LeftAt, p.IsHead, p.UpdatedAt = &left, false, k.now
	if err := p.SetSecret(k.e.Store.Vault, secret); err != nil {
		return err
	}
	return k.tx.Save(p).Error
}

func (k *act) makeHead(h *models.Household, p *models.Person) error {
	secret, err := p.Secret(k.e.Store.Vault)
	if err != nil {
		return err
	}
	secret.Relation = "户主"
	h.HeadName = secret.HeadName(p.Name)
	p.IsHead, p.UpdatedAt = true, k.now
	if err := p.SetSecret(k.e.Store.Vault, secret); err != nil {
		return err
	}
	h.HeadPinyin, h.HeadAbbr = spell.Pinyin(h.HeadName)
	return k.tx.Save(p).Error
}

// arrive takes those who were transferred into their new household, and returns what
// the register keeps of their health.
func (k *act) arrive(h *models.Household, ch change) ([]map[string]any, error) {
	var out []map[string]any
	for _, row := range ch.leaving {
		var p models.Person
		if err := k.tx.Where("id = ?", text(row, "person_id")).Take(&p).Error; err != nil {
			return nil, err
		}
		secret, err := p.Secret(k.e.Store.Vault)
		if err != nil {
			return nil, err
		}
		secret.Relation, secret.OutReason, secret.InReason = text(row, "new_relation"), "", ch.why
		out = append(out, map[string]any{"health": secret.Health})
		p.LeftAt = nil
		if err := k.settleIn(&p, h.ID, ch.on, secret); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// seriousIllness tells of a new member with a serious illness, which is a risk of the
// household (S003 #3).
func seriousIllness(joined []map[string]any) string {
	for _, row := range joined {
		if strings.Contains(text(row, "health"), "大病") {
			return "新增家庭成员患有大病"
		}
	}
	return ""
}
