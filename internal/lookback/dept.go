package lookback

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"

	"shouwang/internal/demo"
	"shouwang/models"
	"shouwang/policy"
)

// medicalColumns are what the headings of the department mean; nobody can tell of two of them before it has said so.
var medicalColumns = map[string]string{"姓名": "name", "证件": "id_no", "年度": "year", "本人承担（元）": "own"}

// expense is what the medical insurance knows of a household. The list names two persons wrongly: one is who is meant, the
// other somebody else.
type expense struct {
	h       *home
	yuan    int
	misread bool // the name on the list is another
	other   bool // and so is the person
}

// medicalList brings what the medical insurance knows of some households, as its department does, and has the township look
// at the doubtful. The forms of half of them will not say so.
func (p *Play) medicalList(ctx context.Context, list []*home) error {
	var rows []expense
	for i, h := range list {
		x := expense{h: h, yuan: 6000 + 100*i, misread: i < 2, other: i == 1}
		switch {
		case x.other: // it has spent nothing, and its form says so
		case i%2 == 0:
			p.faults.add("expense_unknown", h.ID, "")
		default:
			h.spent = int64(x.yuan) * 100
		}
		rows = append(rows, x)
	}
	file, err := p.medicalFile(ctx, rows)
	if err != nil {
		return err
	}
	if err := p.bring(ctx, file, len(rows)); err != nil {
		return err
	}
	return p.doubts(ctx, rows)
}

func (p *Play) medicalFile(ctx context.Context, list []expense) ([]byte, error) {
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	rows := [][]string{{"姓名", "证件", "年度", "本人承担（元）"}}
	for _, x := range list {
		var heads []models.Person
		if err := p.Engine.Store.DB.WithContext(ctx).Where("household_id = ? AND is_head", x.h.ID).Find(&heads).Error; err != nil || len(heads) == 0 {
			return nil, errors.Join(err, fmt.Errorf("household %s has no head", x.h.No))
		}
		s, err := heads[0].Secret(p.Engine.Store.Vault)
		if err != nil {
			return nil, err
		}
		name := heads[0].Name
		if x.misread {
			name = string([]rune(name)[0]) + "某某"
		}
		rows = append(rows, []string{name, s.IDNo, fmt.Sprint(p.clock().Now().Year()), fmt.Sprint(x.yuan)})
	}
	err := w.WriteAll(rows)
	return file.Bytes(), err
}

// bring saves what the columns mean, looks at the preview and confirms it.
func (p *Play) bring(ctx context.Context, file []byte, rows int) error {
	c, err := p.as(ctx, demo.MedicalInsurance)
	if err != nil {
		return err
	}
	words := map[string]string{"kind": "medical_cost", "as_of": policy.DateOf(p.clock().Now()).String()}
	send := func(path string, words map[string]string, out any) error {
		return c.Send(ctx, path, "", words, "医疗费用.csv", "text/csv", file, out)
	}
	var before struct {
		Faults []json.RawMessage `json:"mapping_faults"`
	}
	if err := send("/dept-files/preview", words, &before); err != nil {
		return err
	}
	if len(before.Faults) == 0 {
		return errors.New("the columns of the list are known before anybody has said what they mean")
	}
	if err := c.Put(ctx, "/dept-mappings", map[string]any{"kind": "medical_cost", "expected_version": 0, "columns": medicalColumns}, nil); err != nil {
		return err
	}
	var seen struct {
		SHA256 string            `json:"sha256"`
		Faults []json.RawMessage `json:"mapping_faults"`
		Usable int               `json:"usable"`
	}
	if err := send("/dept-files/preview", words, &seen); err != nil {
		return err
	}
	if len(seen.Faults) > 0 || seen.Usable != rows {
		return fmt.Errorf("%d of %d rows of the list are usable, %s", seen.Usable, rows, seen.Faults)
	}
	words["confirm"] = seen.SHA256
	var list struct {
		State string `json:"state"`
		ID    string `json:"id"`
	}
	if err := send("/dept-files/import", words, &list); err != nil {
		return err
	}
	if list.State != "done" {
		return fmt.Errorf("the list is %s", list.State)
	}
	return nil
}

// doubts has the county say whom the list means: by the same number one is, the other is not.
func (p *Play) doubts(ctx context.Context, list []expense) error {
	c, err := p.as(ctx, county)
	if err != nil {
		return err
	}
	var page struct {
		Items []struct {
			ID         string `json:"id"`
			Seq        int    `json:"seq"`
			Candidates []struct {
				PersonID  string `json:"person_id"`
				Household string `json:"household_id"`
			} `json:"candidates"`
		} `json:"items"`
	}
	if err := c.Get(ctx, "/dept-reviews", nil, &page); err != nil {
		return err
	}
	same, not := 0, 0
	for _, r := range page.Items {
		if len(r.Candidates) != 1 {
			return fmt.Errorf("%d candidates", len(r.Candidates))
		}
		body := map[string]any{"decision": "same", "person_id": r.Candidates[0].PersonID, "note": "证件相同，姓名为曾用名", "expected_seq": r.Seq}
		for _, x := range list {
			if x.h.ID == r.Candidates[0].Household && x.other {
				body = map[string]any{"decision": "not_same", "note": "证件号录错，并非本人", "expected_seq": r.Seq}
			}
		}
		if body["decision"] == "same" {
			same++
		} else {
			not++
		}
		if err := c.Post(ctx, "/dept-reviews/"+r.ID, "", body, nil); err != nil {
			return err
		}
	}
	if same != 1 || not != 1 {
		return fmt.Errorf("%d doubts were confirmed, %d were not", same, not)
	}
	p.Say("医保部门名单 %d 行：保存列对应、预览、确认导入；疑似 2 人由县级核对，是同一人 %d、不是 %d（%s）", len(list), same, not, demo.County)
	return nil
}
