package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
)

// One task after the other: which comes next, and why.

// NextTask is the task that comes after another, or the most urgent one.
func (s *server) NextTask(ctx context.Context, r gen.NextTaskRequestObject) (gen.NextTaskResponseObject, error) {
	v := viewerOf(ctx)
	tx := s.db(ctx).Model(&models.Task{})
	after := &models.Case{}
	if id := r.Params.After; id != "" {
		tx = tx.Where("tasks.id <> ?", id)
		t, _, err := s.findTask(ctx, v, id)
		if err == nil {
			after.ID, after.RegionCode = t.CaseID, t.RegionCode
		} else if toProblem(err).status != http.StatusNotFound {
			return nil, err
		}
	}
	task, reason, err := s.nextOf(ctx, v, tx, queuesOf(v), after)
	return gen.NextTask200JSONResponse(gen.NextTask{Task: task, Reason: reason}), err
}

// nextOf is the task that comes next after work on a case, and why: the most urgent one, and of those due on the same day
// first what the case itself still needs, then what waits in the same village, so that nobody goes there twice.
func (s *server) nextOf(ctx context.Context, v *viewer, tx *gorm.DB, queues []string, after *models.Case) (gen.Task, string, error) {
	rows, err := mostUrgent(tx, v, queues, nil, defaultLimit-1)
	if err != nil || len(rows) == 0 {
		return gen.Task{}, "", err
	}
	first := dueDay(rows[0].DueAt)
	rows = slices.DeleteFunc(rows, func(t models.Task) bool { return dueDay(t.DueAt) != first })
	next, why := rows[0], "最急：%s"
	if i := slices.IndexFunc(rows, func(t models.Task) bool { return t.CaseID == after.ID }); i >= 0 {
		next, why = rows[i], "同一事项、最急：%s"
	} else if i := slices.IndexFunc(rows, func(t models.Task) bool { return t.RegionCode == after.RegionCode }); i >= 0 {
		next, why = rows[i], "同村、最急：%s"
	}
	var known []models.Case
	if next.CaseID == after.ID && after.Procedure != "" {
		known = append(known, *after)
	}
	items, err := s.tasks(ctx, v, []models.Task{next}, known...)
	if err != nil {
		return gen.Task{}, "", err
	}
	return items[0], fmt.Sprintf(why, urgency(items[0])), nil
}

// dueDay is the last day that belongs to a limit.
func dueDay(dueAt time.Time) policy.Date { return policy.DateOf(dueAt.Add(-time.Nanosecond)) }

// farDays is how far ahead working days are counted.
const farDays = 400

// workdaysLeft is how many working days are left of a limit, not counting today; less than none when it is over, nil
// without one. After the last day of a limit, on days that are none of work, it is over by no working day.
func (s *server) workdaysLeft(dueAt time.Time) *int {
	today, last := policy.DateOf(s.engine.Clock.Now()), dueDay(dueAt)
	if !dueAt.Before(models.FarFuture) || last.Sub(today) > farDays || today.Sub(last) > farDays {
		return nil
	}
	n, _ := s.engine.CalendarNow().WorkdaysBetween(today, last)
	return &n
}

// urgency is how soon a task is due, in words.
func urgency(t gen.Task) string {
	switch {
	case t.Bucket == gen.TaskBucketNone:
		return "没有更急的"
	case t.Bucket == gen.TaskBucketToday:
		return "今日到期"
	case t.WorkdaysLeft == nil:
		return map[bool]string{true: "已超期一年以上", false: "期限在一年以后"}[t.Overdue]
	case t.Overdue && *t.WorkdaysLeft == 0:
		return "已超期，不足 1 个工作日"
	case t.Overdue:
		return fmt.Sprintf("已超期 %d 个工作日", -*t.WorkdaysLeft)
	}
	return fmt.Sprintf("剩 %d 个工作日", *t.WorkdaysLeft)
}
