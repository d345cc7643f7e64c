package activities

import (
	"fmt"
	"slices"
	"time"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// privacy checks what is about to be public against the whitelist and for hidden
// personal data (5.6). The telephone is typed when the sheet is posted, and stands on
// it; where the sheet hangs does not, but is no hiding place either.
func privacy(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	sheet := k.form
	if k.ev.Code == "post" {
		draft, err := k.e.lastForm(k.tx, k.c.ID, "submit_draft")
		if err != nil {
			return failed(err)
		}
		sheet = draft
	}
	fields := noticeFields(k, sheet)
	if phone, ok := k.form["phone"].(string); ok {
		fields = append(fields, policy.NoticeField{Code: "objection_phone", Value: phone})
	}
	var faults []procedure.FieldFault
	for _, f := range policy.CheckNotice(fields, text(k.form, "place"), append(k.policy.Strings("public_fields"), "objection_phone")) {
		if f.Field == "text" && f.Code == "notice_address" {
			continue // a board has an address
		}
		faults = append(faults, procedure.FieldFault{Field: typedAs(f.Field), Code: f.Code, Message: f.Message})
	}
	return faults
}

// typedAs is the field of our form that a place in a notice was typed into.
func typedAs(place string) string {
	switch place {
	case "objection_phone":
		return "phone"
	case "text":
		return "place"
	}
	return place
}

// noticeFields are the answers of a sheet in a fixed order. Where and whom to
// call belong to the posting, not to the sheet.
func noticeFields(k *act, sheet map[string]any) []policy.NoticeField {
	var out []policy.NoticeField
	for _, code := range sortedKeys(sheet) {
		if k.ev.Code != "submit_draft" && slices.Contains([]string{"place", "phone", "channel", "photo"}, code) {
			continue
		}
		if i := slices.IndexFunc(k.ev.Form, func(f procedure.Field) bool { return f.Code == code }); i >= 0 && k.ev.Form[i].Class != procedure.P0 {
			continue // not for the public
		}
		out = append(out, policy.NoticeField{Code: code, Value: fmt.Sprint(sheet[code])})
	}
	return out
}

// privacyFails: the township says what is wrong; the system, which fires this by
// rule, must have found something itself.
func privacyFails(k *act) []procedure.FieldFault {
	if k.actor.Role.Human() {
		return nil
	}
	asked := *k
	asked.ev = &procedure.Event{Code: "post"}
	if len(privacy(&asked)) == 0 {
		return no("", "privacy_passes", "公示内容没有发现隐私问题")
	}
	return nil
}

// window is when the notice period of a notice is over, and whether it has begun.
func (k *act) window() (time.Time, bool, error) {
	rows, err := runningClocks(k.tx, k.c.ID)
	if err != nil {
		return time.Time{}, false, err
	}
	i := slices.IndexFunc(rows, func(r models.ClockRow) bool { return r.Code == "window" })
	if i < 0 {
		return time.Time{}, false, nil
	}
	return rows[i].DueAt, true, nil
}

func inWindow(k *act) []procedure.FieldFault {
	due, ok, err := k.window()
	if err != nil {
		return failed(err)
	}
	if !ok || !k.now.Before(due) {
		return no("", "window_over", "公示期已满，请按信访或错纳核查渠道反映")
	}
	return nil
}

func windowOver(k *act) []procedure.FieldFault {
	due, ok, err := k.window()
	if err != nil {
		return failed(err)
	}
	if !ok || k.now.Before(due) {
		return no("", "window_running", "公示期未满")
	}
	return nil
}

func neverObjected(k *act) []procedure.FieldFault {
	if n := k.c.Facts.Count["object"]; n > 0 {
		return no("", "objected", "公示期内有 %d 次异议", n)
	}
	return nil
}

func allOverruled(k *act) []procedure.FieldFault {
	objected, overruled := k.c.Facts.Count["object"], k.c.Facts.Count["overrule"]
	if objected == 0 || objected != overruled {
		return no("", "objections_open", "异议 %d 次，已作出不成立结论 %d 次", objected, overruled)
	}
	return nil
}

// findings of 2.14 by its states; an objection out of scope counts as overruled.
var objectionStates = map[string][]procedure.State{
	"overruled": {"overruled", "out_of_scope"},
	"upheld":    {"upheld"},
}

// objectionFinding ties the notice to the objection case it has opened: the
// village may not overrule what the handlers found justified, nor decide before
// they have found anything.
func objectionFinding(k *act) []procedure.FieldFault {
	var last models.Case
	err := k.tx.Where("parent_id = ? AND procedure = ?", k.c.ID, "objection").Order("id DESC").Take(&last).Error
	if models.Missing(err) {
		return no("", "objection_missing", "没有异议记录")
	}
	if err != nil {
		return failed(err)
	}
	result := last.Facts.Text("result") // of a second review
	for name, states := range objectionStates {
		if slices.Contains(states, last.State) || last.Facts.Count["find_"+name] > 0 && result == "" {
			result = name
		}
	}
	if result == "" {
		return no("", "finding_missing", "异议核查尚无结论")
	}
	if result != k.arg {
		return no("", "finding_differs", "异议核查结论与本操作不一致")
	}
	return nil
}

// endPhoto wants a photo of the sheet taken on the last day or after.
func endPhoto(k *act) []procedure.FieldFault {
	due, ok, err := k.window()
	if err != nil {
		return failed(err)
	}
	var n int64
	err = k.tx.Model(&models.Attachment{}).Where("case_id = ? AND kind = ? AND created_at >= ?", k.c.ID, "end_photo", due.AddDate(0, 0, -1)).Count(&n).Error
	if err != nil {
		return failed(err)
	}
	if !ok || n == 0 {
		return no("", "end_photo_missing", "请上传公示期满照片")
	}
	return nil
}

func parentEnded(k *act) []procedure.FieldFault {
	parent, err := take(k.tx, k.c.ParentID)
	if err != nil {
		return failed(err)
	}
	if parent.ClosedAt == nil {
		return no("", "parent_open", "所属事项仍在办理，公示不能撤回")
	}
	return nil
}

// handlers are those who took the objection on or signed to investigate it.
func handlers(c *models.Case) []string {
	all := append(slices.Clone(c.Facts.By["accept"]), c.Facts.By["start"]...)
	slices.Sort(all)
	return slices.Compact(all)
}

func isHandler(k *act) []procedure.FieldFault {
	if !slices.Contains(handlers(k.c), k.actor.Person()) {
		return no("", "not_handler", "应由本件承办人办理")
	}
	return nil
}

// handlerNotNamed keeps whoever the complaint is about from handling it.
func handlerNotNamed(k *act) []procedure.FieldFault {
	form, err := k.objectionForm()
	if err != nil {
		return failed(err)
	}
	named := text(form, "named_person")
	if named == "" {
		return nil
	}
	own, away, err := k.names(k.actor)
	if err != nil {
		return failed(err)
	}
	if own == named || away == named {
		return no("", "handler_is_named", "您是被反映人，应当回避")
	}
	return nil
}

// objectionForm is what the objector wrote: with the objection case itself, or
// with the notice it was raised on.
func (k *act) objectionForm() (map[string]any, error) {
	var opened models.CaseEvent
	err := k.tx.Where("case_id = ? AND kind = ?", k.c.ID, "open").Take(&opened).Error
	if err != nil {
		return nil, err
	}
	form, err := k.e.Payload(&opened)
	if err != nil || len(form) > 0 || k.c.ParentID == "" {
		return form, err
	}
	return k.e.lastForm(k.tx, k.c.ParentID, "object")
}

// aboveHandler: the second review is done one level above those who handled it, the
// one who took it on as well as those who signed to investigate it.
func aboveHandler(k *act) []procedure.FieldFault {
	var handled int64
	err := k.tx.Model(&models.CaseEvent{}).Where("case_id = ? AND actor_role = ?", k.c.ID, procedure.TownshipOffice).
		Where("(event = ? OR kind = ? AND event = ?)", "accept", "endorse", "start").Count(&handled).Error
	if err != nil {
		return failed(err)
	}
	if handled > 0 && k.actor.Role != procedure.CountyOffice {
		return no("", "not_above_handler", "本件由乡镇承办，应由县级复核")
	}
	return nil
}

// isObjector: the objector himself, when he has an account; what a cadre records
// for him names him in the form.
func isObjector(k *act) []procedure.FieldFault {
	if k.actor.OnBehalf || k.asking {
		return nil
	}
	var raised []string
	err := k.tx.Model(&models.CaseEvent{}).Where("case_id = ? AND event = ? AND actor_id <> ''", k.c.ParentID, "object").Pluck("actor_id", &raised).Error
	if err != nil {
		return failed(err)
	}
	if !slices.Contains(raised, k.actor.UserID) {
		return no("", "not_objector", "只有异议人可以申请复核；匿名异议请由村或乡镇代为登记")
	}
	return nil
}

func askWindow(k *act) []procedure.FieldFault {
	rows, err := runningClocks(k.tx, k.c.ID)
	if err != nil {
		return failed(err)
	}
	for _, r := range rows {
		if r.Code == "ask" && k.now.Before(r.DueAt) {
			return nil
		}
	}
	return no("", "ask_window_over", "申请复核的期限已过")
}
