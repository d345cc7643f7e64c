package activities

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/internal/notify"
	"shouwang/models"
	"shouwang/policy"
)

// What leaves the server names nobody and says nothing that somebody has written: the procedure, the number of the case, the
// deadline, and where to read the rest.

// mostUrgent is how many cases a digest names.
const mostUrgent = 5

// personalTitles are what is said of a message that is about the account of its reader.
var personalTitles = map[string]string{"absence": "请假代办有新的安排", "account": "您的账号有变动", "admin": "有管理申请待您批准"}

// letters composes what goes out.
type letters struct {
	e   *Engine
	tx  *gorm.DB
	url string // "" where no links can be given
}

func (l letters) link(path string) string {
	if l.url == "" {
		return ""
	}
	return strings.TrimSuffix(l.url, "/") + path
}

// message composes one message; nil when its case is over, or its limit: nothing can be done any more.
func (l letters) message(m *models.Message) (*notify.Notice, error) {
	if m.CaseID == "" {
		title := personalTitles[m.Kind]
		if title == "" {
			title = "您有一条新消息"
		}
		return &notify.Notice{Title: title, Lines: []string{"请登录后在“消息”中查看。"}, Link: l.link("/messages")}, nil
	}
	var c models.Case
	err := l.tx.Select("id", "no", "procedure", "version", "closed_at").Where("id = ?", m.CaseID).Take(&c).Error
	if models.Missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var clock []models.ClockRow
	if err := l.tx.Where("id = ?", m.ClockID).Find(&clock).Error; err != nil {
		return nil, err
	}
	if c.ClosedAt != nil || len(clock) > 0 && clock[0].StoppedAt != nil {
		return nil, nil
	}
	d, err := definition(&c)
	if err != nil {
		return nil, err
	}
	n := &notify.Notice{Title: fmt.Sprintf("%s：%s（%s）", policy.ActionTitle(m.Kind), d.Title, c.No), Link: l.link("/cases/" + c.ID)}
	if len(clock) > 0 {
		n.Lines = append(n.Lines, "期限："+l.dueWords(clock[0].DueAt))
	}
	n.Lines = append(n.Lines, "请登录后查看和办理。")
	return n, nil
}

// dueWords tell a deadline, and how it stands.
func (l letters) dueWords(due time.Time) string {
	now := l.e.Clock.Now()
	last, today := policy.DateOf(due.Add(-time.Nanosecond)), policy.DateOf(now)
	switch {
	case !now.Before(due):
		return fmt.Sprintf("%s（已超期）", last.Chinese())
	case last == today:
		return fmt.Sprintf("%s（今天到期）", last.Chinese())
	}
	return last.Chinese()
}

// waiting is a case that somebody was reminded of and that still waits.
type waiting struct {
	ID, No, Procedure string
	Version           int
	DueAt             time.Time
}

// digest composes the digest of some readers; nil when nothing of what they were told waits any more. For one reader alone
// only what he has not read counts. Only cases below an area do.
func (l letters) digest(readers []string, alone bool, area string) (*notify.Notice, error) {
	now := l.e.Clock.Now()
	told := l.tx.Table("messages m").Where("m.user_id IN ? AND m.deliver_at <= ?", readers, now)
	if alone {
		told = told.Where("m.read_at IS NULL")
	}
	told = told.Session(&gorm.Session{})
	open := told.Joins("JOIN clocks k ON k.id = m.clock_id AND k.stopped_at IS NULL").Joins("JOIN cases c ON c.id = m.case_id AND c.closed_at IS NULL").
		Where("substr(c.region_code, 1, ?) = ?", len(area), area).Session(&gorm.Session{})
	var sum struct{ All, Overdue, Today, Unread int }
	err := open.Select("COUNT(DISTINCT c.id) AS all_cases, COUNT(DISTINCT CASE WHEN k.due_at <= ? THEN c.id END) AS overdue, COUNT(DISTINCT CASE WHEN k.due_at > ? AND k.due_at <= ? THEN c.id END) AS today",
		now, now, policy.DateOf(now).End().UTC()).Row().Scan(&sum.All, &sum.Overdue, &sum.Today)
	if err != nil {
		return nil, err
	}
	if alone {
		var n int64
		if err := told.Count(&n).Error; err != nil {
			return nil, err
		}
		sum.Unread = int(n)
	}
	if sum.All+sum.Unread == 0 {
		return nil, nil
	}
	var rows []waiting // a case comes once for each of its clocks
	err = open.Select("DISTINCT c.id, c.no, c.procedure, c.version, k.due_at").Order("k.due_at, c.id").Limit(mostUrgent * 4).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	rows = slices.CompactFunc(rows, func(a, b waiting) bool { return a.ID == b.ID })
	rows = rows[:min(len(rows), mostUrgent)]
	n := &notify.Notice{Title: fmt.Sprintf("%s提醒汇总：%d 件待办，其中超期 %d 件", policy.DateOf(now).Chinese(), sum.All, sum.Overdue), Link: l.link("/messages")}
	if !alone {
		n.Link = l.link("/")
	}
	n.Lines = append(n.Lines, fmt.Sprintf("已超期 %d 件，今天到期 %d 件，其他 %d 件。", sum.Overdue, sum.Today, sum.All-sum.Overdue-sum.Today))
	if alone {
		n.Lines = append(n.Lines, fmt.Sprintf("未读消息 %d 条。", sum.Unread))
	}
	for i, w := range rows {
		d, err := definition(&models.Case{Procedure: w.Procedure, Version: w.Version})
		if err != nil {
			return nil, err
		}
		n.Lines = append(n.Lines, fmt.Sprintf("%d. %s %s 期限：%s", i+1, d.Title, w.No, l.dueWords(w.DueAt)))
	}
	return n, nil
}
