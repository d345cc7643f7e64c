package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"strconv"
	"time"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// Replays from the desk (5.7): the records of many cases by the definitions, their workflow histories by the present code.
// One at a time is worked at, in the background, several cases at once; it keeps what is done after each batch and goes on
// from there when a server has stopped (the way of decision 18).

const (
	replayLease = time.Minute
	// replayBatch is how many cases are done, and told, at a time by each processor.
	replayBatch = 50
)

// StartAuditReplay puts one in line. The same key starts one.
func (s *server) StartAuditReplay(ctx context.Context, r gen.StartAuditReplayRequestObject) (gen.StartAuditReplayResponseObject, error) {
	v := viewerOf(ctx)
	e, err := s.findEngagement(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	under, err := s.under(ctx, v, e)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(caseKey("replay", v.user.ID, r.Params.IdempotencyKey)))
	id, now := hex.EncodeToString(sum[:16]), s.now().UTC().Truncate(time.Microsecond)
	x := models.AuditReplay{ID: id, No: dayNumber("CF", now, id[:10]), EngagementID: e.ID, UserID: v.user.ID,
		Choice: asMap(*r.Body), State: models.ReplayWaiting, CreatedAt: now}
	found, err := s.patternCases(ctx, under, *r.Body)
	if err != nil {
		return nil, err
	}
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&x).Error; err != nil {
			return err
		}
		n, err := s.choose(tx, under, e, x.ID, *r.Body, found)
		x.Total = int(n)
		if err != nil {
			return err
		}
		return tx.Model(&x).Update("total", n).Error
	})
	if models.Duplicate(err) {
		err = s.sameReplay(ctx, &x)
	}
	if err != nil {
		return nil, err
	}
	s.workReplays()
	out, err := s.replayView(ctx, &x)
	return gen.StartAuditReplay200JSONResponse(out), err
}

// sameReplay reads what was started under the same key before.
func (s *server) sameReplay(ctx context.Context, x *models.AuditReplay) error {
	var before models.AuditReplay
	if err := s.db(ctx).Where("id = ?", x.ID).Take(&before).Error; err != nil {
		return err
	}
	if before.EngagementID != x.EngagementID || asChoice(before.Choice) != asChoice(x.Choice) {
		return procedure.Refuse(procedure.Invalid, "key_reused", "同一请求编号已用于另一次重放")
	}
	*x = before
	return nil
}

// findReplay is a replay of v himself, while its engagement is valid.
func (s *server) findReplay(ctx context.Context, v *viewer, id string) (*models.AuditReplay, *viewer, error) {
	var x models.AuditReplay
	err := s.db(ctx).Where("id = ? AND user_id = ?", id, v.user.ID).Take(&x).Error
	if models.Missing(err) {
		return nil, nil, notFound()
	}
	if err != nil {
		return nil, nil, err
	}
	e, err := s.findEngagement(ctx, v, x.EngagementID)
	if err != nil {
		return nil, nil, err
	}
	under, err := s.under(ctx, v, e)
	return &x, under, err
}

// GetAuditReplay tells how far one is.
func (s *server) GetAuditReplay(ctx context.Context, r gen.GetAuditReplayRequestObject) (gen.GetAuditReplayResponseObject, error) {
	x, _, err := s.findReplay(ctx, viewerOf(ctx), r.ID)
	if err != nil {
		return nil, err
	}
	out, err := s.replayView(ctx, x)
	return gen.GetAuditReplay200JSONResponse(out), err
}

// CancelAuditReplay ends one where it stands; what it has found stays.
func (s *server) CancelAuditReplay(ctx context.Context, r gen.CancelAuditReplayRequestObject) (gen.CancelAuditReplayResponseObject, error) {
	v := viewerOf(ctx)
	x, _, err := s.findReplay(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	done := s.db(ctx).Model(&models.AuditReplay{}).Where("id = ? AND ended_at IS NULL", x.ID).
		Updates(map[string]any{"state": models.ReplayCancelled, "ended_at": s.now().UTC().Truncate(time.Microsecond)})
	if done.Error != nil {
		return nil, done.Error
	}
	if done.RowsAffected == 0 {
		return nil, procedure.Refuse(procedure.Conflict, "replay_over", "这次重放已经结束")
	}
	if x, _, err = s.findReplay(ctx, v, r.ID); err != nil {
		return nil, err
	}
	out, err := s.replayView(ctx, x)
	return gen.CancelAuditReplay200JSONResponse(out), err
}

// ListAuditReplays lists those of v himself under an engagement, newest first.
func (s *server) ListAuditReplays(ctx context.Context, r gen.ListAuditReplaysRequestObject) (gen.ListAuditReplaysResponseObject, error) {
	v := viewerOf(ctx)
	e, err := s.findEngagement(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	after, err := parseCursor(r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	tx := s.db(ctx).Where("engagement_id = ? AND user_id = ?", e.ID, v.user.ID)
	if s.engagementState(e) != "valid" {
		tx = tx.Where("1 = 0")
	}
	limit := pageLimit(r.Params.Limit)
	var rows []models.AuditReplay
	if err := newestFirst(tx, "created_at", "id", after, limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(x models.AuditReplay) cursor { return cursor{At: x.CreatedAt, ID: x.ID} })
	out := gen.AuditReplayPage{Items: []gen.AuditReplay{}, NextCursor: next}
	for i := range rows {
		x, err := s.replayView(ctx, &rows[i])
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, x)
	}
	return gen.ListAuditReplays200JSONResponse(out), nil
}

func (s *server) replayView(ctx context.Context, x *models.AuditReplay) (gen.AuditReplay, error) {
	text, err := s.choiceText(ctx, asChoice(x.Choice))
	out := gen.AuditReplay{ID: x.ID, No: x.No, Choice: text, State: gen.AuditReplayState(x.State), Code: x.Code, Total: x.Total, Done: x.Done, Events: x.Events, Histories: x.Histories,
		Missing: x.Missing, Bad: x.Bad, CreatedAt: x.CreatedAt, CanCancel: x.EndedAt == nil}
	if x.BusyMillis > 0 {
		out.PerSecond = float32(x.Done) * 1000 / float32(x.BusyMillis)
	}
	if x.StartedAt != nil {
		out.StartedAt = *x.StartedAt
	}
	if x.EndedAt != nil {
		out.EndedAt = *x.EndedAt
	}
	return out, err
}

// ListAuditReplayFaults lists what a replay has found, in the order of finding. A case that v does not reach any more is not named.
func (s *server) ListAuditReplayFaults(ctx context.Context, r gen.ListAuditReplayFaultsRequestObject) (gen.ListAuditReplayFaultsResponseObject, error) {
	x, under, err := s.findReplay(ctx, viewerOf(ctx), r.ID)
	if err != nil {
		return nil, err
	}
	after, err := parseCursor(r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	tx := s.db(ctx).Where("replay_id = ?", x.ID)
	if after != nil {
		tx = tx.Where("n > ?", atoi(after.ID))
	}
	limit := pageLimit(r.Params.Limit)
	var rows []models.AuditReplayFault
	if err := tx.Order("n").Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(f models.AuditReplayFault) cursor { return cursor{ID: strconv.Itoa(f.N)} })
	var ids, reached []string
	for _, f := range rows {
		ids = append(ids, f.CaseID)
	}
	if err := s.filterCases(s.db(ctx).Model(&models.Case{}).Where("cases.id IN ?", distinct(ids)), under).Pluck("cases.id", &reached).Error; err != nil {
		return nil, err
	}
	_, summaries, err := s.casesByID(ctx, reached)
	out := gen.AuditFaultPage{Items: []gen.AuditFault{}, NextCursor: next}
	for _, f := range rows {
		out.Items = append(out.Items, gen.AuditFault{N: f.N, Seq: f.Seq, Fault: f.Fault, Case: summaries[f.CaseID]})
	}
	return gen.ListAuditReplayFaults200JSONResponse(out), err
}

// tendReplays takes up replays that a server has left, until this one stops.
func (s *server) tendReplays() {
	tick := time.NewTicker(replayLease)
	defer tick.Stop()
	for {
		s.workReplays()
		select {
		case <-s.background.Done():
			return
		case <-tick.C:
		}
	}
}

// workReplays works at the replays that wait, in the background. Whoever is at it already finds a new one as well.
func (s *server) workReplays() {
	s.waiting.Store(true)
	go func() {
		for s.waiting.Load() && s.replaying.TryLock() {
			s.waiting.Store(false)
			err := s.replayAll(s.background)
			s.replaying.Unlock()
			if err != nil && s.background.Err() == nil {
				s.log.LogAttrs(s.background, slog.LevelError, "replays", slog.String("err", err.Error()))
			}
		}
	}()
}

// replayAll works at one replay after another. One server at a time does it.
func (s *server) replayAll(ctx context.Context) error {
	owner := models.NewID()
	mine, err := s.engine.Store.Lease(ctx, "audit.replay", owner, replayLease)
	if err != nil || !mine {
		return err
	}
	defer func() { // lets another go on at once
		_, _ = s.engine.Store.Lease(context.WithoutCancel(ctx), "audit.replay", owner, 0)
	}()
	for {
		var x models.AuditReplay
		err := s.db(ctx).Where("ended_at IS NULL").Order("created_at, id").Take(&x).Error
		if models.Missing(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if over, err := s.replay(ctx, &x, owner); over || err != nil {
			return err
		}
	}
}

// replay works at one replay until it has ended; over says that another server does now.
func (s *server) replay(ctx context.Context, x *models.AuditReplay, owner string) (over bool, err error) {
	for x.EndedAt == nil {
		err := s.replaySome(ctx, x)
		switch {
		case errors.Is(err, errCancelled):
			return false, nil
		case errors.Is(err, errRoleLost):
			return false, s.endReplay(ctx, x, models.ReplayFailed, "role_lost")
		case err != nil && ctx.Err() == nil: // else it goes on after the next start
			return false, errors.Join(err, s.endReplay(ctx, x, models.ReplayFailed, "failed"))
		case err != nil:
			return false, err
		}
		if mine, err := s.engine.Store.Lease(ctx, "audit.replay", owner, replayLease); err != nil || !mine {
			return true, err
		}
	}
	return false, nil
}

func (s *server) endReplay(ctx context.Context, x *models.AuditReplay, state, code string) error {
	now := s.now().UTC().Truncate(time.Microsecond)
	x.EndedAt = &now
	return s.db(ctx).Model(&models.AuditReplay{}).Where("id = ? AND ended_at IS NULL", x.ID).Updates(map[string]any{"state": state, "code": code, "ended_at": now}).Error
}

// replayer is who a replay is done for, under its engagement, while that is valid.
func (s *server) replayer(ctx context.Context, x *models.AuditReplay) (*viewer, error) {
	v := &viewer{}
	err := s.db(ctx).Where("users.id = ? AND "+models.InUse, x.UserID, s.engine.Clock.Now()).Take(&v.user).Error
	if models.Missing(err) {
		return nil, errRoleLost
	}
	if err != nil {
		return nil, err
	}
	e, err := s.findEngagement(ctx, v, x.EngagementID)
	if err == nil {
		v, err = s.under(ctx, v, e)
	}
	var none *problem
	if errors.As(err, &none) {
		return nil, errRoleLost
	}
	return v, err
}

// replaySome does the next cases, and keeps what was found together with how far it is.
func (s *server) replaySome(ctx context.Context, x *models.AuditReplay) error {
	began, jobs := time.Now(), runtime.GOMAXPROCS(0)
	v, err := s.replayer(ctx, x)
	if err != nil {
		return err
	}
	ids, err := s.chosenAfter(ctx, x.ID, x.Cursor, replayBatch*jobs)
	if err != nil {
		return err
	}
	next, was := *x, x.Cursor
	now := s.now().UTC().Truncate(time.Microsecond)
	if next.StartedAt == nil {
		next.State, next.StartedAt = models.ReplayRunning, &now
	}
	var bad []activities.BadRecord
	if len(ids) == 0 {
		next.State, next.EndedAt = models.ReplayDone, &now
	} else if bad, err = s.replayCases(ctx, v, &next, ids, jobs); err != nil {
		return err
	}
	next.BusyMillis += max(time.Since(began).Milliseconds(), 1)
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		kept := tx.Model(&models.AuditReplay{}).Where("id = ? AND ended_at IS NULL AND cursor = ?", x.ID, was).
			Select("state", "done", "events", "histories", "missing", "bad", "cursor", "busy_millis", "started_at", "ended_at").Updates(&next)
		if kept.Error == nil && kept.RowsAffected == 0 {
			return errCancelled
		}
		if kept.Error != nil {
			return kept.Error
		}
		for i, b := range bad {
			f := models.AuditReplayFault{ReplayID: x.ID, N: x.Bad + i + 1, CaseID: b.CaseID, Seq: b.Seq, Fault: b.Fault}
			if err := tx.Create(&f).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		*x = next
	}
	return err
}

// replayCases checks some cases and adds what it has done to a replay. Those that v does not reach any more are named and left out.
func (s *server) replayCases(ctx context.Context, v *viewer, x *models.AuditReplay, ids []string, jobs int) ([]activities.BadRecord, error) {
	x.Cursor = ids[len(ids)-1]
	x.Done += len(ids)
	var reached []string
	db := s.db(ctx)
	if err := s.filterCases(db.Model(&models.Case{}).Where(models.Among(db, "cases.id", ids)), v).Order("cases.id").Pluck("cases.id", &reached).Error; err != nil {
		return nil, err
	}
	verdict, err := (&activities.Verifier{Engine: s.engine, Jobs: jobs}).Cases(ctx, reached)
	if err != nil {
		return nil, err
	}
	x.Events += verdict.Events
	bad := verdict.Bad
	for _, id := range ids {
		if !slices.Contains(reached, id) {
			bad = append(bad, activities.BadRecord{CaseID: id, Fault: "已不在审计任务的范围内，没有核对"})
		}
	}
	if s.histories != nil {
		replayed, missing, more, err := s.histories(ctx, reached)
		if err != nil {
			return nil, err
		}
		x.Histories, x.Missing, bad = x.Histories+replayed, x.Missing+missing, append(bad, more...)
	}
	x.Bad += len(bad)
	return bad, nil
}
