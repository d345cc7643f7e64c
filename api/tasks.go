package api

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// taskOrders are the ways in which tasks are listed: the most urgent first, or the latest.
var taskOrders = orders[models.Task]{
	byMoment("due", "tasks", "due_at", false, func(t *models.Task) (time.Time, string) { return t.DueAt, t.ID }),
	byMoment("opened", "tasks", "opened_at", true, func(t *models.Task) (time.Time, string) { return t.OpenedAt, t.ID }),
}

// ListTasks is the inbox, most urgent first.
func (s *server) ListTasks(ctx context.Context, r gen.ListTasksRequestObject) (gen.ListTasksResponseObject, error) {
	page, err := s.taskList(ctx, r.Params)
	return gen.ListTasks200JSONResponse(page), err
}

// QueryTasks is the same with what is searched for in the body.
func (s *server) QueryTasks(ctx context.Context, r gen.QueryTasksRequestObject) (gen.QueryTasksResponseObject, error) {
	b := r.Body
	page, err := s.taskList(ctx, gen.ListTasksParams{Cursor: b.Cursor, Limit: b.Limit, Q: b.Q, Village: b.Village, Procedure: b.Procedure, Due: b.Due, Mine: b.Mine, Returned: b.Returned, Sort: gen.TaskSort(b.Sort), Count: b.Count})
	return gen.QueryTasks200JSONResponse(page), err
}

func (s *server) taskList(ctx context.Context, p gen.ListTasksParams) (gen.TaskPage, error) {
	page := gen.TaskPage{Items: []gen.Task{}}
	order, after, err := taskOrders.of(string(p.Sort), p.Cursor)
	if err != nil {
		return page, err
	}
	v := viewerOf(ctx)
	tx := s.narrowTasks(s.db(ctx).Model(&models.Task{}), v, p).Session(&gorm.Session{})
	limit := pageLimit(p.Limit)
	rows, err := fromInboxes(tx, v, queuesOf(v), order, after, limit)
	if err != nil {
		return page, err
	}
	rows, page.NextCursor = cut(rows, limit, order.at)
	if page.Items, err = s.tasks(ctx, v, rows); err != nil {
		return page, err
	}
	if leavesOut(p) && after == nil {
		if page.HiddenOverdue, err = s.hiddenOverdue(v, s.db(ctx).Model(&models.Task{}), tx); err != nil {
			return page, err
		}
	}
	page.Total, err = s.countRows(ctx, p.Count, scopeTasks(tx, v))
	return page, err
}

// narrowTasks keeps the tasks that a filter asks for.
func (s *server) narrowTasks(tx *gorm.DB, v *viewer, p gen.ListTasksParams) *gorm.DB {
	if p.Procedure != "" {
		tx = tx.Where("tasks.procedure = ?", p.Procedure)
	}
	if p.Village != "" {
		c := within("tasks.region_code", p.Village)
		tx = tx.Where(c.sql, c.args...)
	}
	if p.Mine {
		tx = tx.Where("tasks.assignee_id IN ?", v.persons())
	}
	if p.Returned {
		tx = sentBack(tx)
	}
	if l := casesLike(v, p.Q); l != nil {
		tx = tx.Where("tasks.case_id IN ("+l.keys.sql+")", l.keys.args...)
	}
	return s.inBucket(tx, p.Due)
}

// leavesOut reports whether a filter leaves out tasks of the inbox.
func leavesOut(p gen.ListTasksParams) bool {
	return p.Procedure != "" || p.Village != "" || p.Mine || p.Returned || p.Q != "" || p.Due != "" && p.Due != gen.DueBucketAll
}

// hiddenOverdue is how many tasks that are late a narrowed inbox does not show: what is late is always told.
func (s *server) hiddenOverdue(v *viewer, all, shown *gorm.DB) (int, error) {
	var late, there int64
	for tx, n := range map[*gorm.DB]*int64{all: &late, shown: &there} {
		if err := scopeTasks(s.inBucket(tx, gen.DueBucketOverdue), v).Count(n).Error; err != nil {
			return 0, err
		}
	}
	return int(late - there), nil
}

// mostUrgent reads the tasks that v may take from some inboxes, the most urgent first.
func mostUrgent(tx *gorm.DB, v *viewer, queues []string, after *cursor, limit int) ([]models.Task, error) {
	return fromInboxes(tx, v, queues, taskOrders[0], after, limit)
}

// fromInboxes reads the tasks that v may take from some inboxes, one by one: each is indexed in
// the order of the list, all of them together are not. One task more than the
// limit tells that there is a next page.
func fromInboxes(tx *gorm.DB, v *viewer, queues []string, order order[models.Task], after *cursor, limit int) ([]models.Task, error) {
	tx = order.sorted(openTasks(tx, v), after, limit).Session(&gorm.Session{})
	var out []models.Task
	for _, q := range distinct(queues) {
		var rows []models.Task
		if err := tx.Where("tasks.queue = ?", q).Find(&rows).Error; err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	slices.SortFunc(out, func(a, b models.Task) int {
		x, y := order.at(a), order.at(b)
		if order.newest {
			x, y = y, x
		}
		return cmp.Or(x.At.Compare(y.At), strings.Compare(x.ID, y.ID))
	})
	return out[:min(len(out), limit+1)], nil
}

// inBucket narrows to tasks by how soon they are due; the same edges as bucketOf.
func (s *server) inBucket(tx *gorm.DB, b gen.DueBucket) *gorm.DB {
	now := s.engine.Clock.Now()
	today, soon := edges(now)
	switch b {
	case gen.DueBucketOverdue:
		return tx.Where("tasks.due_at <= ?", now)
	case gen.DueBucketToday:
		return tx.Where("tasks.due_at > ? AND tasks.due_at <= ?", now, today)
	case gen.DueBucketSoon:
		return tx.Where("tasks.due_at > ? AND tasks.due_at > ? AND tasks.due_at <= ?", now, today, soon)
	}
	return tx
}

// CountTasks counts the inbox.
func (s *server) CountTasks(ctx context.Context, _ gen.CountTasksRequestObject) (gen.CountTasksResponseObject, error) {
	out, err := s.counts(ctx, viewerOf(ctx))
	return gen.CountTasks200JSONResponse(out), err
}

func (s *server) counts(ctx context.Context, v *viewer) (gen.TaskCounts, error) {
	out, _, err := s.inbox(ctx, v)
	return out, err
}

// inbox are all numbers of the inbox in one query, and the queues that are not empty.
func (s *server) inbox(ctx context.Context, v *viewer) (gen.TaskCounts, []string, error) {
	now := s.engine.Clock.Now()
	today, soon := edges(now)
	var rows []struct {
		Procedure, Queue                 string
		N, Overdue, Today, Soon, Claimed int
	}
	err := scopeTasks(s.db(ctx).Model(&models.Task{}), v).Select(`tasks.procedure, tasks.queue, COUNT(*) AS n,
		SUM(CASE WHEN tasks.due_at <= ? THEN 1 ELSE 0 END) AS overdue,
		SUM(CASE WHEN tasks.due_at > ? AND tasks.due_at <= ? THEN 1 ELSE 0 END) AS today,
		SUM(CASE WHEN tasks.due_at > ? AND tasks.due_at > ? AND tasks.due_at <= ? THEN 1 ELSE 0 END) AS soon,
		SUM(CASE WHEN tasks.assignee_id IN ? THEN 1 ELSE 0 END) AS claimed`, now, now, today, now, today, soon, v.persons()).
		Group("tasks.procedure, tasks.queue").Order("tasks.procedure").Scan(&rows).Error
	out := gen.TaskCounts{ByProcedure: []gen.ProcedureCount{}}
	var queues []string
	for _, r := range rows {
		out.All, out.Overdue, out.Today, out.Soon, out.Mine = out.All+r.N, out.Overdue+r.Overdue, out.Today+r.Today, out.Soon+r.Soon, out.Mine+r.Claimed
		queues = append(queues, r.Queue)
		if last := len(out.ByProcedure) - 1; last >= 0 && out.ByProcedure[last].Procedure == r.Procedure {
			out.ByProcedure[last].Count += r.N
			continue
		}
		out.ByProcedure = append(out.ByProcedure, gen.ProcedureCount{Procedure: r.Procedure, Title: procedureTitle(r.Procedure), Count: r.N})
	}
	return out, queues, err
}

// ClaimTask takes a task for oneself, or for the person one stands in for.
func (s *server) ClaimTask(ctx context.Context, r gen.ClaimTaskRequestObject) (gen.ClaimTaskResponseObject, error) {
	out, err := s.assign(ctx, "claim", r.ID, r.Params.IdempotencyKey, "")
	return gen.ClaimTask200JSONResponse(out), err
}

// ReleaseTask gives a task back to the office.
func (s *server) ReleaseTask(ctx context.Context, r gen.ReleaseTaskRequestObject) (gen.ReleaseTaskResponseObject, error) {
	out, err := s.assign(ctx, "release", r.ID, r.Params.IdempotencyKey, "")
	return gen.ReleaseTask200JSONResponse(out), err
}

// ReassignTask hands a task to somebody else.
func (s *server) ReassignTask(ctx context.Context, r gen.ReassignTaskRequestObject) (gen.ReassignTaskResponseObject, error) {
	out, err := s.assign(ctx, "reassign", r.ID, r.Params.IdempotencyKey, r.Body.UserID)
	return gen.ReassignTask200JSONResponse(out), err
}

// assign gives a task to a person. What is so already needs no second record. A
// substitute claims for the person away: the task stays in that office when he is
// back, and other substitutes see it as taken by him.
func (s *server) assign(ctx context.Context, kind, id, key, to string) (gen.Task, error) {
	v := viewerOf(ctx)
	t, own, err := s.findTask(ctx, v, id)
	if err != nil {
		return gen.Task{}, err
	}
	if err := mayAssign(v, t, own, kind); err != nil {
		return gen.Task{}, err
	}
	away := v.insteadOf(t)
	switch kind {
	case "claim":
		to = orText(away, v.user.ID)
	case "release":
		to = ""
	}
	if t.AssigneeID != to || t.ClosedAt != nil {
		if key == "" {
			key = models.NewID()
		}
		c, err := s.engine.Case(ctx, t.CaseID)
		if err != nil {
			return gen.Task{}, err
		}
		if _, err := s.engine.AssignTask(ctx, t.ID, kind, caseKey(kind, v.user.ID, key), to, s.holder(v, c, t, own, away)); err != nil {
			return gen.Task{}, err
		}
		if err := s.db(ctx).Where("id = ?", t.ID).Take(t).Error; err != nil {
			return gen.Task{}, err
		}
	}
	items, err := s.tasks(ctx, v, []models.Task{*t})
	if err != nil {
		return gen.Task{}, err
	}
	return items[0], nil
}

// mayAssign: one claims what waits in one's own inbox; what a colleague has taken
// is moved by him or by the office above.
func mayAssign(v *viewer, t *models.Task, own bool, kind string) error {
	switch {
	case kind == "claim" && !own:
		return forbidden("not_your_task", "这件待办不在您的岗位上")
	case kind != "claim" && t.AssigneeID != "" && !slices.Contains(v.persons(), t.AssigneeID) && !manages(v, t):
		return forbidden("task_claimed", "这件待办已由他人领取，请由本人或上级转办")
	}
	return nil
}

// holder is the part in which v handles a task: its role if he holds it, himself or
// in place of the person away; one that manages it if it is not his; or else any.
func (s *server) holder(v *viewer, c *models.Case, t *models.Task, own bool, away string) activities.Actor {
	actors := s.actors(v, c)
	for _, fits := range []func(activities.Actor) bool{
		func(a activities.Actor) bool { return a.Role == t.Role && a.ForID == away },
		func(a activities.Actor) bool { return !own && managing(a.Role) },
		func(a activities.Actor) bool { return a.ForID == away },
	} {
		if i := slices.IndexFunc(actors, fits); i >= 0 {
			return actors[i]
		}
	}
	return activities.Actor{UserID: v.user.ID, Role: t.Role, ForID: away}
}

// ListCandidates lists who may be given a task.
func (s *server) ListCandidates(ctx context.Context, r gen.ListCandidatesRequestObject) (gen.ListCandidatesResponseObject, error) {
	t, _, err := s.findTask(ctx, viewerOf(ctx), r.ID)
	if err != nil {
		return nil, err
	}
	c, err := s.engine.Case(ctx, t.CaseID)
	if err != nil {
		return nil, err
	}
	var ids []string
	if t.Role == procedure.Handler {
		ids = c.Facts.By["accept"]
	} else if ids, err = s.engine.Holders(s.db(ctx), c, t.Role); err != nil {
		return nil, err
	}
	l, err := s.labels(ctx, codes{users: ids})
	if err != nil {
		return nil, err
	}
	out := gen.UserList{Items: []gen.UserRef{}}
	for _, id := range ids {
		u := l.user(id)
		u.Login = ""
		out.Items = append(out.Items, u)
	}
	return gen.ListCandidates200JSONResponse(out), nil
}

// bulkTime bounds a bulk request; what is left over is told so.
const bulkTime = 25 * time.Second

// BulkTasks does the same to many tasks, each by itself and each with its result.
func (s *server) BulkTasks(ctx context.Context, r gen.BulkTasksRequestObject) (gen.BulkTasksResponseObject, error) {
	in := r.Body
	if (in.Action == gen.BulkRequestActionFire || in.Action == gen.BulkRequestActionEndorse) && in.Event == "" {
		return nil, invalidField("event", "required", "请写明要办理或会签的操作")
	}
	if in.Action == gen.BulkRequestActionReassign && in.UserID == "" {
		return nil, invalidField("user_id", "required", "请写明转给谁")
	}
	v := viewerOf(ctx)
	if in.Action == gen.BulkRequestActionEndorse && v.token != "" { // a signature is a person's own word, one or many
		return nil, outOfScope()
	}
	out := gen.BulkReply{Results: []gen.BulkResult{}}
	end := time.Now().Add(bulkTime)
	for _, id := range in.TaskIds {
		var res gen.BulkResult
		if time.Now().After(end) {
			res = gen.BulkResult{TaskID: id, Code: "not_reached", Message: "时间已到，请用同一请求编号重发"}
		} else {
			res = s.bulkOne(ctx, v, id, r.Params.IdempotencyKey, in)
		}
		if res.Ok {
			out.Done++
		} else {
			out.Failed++
		}
		out.Results = append(out.Results, res)
	}
	var err error
	out.Counts, err = s.counts(ctx, v)
	return gen.BulkTasks200JSONResponse(out), err
}

func (s *server) bulkOne(ctx context.Context, v *viewer, id, key string, in *gen.BulkRequest) gen.BulkResult {
	res := gen.BulkResult{TaskID: id}
	err := func() error {
		if in.Action == gen.BulkRequestActionEndorse {
			t, err := s.taskToSign(ctx, v, id)
			if err != nil {
				return err
			}
			res.CaseID = t.CaseID
			return s.bulkEndorse(ctx, v, t, key, in, &res)
		}
		t, _, err := s.findTask(ctx, v, id)
		if err != nil {
			return err
		}
		res.CaseID = t.CaseID
		if in.Action == gen.BulkRequestActionFire {
			return s.bulkFire(ctx, v, t, key, in, &res)
		}
		done, err := s.assign(ctx, string(in.Action), id, key+":"+id, in.UserID)
		res.State, res.StateTitle = done.State, done.StateTitle
		return err
	}()
	if err != nil {
		p := toProblem(err)
		if p.status >= 500 {
			s.log.ErrorContext(ctx, "bulk", "err", err.Error(), "request_id", requestID(ctx))
		}
		res.Code, res.Message, res.Errors = p.code, orText(p.detail, titles[p.status]), faults(p.faults)
		return res
	}
	res.Ok = true
	return res
}

// bulkCase is the case of a task, and the step that the viewer has seen of it. He has not
// looked at each case, so what he saw is the step his task is for: once the task is closed,
// the case has moved, unless this very request moved it.
func (s *server) bulkCase(ctx context.Context, v *viewer, t *models.Task) (*models.Case, int, error) {
	c, err := s.findCase(ctx, v, t.CaseID)
	if err != nil {
		return nil, 0, err
	}
	if c.Step != t.Step {
		return c, 0, nil
	}
	return c, c.StepSeq, nil
}

// bulkFire fires one event for a task, with the answers that are its own.
func (s *server) bulkFire(ctx context.Context, v *viewer, t *models.Task, key string, in *gen.BulkRequest, res *gen.BulkResult) error {
	c, seen, err := s.bulkCase(ctx, v, t)
	if err != nil {
		return err
	}
	form := in.Form
	if own := in.Answers[t.ID]; len(own) > 0 {
		form = gen.Form{}
		maps.Copy(form, in.Form)
		maps.Copy(form, own)
	}
	reply, err := s.fire(ctx, v, c.ID, key+":"+t.ID, gen.FireRequest{Event: in.Event, ExpectedSeq: seen, Form: form, Role: in.Role, For: v.insteadOf(t)})
	if err != nil {
		return err
	}
	res.State, res.StateTitle = string(reply.State), stateTitle(definitionOf(c), reply.State)
	return nil
}

// bulkEndorse signs under an event of the case of a task that somebody else will fire.
func (s *server) bulkEndorse(ctx context.Context, v *viewer, t *models.Task, key string, in *gen.BulkRequest, res *gen.BulkResult) error {
	c, seen, err := s.bulkCase(ctx, v, t)
	if err != nil {
		return err
	}
	res.State, res.StateTitle = string(c.State), stateTitle(definitionOf(c), c.State)
	if _, err := s.engine.Endorse(ctx, c.ID, in.Event, caseKey("endorse", v.user.ID, key+":"+t.ID), seen, inRole(s.actors(v, c), in.Role)); err != nil {
		return err
	}
	s.nudgeCase(ctx, c)
	return nil
}
