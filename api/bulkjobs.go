package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"time"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// Bulk jobs: one act on all tasks of a filter, however many. The tasks are chosen once and looked at first, so that whoever asks
// sees how many will be done and why the others will not; at his word they are done one after another in the background, each as
// the ordinary step that it is. What is asked for here is done in bulkwork.go.

// CreateBulkJob chooses the tasks and has them looked at. The same key asks once.
func (s *server) CreateBulkJob(ctx context.Context, r gen.CreateBulkJobRequestObject) (gen.CreateBulkJobResponseObject, error) {
	v, in := viewerOf(ctx), r.Body
	switch {
	case in.Action == gen.BulkJobActionFire && (in.Event == "" || in.Filter.Procedure == ""):
		return nil, invalidField("event", "required", "请写明程序和要办理的操作")
	case in.Action == gen.BulkJobActionReassign && in.UserID == "":
		return nil, invalidField("user_id", "required", "请写明转给谁")
	}
	filter, err := filterOf(in.Filter)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(caseKey("bulk", v.user.ID, r.Params.IdempotencyKey)))
	job := models.BulkJob{ID: hex.EncodeToString(sum[:16]), UserID: v.user.ID, Action: string(in.Action), Event: in.Event, AssigneeID: in.UserID,
		State: models.BulkChecking, CreatedAt: s.now().UTC().Truncate(time.Microsecond)}
	job.Narrow(s.engine.Store.Vault, filter)
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error { return s.chooseTasks(tx, v, &job, in.Filter) })
	if models.Duplicate(err) {
		return s.sameBulkJob(ctx, v, job, filter)
	}
	if err != nil {
		return nil, err
	}
	s.awaitBulk(ctx, job.ID)
	out, err := s.bulkJob(ctx, v, job.ID)
	return gen.CreateBulkJob200JSONResponse(out), err
}

// filterOf is a filter as it is kept with the job.
func filterOf(f gen.BulkFilter) (map[string]any, error) {
	raw, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	return out, json.Unmarshal(raw, &out)
}

// chooseTasks writes down the tasks of a filter, all in one statement: they do not pass through this process.
func (s *server) chooseTasks(tx *gorm.DB, v *viewer, job *models.BulkJob, f gen.BulkFilter) error {
	if err := tx.Create(job).Error; err != nil {
		return err
	}
	chosen := s.narrowTasks(scopeTasks(tx.Model(&models.Task{}), v), v, gen.ListTasksParams{Q: f.Q, Village: f.Village, Procedure: f.Procedure, Due: f.Due, Mine: f.Mine}).
		Select("tasks.id AS task_id, ROW_NUMBER() OVER (ORDER BY tasks.due_at, tasks.id) AS no")
	res := tx.Exec("INSERT INTO bulk_rows (id, job_id, no, task_id, state, code) SELECT ? || '-' || CAST(q.no AS TEXT), ?, q.no, q.task_id, ?, '' FROM (?) q", job.ID, job.ID, models.RowWaiting, chosen)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 {
		return procedure.Refuse(procedure.Invalid, "nothing_chosen", "没有符合条件的待办")
	}
	job.Total = int(res.RowsAffected)
	return tx.Model(job).UpdateColumn("total", job.Total).Error
}

// sameBulkJob answers a key that was used before.
func (s *server) sameBulkJob(ctx context.Context, v *viewer, job models.BulkJob, filter map[string]any) (gen.CreateBulkJobResponseObject, error) {
	before, err := s.myBulkJob(ctx, v, job.ID)
	if err != nil {
		return nil, err
	}
	chosen, err := before.Narrowed(s.engine.Store.Vault)
	if err != nil {
		return nil, err
	}
	if before.Action != job.Action || before.Event != job.Event || before.AssigneeID != job.AssigneeID || !reflect.DeepEqual(chosen, filter) {
		return nil, procedure.Refuse(procedure.Invalid, "key_reused", "同一请求编号已用于另一次批量办理")
	}
	out, err := s.bulkJob(ctx, v, job.ID)
	return gen.CreateBulkJob200JSONResponse(out), err
}

// myBulkJob is a job of v himself.
func (s *server) myBulkJob(ctx context.Context, v *viewer, id string) (*models.BulkJob, error) {
	var job models.BulkJob
	err := s.db(ctx).Where("id = ? AND user_id = ?", id, v.user.ID).Take(&job).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	return &job, err
}

// ListBulkJobs lists the jobs of the viewer, newest first.
func (s *server) ListBulkJobs(ctx context.Context, r gen.ListBulkJobsRequestObject) (gen.ListBulkJobsResponseObject, error) {
	v := viewerOf(ctx)
	after, err := parseCursor(r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	limit := pageLimit(r.Params.Limit)
	var rows []models.BulkJob
	if err := newestFirst(s.db(ctx).Where("user_id = ?", v.user.ID), "created_at", "id", after, limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(x models.BulkJob) cursor { return cursor{At: x.CreatedAt, ID: x.ID} })
	page := gen.BulkJobPage{Items: []gen.BulkJob{}, NextCursor: next}
	for i := range rows {
		x, err := s.bulkJobView(ctx, &rows[i])
		if err != nil {
			return nil, err
		}
		page.Items = append(page.Items, x)
	}
	return gen.ListBulkJobs200JSONResponse(page), nil
}

// GetBulkJob tells how far a job is.
func (s *server) GetBulkJob(ctx context.Context, r gen.GetBulkJobRequestObject) (gen.GetBulkJobResponseObject, error) {
	out, err := s.bulkJob(ctx, viewerOf(ctx), r.ID)
	return gen.GetBulkJob200JSONResponse(out), err
}

// StartBulkJob does what was looked at, or tries once more what has failed.
func (s *server) StartBulkJob(ctx context.Context, r gen.StartBulkJobRequestObject) (gen.StartBulkJobResponseObject, error) {
	v := viewerOf(ctx)
	if _, err := s.myBulkJob(ctx, v, r.ID); err != nil {
		return nil, err
	}
	err := s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		next := models.BulkRunning
		var unseen int64
		if err := tx.Model(&models.BulkRow{}).Where("job_id = ? AND state = ?", r.ID, models.RowWaiting).Count(&unseen).Error; err != nil {
			return err
		}
		if unseen > 0 { // it was cancelled while it was looked at
			next = models.BulkChecking
		}
		job := tx.Model(&models.BulkJob{}).Where("id = ? AND state IN ?", r.ID, []string{models.BulkReady, models.BulkDone, models.BulkCancelled}).
			Updates(map[string]any{"state": next, "started_at": s.now().UTC(), "ended_at": nil, "lease_until": nil})
		if job.Error != nil || job.RowsAffected == 0 { // it runs already
			return job.Error
		}
		return tx.Model(&models.BulkRow{}).Where("job_id = ? AND state = ?", r.ID, models.RowFailed).Updates(map[string]any{"state": models.RowReady, "code": "", "message": nil}).Error
	})
	if err != nil {
		return nil, err
	}
	s.awaitBulk(ctx, r.ID)
	out, err := s.bulkJob(ctx, v, r.ID)
	return gen.StartBulkJob200JSONResponse(out), err
}

// CancelBulkJob ends a job where it stands; what is done stays done, and it can be gone on with.
func (s *server) CancelBulkJob(ctx context.Context, r gen.CancelBulkJobRequestObject) (gen.CancelBulkJobResponseObject, error) {
	v := viewerOf(ctx)
	if _, err := s.myBulkJob(ctx, v, r.ID); err != nil {
		return nil, err
	}
	err := s.db(ctx).Model(&models.BulkJob{}).Where("id = ? AND state IN ?", r.ID, []string{models.BulkChecking, models.BulkReady, models.BulkRunning}).
		Updates(map[string]any{"state": models.BulkCancelled, "ended_at": s.now().UTC(), "lease_until": nil}).Error
	if err != nil {
		return nil, err
	}
	out, err := s.bulkJob(ctx, v, r.ID)
	return gen.CancelBulkJob200JSONResponse(out), err
}

func (s *server) bulkJob(ctx context.Context, v *viewer, id string) (gen.BulkJob, error) {
	job, err := s.myBulkJob(ctx, v, id)
	if err != nil {
		return gen.BulkJob{}, err
	}
	return s.bulkJobView(ctx, job)
}

// bulkJobView counts the rows of a job, and gives of each reason one example.
func (s *server) bulkJobView(ctx context.Context, job *models.BulkJob) (gen.BulkJob, error) {
	out := gen.BulkJob{ID: job.ID, Action: gen.BulkJobAction(job.Action), Event: job.Event, State: gen.BulkJobState(job.State), Total: job.Total, CreatedAt: job.CreatedAt, Reasons: []gen.BulkReason{}}
	if job.EndedAt != nil {
		out.EndedAt = *job.EndedAt
	}
	var rows []struct {
		State, Code, Example string
		N                    int
	}
	err := s.db(ctx).Model(&models.BulkRow{}).Select("state, code, COUNT(*) AS n, MIN(id) AS example").Where("job_id = ?", job.ID).Group("state, code").Order("state, code").Scan(&rows).Error
	if err != nil {
		return out, err
	}
	for _, r := range rows {
		switch r.State {
		case models.RowWaiting:
			out.Waiting += r.N
		case models.RowReady:
			out.Ready += r.N
		case models.RowDone:
			out.Done += r.N
		case models.RowSkipped:
			out.Skipped += r.N
		case models.RowFailed:
			out.Failed += r.N
		}
		if r.Code == "" {
			continue
		}
		var one models.BulkRow
		if err := s.db(ctx).Where("id = ?", r.Example).Take(&one).Error; err != nil {
			return out, err
		}
		message, err := one.Reason(s.engine.Store.Vault)
		if err != nil {
			return out, err
		}
		out.Reasons = append(out.Reasons, gen.BulkReason{State: gen.BulkRowState(r.State), Code: r.Code, Message: message, Count: r.N})
	}
	return out, nil
}

// ListBulkRows lists the tasks of a job with what came of them, in the order in which they are done.
func (s *server) ListBulkRows(ctx context.Context, r gen.ListBulkRowsRequestObject) (gen.ListBulkRowsResponseObject, error) {
	v := viewerOf(ctx)
	job, err := s.myBulkJob(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	after, err := parseCursor(r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	tx := s.db(ctx).Where("job_id = ?", job.ID)
	if r.Params.State != "" {
		tx = tx.Where("state = ?", string(r.Params.State))
	}
	if after != nil {
		tx = tx.Where("no > (SELECT no FROM bulk_rows WHERE id = ?)", after.ID)
	}
	limit := pageLimit(r.Params.Limit)
	var rows []models.BulkRow
	if err := tx.Order("no").Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(x models.BulkRow) cursor { return cursor{ID: x.ID} })
	items, err := s.bulkRows(ctx, v, rows)
	return gen.ListBulkRows200JSONResponse(gen.BulkRowPage{Items: items, NextCursor: next}), err
}

// bulkRows shows rows with their case, as far as v reaches it still.
func (s *server) bulkRows(ctx context.Context, v *viewer, rows []models.BulkRow) ([]gen.BulkRow, error) {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.TaskID
	}
	var tasks []models.Task
	if err := s.db(ctx).Where("id IN ?", ids).Find(&tasks).Error; err != nil {
		return nil, err
	}
	of, want := map[string]*models.Task{}, []string{}
	for i := range tasks {
		of[tasks[i].ID], want = &tasks[i], append(want, tasks[i].CaseID)
	}
	var cases []models.Case
	if err := s.filterCases(s.db(ctx).Select("cases.id", "cases.no").Where("cases.id IN ?", distinct(want)), v).Find(&cases).Error; err != nil {
		return nil, err
	}
	numbers := map[string]string{}
	for _, c := range cases {
		numbers[c.ID] = c.No
	}
	out := []gen.BulkRow{}
	for i := range rows {
		message, err := rows[i].Reason(s.engine.Store.Vault)
		if err != nil {
			return nil, err
		}
		x := gen.BulkRow{ID: rows[i].ID, State: gen.BulkRowState(rows[i].State), Code: rows[i].Code, Message: message}
		if t := of[rows[i].TaskID]; t != nil && numbers[t.CaseID] != "" {
			x.CaseID, x.CaseNo, x.Title = t.CaseID, numbers[t.CaseID], scrub(t.Subject)+" · "+procedureTitle(t.Procedure)
		}
		out = append(out, x)
	}
	return out, nil
}
