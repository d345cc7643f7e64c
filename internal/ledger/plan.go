package ledger

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"shouwang/internal/howfar"
	"shouwang/models"
	"shouwang/policy"
)

// Action is what an import does with a household.
type Action string

// The four outcomes of a household.
const (
	Create Action = "create"
	Update Action = "change"
	Leave  Action = "leave"
	Reject Action = "reject"
)

// Title is the outcome in words.
func (a Action) Title() string {
	return map[Action]string{Create: "新增", Update: "更新", Leave: "无变化", Reject: "未导入"}[a]
}

// Scope bounds an import: no household outside Regions, codes of 6, 9 or 12 digits, is written, and nothing is told of one;
// "" among them bounds nothing and is for the operator at the command line only. Now decides which birth dates lie in the
// future.
type Scope struct {
	Regions []string
	Now     time.Time
}

// covers tells whether a village lies in the area.
func (s Scope) covers(village string) bool {
	return slices.ContainsFunc(s.Regions, func(r string) bool { return strings.HasPrefix(village, r) })
}

// Change is one value that an import will write over another. Numbers and addresses are masked.
type Change struct {
	Subject string `json:"subject"` // 户, or the name of the person
	Field   string `json:"field"`
	Old     string `json:"old"`
	New     string `json:"new"`
}

// HouseholdPlan is what will happen to one household.
type HouseholdPlan struct {
	Action  Action   `json:"action"`
	No      string   `json:"no"`
	Head    string   `json:"head"`
	Village string   `json:"village"` // full path
	Members int      `json:"members"`
	Sheet   string   `json:"sheet"`
	Lines   []int    `json:"lines"`
	Changes []Change `json:"changes,omitempty"`
	Faults  []Fault  `json:"faults,omitempty"`

	rec    record
	hash   string
	target *target // what Apply writes over; nil for a new household
	signs  []string
}

// Plan is the preview of an import: what it will create, change and leave, and what is wrong. Apply carries it out.
type Plan struct {
	File       string          `json:"file,omitempty"` // set by the caller, kept in the record of the import
	SHA256     string          `json:"sha256"`
	Households []HouseholdPlan `json:"households"`
	Unknown    []string        `json:"unknown,omitempty"` // headings that were not understood
	Skipped    []string        `json:"skipped,omitempty"` // sheets without a heading
	Created    int             `json:"created"`
	Changed    int             `json:"changed"`
	Unchanged  int             `json:"unchanged"`
	Rejected   int             `json:"rejected"`
	People     int             `json:"people"` // in households that are not rejected

	// Found, when set before Apply, hears of new signs of risk.
	Found Found `json:"-"`

	ledger *Ledger
}

// Faults lists all faults and notes, in the order of the file.
func (p *Plan) Faults() []Fault {
	var out []Fault
	for _, h := range p.Households {
		out = append(out, h.Faults...)
	}
	return out
}

// NewPlan compares a ledger with the database and writes nothing. A household with a fault in any of its rows is
// rejected whole; notes reject nothing. A blank cell means "not stated" and never erases a value. Persons whom the
// database has and the ledger has not are left where they are: leaving a household is a procedure of its own (S002
// S2-051). A household whose rows have not changed since they were imported is left alone, even if the office has
// corrected it since.
func NewPlan(ctx context.Context, store *models.Store, l *Ledger, scope Scope) (*Plan, error) {
	if scope.Now.IsZero() || len(scope.Regions) == 0 {
		return nil, errors.New("ledger: scope needs an area and a time")
	}
	places, err := loadVillages(ctx, store, scope.Regions)
	if err != nil {
		return nil, err
	}
	bs := bundles(l)
	work := make([]*checker, len(bs))
	for i, b := range bs {
		c := &checker{faults: faults{sheet: b.sheet}, today: policy.DateOf(scope.Now)}
		c.household(b)
		c.place(b, places)
		c.number(store.Vault)
		work[i] = c
	}
	acrossFile(work)
	known, err := loadKnown(ctx, store, work)
	if err != nil {
		return nil, err
	}
	p := &Plan{ledger: l, SHA256: l.SHA256, Unknown: l.Unknown(), Skipped: l.Skipped, Households: make([]HouseholdPlan, 0, len(work))}
	rows, total := 0, l.rows()
	for i, c := range work {
		howfar.Tell(ctx, rows, total)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows += len(bs[i].rows)
		h, err := c.plan(store.Vault, known, scope)
		if err != nil {
			return nil, err
		}
		h.Village = places.byCode[c.rec.Region].Path
		for _, r := range bs[i].rows {
			h.Lines = append(h.Lines, r.Line)
		}
		p.add(h)
	}
	return p, nil
}

func (p *Plan) add(h HouseholdPlan) {
	p.Households = append(p.Households, h)
	switch h.Action {
	case Create:
		p.Created++
	case Update:
		p.Changed++
	case Leave:
		p.Unchanged++
	case Reject:
		p.Rejected++
		return
	}
	p.People += h.Members
}

// number gives each member the blind index of the identity number, and a household without a number one that follows
// from its village and head, so that the same rows get the same number again.
func (c *checker) number(v *models.Vault) {
	for i := range c.rec.Members {
		if m := &c.rec.Members[i]; m.Secret.IDNo != "" {
			all := v.Indexes(m.Secret.IDNo)
			m.index, m.others = all[0], all[1:]
		}
	}
	head := c.rec.head()
	if c.rec.No != "" || head == nil {
		return
	}
	if head.index == "" {
		if !c.bad() {
			c.add(head.row, IDNo, "LED-214", "既没有户编号，也没有户主身份证号，无法确认是哪一户")
		}
		return
	}
	c.rec.No = c.rec.Region + derivedMark + v.Print(head.Secret.IDNo)[:10]
}

// derivedMark stands in household numbers that this package has made up.
const derivedMark = "-Z"

// acrossFile finds household numbers, persons and telephone numbers that stand in more than one place of the file.
func acrossFile(work []*checker) {
	type spot struct {
		c   *checker
		row *Row
	}
	numbers, ids, phones := map[string]spot{}, map[string]spot{}, map[string]spot{}
	for _, c := range work {
		first := c.rec.Members[0].row
		if other, ok := numbers[c.rec.No]; ok && c.rec.No != "" {
			c.add(first, HouseholdNo, "LED-218", "户编号与“%s”第 %d 行重复", other.c.sheet.Name, other.row.Line)
			other.c.add(other.row, HouseholdNo, "LED-218", "户编号与“%s”第 %d 行重复", c.sheet.Name, first.Line)
		} else {
			numbers[c.rec.No] = spot{c, first}
		}
		for _, m := range c.rec.Members {
			field := IDNo
			if m.row.Values[IDNo] == "" {
				field = HeadID
			}
			if other, ok := ids[m.index]; ok && m.index != "" {
				c.add(m.row, field, "LED-120", "证件号与“%s”第 %d 行重复", other.c.sheet.Name, other.row.Line)
				if other.c != c {
					other.c.add(other.row, field, "LED-120", "证件号与“%s”第 %d 行重复", c.sheet.Name, m.row.Line)
				}
			} else {
				ids[m.index] = spot{c, m.row}
			}
			phone := m.Secret.Phone
			if other, ok := phones[phone]; ok && phone != "" && other.c != c {
				c.note(m.row, Phone, "LED-302", "手机号与“%s”第 %d 行另一户相同，请核对", other.c.sheet.Name, other.row.Line)
			} else {
				phones[phone] = spot{c, m.row}
			}
		}
	}
}
