package api

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

const (
	bulkLease = 2 * time.Minute
	// bulkWait is how long a request waits for its job: a short one is answered whole.
	bulkWait = 2 * time.Second
	// bulkPart is how many rows are taken at a time. Before each part it is heard whether the job was cancelled.
	bulkPart    = 10
	bulksAtOnce = 2
)

// awaitBulk has a job worked on, and waits a moment for it.
func (s *server) awaitBulk(ctx context.Context, id string) {
	select {
	case <-s.workBulk(id):
	case <-time.After(bulkWait):
	case <-ctx.Done():
	}
}

// workBulk works on a job in the background, a few at once; the channel is closed when it is over.
func (s *server) workBulk(id string) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case s.bulks <- struct{}{}:
			defer func() { <-s.bulks }()
		case <-s.background.Done():
			return
		}
		if err := s.bulk(s.background, id); err != nil && s.background.Err() == nil {
			s.log.LogAttrs(s.background, slog.LevelError, "bulk job", slog.String("id", id), slog.String("err", err.Error()))
		}
	}()
	return done
}

// tendBulks takes up jobs that a server has left, until the server stops.
func (s *server) tendBulks() {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		var left []string
		err := s.db(s.background).Model(&models.BulkJob{}).Where("state IN ? AND (lease_until IS NULL OR lease_until <= ?)", bulkGoing, s.now().UTC()).Order("created_at").Pluck("id", &left).Error
		if err != nil && s.background.Err() == nil {
			s.log.LogAttrs(s.background, slog.LevelWarn, "bulk jobs", slog.String("err", err.Error()))
		}
		for _, id := range left {
			s.workBulk(id)
		}
		select {
		case <-s.background.Done():
			return
		case <-tick.C:
		}
	}
}

var bulkGoing = []string{models.BulkChecking, models.BulkRunning}

// bulk works on a job that no other server works on. When this one stops in between, the lease runs out and another goes on:
// what is done has its result, and what was done without having one is found done under the key of its row.
func (s *server) bulk(ctx context.Context, id string) error {
	now := s.now().UTC()
	took := s.db(ctx).Model(&models.BulkJob{}).Where("id = ? AND state IN ? AND (lease_until IS NULL OR lease_until <= ?)", id, bulkGoing, now).Update("lease_until", now.Add(bulkLease))
	if took.Error != nil || took.RowsAffected == 0 {
		return took.Error
	}
	var job models.BulkJob
	if err := s.db(ctx).Where("id = ?", id).Take(&job).Error; err != nil {
		return err
	}
	v, err := s.bulkViewer(ctx, &job)
	if err != nil {
		return err
	}
	ctx = context.WithValue(ctx, viewerKey{}, v) // in his name, as a request of his
	for more := true; more; {
		if more, err = s.bulkNext(ctx, v, &job); err != nil {
			return err
		}
		if going, err := s.bulkGoesOn(ctx, &job, more); err != nil || !going {
			return err
		}
	}
	return nil
}

// bulkViewer is in whose name the job is done: the account with the posts it has by now, none when it is of no use any more.
func (s *server) bulkViewer(ctx context.Context, job *models.BulkJob) (*viewer, error) {
	v := &viewer{}
	if err := s.db(ctx).Where("id = ?", job.UserID).Take(&v.user).Error; err != nil {
		return nil, err
	}
	useful, err := s.entitle(s.db(ctx), v)
	if !useful {
		v.grants = nil
	}
	return v, err
}

// bulkNext takes the next rows of a job and reports whether there were any.
func (s *server) bulkNext(ctx context.Context, v *viewer, job *models.BulkJob) (bool, error) {
	from, work := models.RowWaiting, s.bulkLook
	if job.State == models.BulkRunning {
		from, work = models.RowReady, s.bulkAct
	}
	var rows []models.BulkRow
	if err := s.db(ctx).Where("job_id = ? AND state = ?", job.ID, from).Order("no").Limit(bulkPart).Find(&rows).Error; err != nil {
		return false, err
	}
	for i := range rows {
		r := &rows[i]
		state, code, message := work(ctx, v, job, r)
		if ctx.Err() != nil { // what stopped is this server, not the row
			return false, ctx.Err()
		}
		r.SetMessage(s.engine.Store.Vault, message)
		err := s.db(ctx).Model(&models.BulkRow{}).Where("id = ? AND state = ?", r.ID, from).Updates(map[string]any{"state": state, "code": code, "message": r.Message}).Error
		if err != nil {
			return false, err
		}
	}
	return len(rows) > 0, nil
}

// bulkGoesOn keeps the lease while there is more, and ends the job when there is not. It reports whether to go on: a job that
// was cancelled is let be.
func (s *server) bulkGoesOn(ctx context.Context, job *models.BulkJob, more bool) (bool, error) {
	now := s.now().UTC()
	change := map[string]any{"lease_until": now.Add(bulkLease)}
	switch {
	case !more && job.State == models.BulkChecking:
		change = map[string]any{"state": models.BulkReady, "lease_until": nil}
	case !more:
		change = map[string]any{"state": models.BulkDone, "ended_at": now, "lease_until": nil}
	}
	kept := s.db(ctx).Model(&models.BulkJob{}).Where("id = ? AND state = ?", job.ID, job.State).Updates(change)
	return more && kept.RowsAffected > 0, kept.Error
}

// bulkAct does what the job is for with one task, under a key that is that of the row: done twice it is done once.
func (s *server) bulkAct(ctx context.Context, v *viewer, job *models.BulkJob, r *models.BulkRow) (state, code, message string) {
	res := s.bulkOne(ctx, v, r.TaskID, job.ID, &gen.BulkRequest{Action: gen.BulkRequestAction(job.Action), Event: job.Event, UserID: job.AssigneeID})
	if res.Ok {
		return models.RowDone, "", ""
	}
	return models.RowFailed, res.Code, res.Message
}

// bulkLook tells whether a task can be done as it stands, and if not, why it will be passed by.
func (s *server) bulkLook(ctx context.Context, v *viewer, job *models.BulkJob, r *models.BulkRow) (state, code, message string) {
	err := s.bulkWhyNot(ctx, v, job, r.TaskID)
	if err == nil {
		return models.RowReady, "", ""
	}
	p := toProblem(err)
	if p.status >= 500 {
		s.log.ErrorContext(ctx, "bulk look", "err", err.Error())
	}
	return models.RowSkipped, p.code, orText(p.detail, titles[p.status])
}

func (s *server) bulkWhyNot(ctx context.Context, v *viewer, job *models.BulkJob, id string) error {
	t, own, err := s.findTask(ctx, v, id)
	if err != nil {
		return err
	}
	if t.ClosedAt != nil {
		return procedure.Refuse(procedure.Conflict, "task_closed", "该待办已办结")
	}
	if job.Action == string(gen.BulkJobActionFire) {
		return s.whyNotFire(ctx, v, job, t)
	}
	if err := mayAssign(v, t, own, job.Action); err != nil {
		return err
	}
	switch {
	case job.Action == "claim" && t.AssigneeID != "":
		return procedure.Refuse(procedure.Conflict, "already_so", "已经领取")
	case job.Action == "release" && t.AssigneeID == "":
		return procedure.Refuse(procedure.Conflict, "already_so", "没有领取，无须退回")
	case job.Action == "reassign":
		return s.whyNotHold(ctx, job, t)
	}
	return nil
}

// whyNotHold tells why somebody cannot be given a task.
func (s *server) whyNotHold(ctx context.Context, job *models.BulkJob, t *models.Task) error {
	if t.AssigneeID == job.AssigneeID {
		return procedure.Refuse(procedure.Conflict, "already_so", "已经由其办理")
	}
	c, err := s.engine.Case(ctx, t.CaseID)
	if err != nil || t.Role == procedure.Handler {
		return err
	}
	holders, err := s.engine.Holders(s.db(ctx), c, t.Role)
	if err == nil && !slices.Contains(holders, job.AssigneeID) {
		err = procedure.Refuse(procedure.Conflict, "not_a_holder", "其岗位不办理这一待办")
	}
	return err
}

// whyNotFire tells why an event cannot be fired for a task: what must be filled in for each is not for a job.
func (s *server) whyNotFire(ctx context.Context, v *viewer, job *models.BulkJob, t *models.Task) error {
	c, err := s.findCase(ctx, v, t.CaseID)
	if err != nil {
		return err
	}
	options, err := s.engine.Options(ctx, c, s.actors(v, c))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(options, func(o activities.Option) bool { return o.Event.Code == job.Event })
	if i < 0 {
		return procedure.Refuse(procedure.Conflict, "unknown_event", "这一事项中没有这一操作")
	}
	if o := options[i]; !o.Allowed {
		if len(o.Reasons) == 0 {
			return procedure.Refuse(procedure.Forbidden, "role_not_allowed", "您的岗位不能办理这一操作")
		}
		return procedure.Refuse(procedure.Conflict, o.Reasons[0].Code, o.Reasons[0].Message)
	}
	if c.Step != t.Step {
		return procedure.Refuse(procedure.Conflict, "stale", "事项已经变动，请打开核对")
	}
	fields, err := activities.EventFields(c, options[i].Event)
	if err == nil && slices.ContainsFunc(fields, func(f procedure.Field) bool { return f.Required }) {
		err = procedure.Refuse(procedure.Conflict, "needs_form", "需要逐件填写，不能批量办理")
	}
	return err
}
