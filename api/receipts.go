package api

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm/clause"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
)

// What an objector can ask afterwards. He is given a code; whoever has it learns whether the objection has been received, is
// being checked or has been answered, and how it ended. What was found stands in no public answer: it is about persons (2.14).

// receiptDigits are few enough to be copied by hand, and too many to be guessed.
const receiptDigits = 16

// receiptCode is the code of an objection. It follows from what was sent, so that the same request gets the same code, and
// from a key of ours.
func (s *server) receiptCode(notice, key string) string {
	sum := sha256.Sum256([]byte(s.engine.Store.Vault.Print("objection receipt\x00" + notice + "\x00" + key)))
	code := fmt.Sprintf("%0*d", receiptDigits, binary.BigEndian.Uint64(sum[:])%10_000_000_000_000_000)
	return strings.Join(slices.Collect(fours(code)), " ")
}

// digitsOf are the digits of a code however somebody writes it: in groups, full width.
func digitsOf(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		}
		return -1
	}, code)
}

// keepReceipt lets an objection be asked for by its code.
func (s *server) keepReceipt(ctx context.Context, code, caseID string) error {
	row := models.ObjectionReceipt{CodeHash: tokenHash(digitsOf(code)), CaseID: caseID, CreatedAt: s.engine.Clock.Now()}
	return s.db(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
}

// standing is how an objection stands.
type standing struct {
	State, Text string
	// Due is by when the next thing is to happen, "" when nothing is awaited.
	Due string
}

// standingOf tells how the objection with a code stands.
func (s *server) standingOf(ctx context.Context, code string) (*standing, error) {
	digits := digitsOf(code)
	if len(digits) != receiptDigits {
		return nil, notFound()
	}
	var c models.Case
	err := s.db(ctx).Where("id = (SELECT case_id FROM objection_receipts WHERE code_hash = ?) AND procedure = 'objection'", tokenHash(digits)).Take(&c).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	if err != nil {
		return nil, err
	}
	out := toldInPublic(&c)
	if c.ClosedAt != nil {
		return &out, nil
	}
	var clock models.ClockRow
	err = s.db(ctx).Where("case_id = ? AND stopped_at IS NULL", c.ID).Order("due_at, id").Take(&clock).Error
	if models.Missing(err) {
		return &out, nil
	}
	if last := parseDay(clock.LastDay); !last.IsZero() {
		out.Due = map[string]string{"accept": "最迟在%s受理。", "investigate": "最迟在%s核查完。", "reply": "最迟在%s答复。", "ask": "对答复不服的，%s前可以向乡镇申请复核。", "second": "最迟在%s作出复核结论。"}[clock.Code]
		if out.Due != "" {
			out.Due = fmt.Sprintf(out.Due, last.Chinese())
		}
	}
	return &out, err
}

// toldInPublic are the three things that everybody may be told of an objection, in the words of the village.
func toldInPublic(c *models.Case) standing {
	switch c.State {
	case "received":
		return standing{State: "已收到", Text: "您的异议已经收到，正在等待受理。"}
	case "accepted", "investigating", "upheld", "overruled":
		return standing{State: "正在核查", Text: "您的异议已经受理，由两人以上核查。查清后会答复。"}
	case "second_review":
		return standing{State: "正在核查", Text: "已经申请复核，由上一级重新核查。"}
	case "out_of_scope":
		return standing{State: "已答复", Text: "经研究，您反映的事情不属于这则公示的异议，没有受理。原因可以打电话或者当面询问，也可以按信访渠道反映。"}
	}
	upheld := c.Facts.Count["find_upheld"] > 0
	if result := c.Facts.Text("result"); result != "" { // of the second review
		upheld = result == "upheld"
	}
	out := standing{State: "已答复", Text: "经核查，异议不成立，公示的事项不变。"}
	if upheld {
		out.Text = "经核查，异议成立，公示的事项重新核实。"
	}
	on := ""
	if at, ok := c.Facts.At["reply"]; ok {
		on = policy.DateOf(at).Chinese()
	}
	switch c.Facts.Text("mode") {
	case "written":
		out.Text += on + "已经书面答复。"
	case "village":
		out.Text += on + "已经在村内说明。"
	}
	return out
}

// object takes an objection from anybody, anonymous ones too, and fires it on the notice. The answer says nothing about
// the case behind it.
func (s *server) object(ctx context.Context, notice, key string, in gen.ObjectionRequest) (gen.ObjectionReply, error) {
	if ok, _ := s.publicRL.Allow(echoOf(ctx).RealIP()); !ok {
		return gen.ObjectionReply{}, tooMany("too_many", "提交过于频繁，请稍后再试", 60)
	}
	n, err := s.findPublicNotice(ctx, notice)
	if err != nil {
		return gen.ObjectionReply{}, err
	}
	reply, err := s.fireObjection(ctx, n, key, in)
	if err != nil {
		return gen.ObjectionReply{}, err
	}
	c, err := s.openedBy(ctx, reply)
	if err != nil {
		return gen.ObjectionReply{}, err
	}
	code := s.receiptCode(n.ID, key)
	return gen.ObjectionReply{Receipt: c.No, Code: code, At: reply.At,
		Message: "异议已收到，将由村、乡镇核查。请记下查询码，凭它查办理情况；凭受理编号可向村或乡镇询问、申请复核。"}, s.keepReceipt(ctx, code, c.ID)
}
