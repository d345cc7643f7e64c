package api

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
)

// delivered keeps the messages of v that have arrived.
func (s *server) delivered(ctx context.Context, v *viewer) *gorm.DB {
	return s.db(ctx).Model(&models.Message{}).Where("user_id = ? AND deliver_at <= ?", v.user.ID, s.engine.Clock.Now())
}

func (s *server) unread(ctx context.Context, v *viewer) (n int64, err error) {
	err = s.delivered(ctx, v).Where("read_at IS NULL").Count(&n).Error
	return n, err
}

// ListMessages lists the reminders of the viewer, newest first, those of one
// moment together: a morning digest is one group.
func (s *server) ListMessages(ctx context.Context, r gen.ListMessagesRequestObject) (gen.ListMessagesResponseObject, error) {
	v := viewerOf(ctx)
	after, err := parseCursor(r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	tx := s.delivered(ctx, v)
	if r.Params.Unread {
		tx = tx.Where("read_at IS NULL")
	}
	if about, ok := messagesAbout[r.Params.About]; ok {
		tx = tx.Where(about)
	}
	limit := pageLimit(r.Params.Limit)
	var rows []models.Message
	if err := newestFirst(tx, "deliver_at", "id", after, limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(m models.Message) cursor { return cursor{At: m.DeliverAt, ID: m.ID} })
	sent, err := s.sentOn(ctx, v, rows)
	if err != nil {
		return nil, err
	}
	unread, err := s.unread(ctx, v)
	return gen.ListMessages200JSONResponse(gen.MessagePage{Groups: groups(rows, sent), Unread: int(unread), NextCursor: next}), err
}

// messagesAbout are the kinds of models.NoticeKind as conditions.
var messagesAbout = map[gen.ListMessagesParamsAbout]string{
	models.NoticePersonal: "case_id = ''", models.NoticeUrgent: "case_id <> '' AND urgent", models.NoticeRemind: "case_id <> '' AND NOT urgent",
}

// groups puts messages of one moment together; an urgent one stands by itself. sent tells where each has gone besides.
func groups(rows []models.Message, sent map[string][]gen.Delivery) []gen.MessageGroup {
	out := []gen.MessageGroup{}
	for _, m := range rows {
		item := gen.Message{ID: m.ID, CaseID: m.CaseID, Kind: m.Kind, Title: m.Title, Body: m.Body, Urgent: m.Urgent, At: m.DeliverAt, Sent: sent[m.ID]}
		if m.ReadAt != nil {
			item.ReadAt = *m.ReadAt
		}
		last := len(out) - 1
		if !m.Urgent && last >= 0 && out[last].Digest && out[last].DeliverAt.Equal(m.DeliverAt) {
			out[last].Items = append(out[last].Items, item)
			out[last].Title = digestTitle(m.DeliverAt, len(out[last].Items))
			continue
		}
		g := gen.MessageGroup{DeliverAt: m.DeliverAt, Digest: !m.Urgent, Title: m.Title, Items: []gen.Message{item}}
		if g.Digest {
			g.Title = digestTitle(m.DeliverAt, 1)
		}
		out = append(out, g)
	}
	return out
}

func digestTitle(at time.Time, n int) string {
	return fmt.Sprintf("%s提醒汇总（%d 条）", policy.DateOf(at).Chinese(), n)
}

// ReadMessage marks a message of the viewer's own as read; once read it stays so.
func (s *server) ReadMessage(ctx context.Context, r gen.ReadMessageRequestObject) (gen.ReadMessageResponseObject, error) {
	var m models.Message
	err := s.delivered(ctx, viewerOf(ctx)).Where("id = ?", r.ID).Take(&m).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	if err == nil && m.ReadAt == nil {
		err = s.db(ctx).Model(&models.Message{}).Where("id = ? AND read_at IS NULL", m.ID).Update("read_at", s.engine.Clock.Now()).Error
	}
	return gen.ReadMessage204Response{}, err
}

// ReadMessages marks everything that has arrived as read.
func (s *server) ReadMessages(ctx context.Context, _ gen.ReadMessagesRequestObject) (gen.ReadMessagesResponseObject, error) {
	done := s.delivered(ctx, viewerOf(ctx)).Where("read_at IS NULL").Update("read_at", s.engine.Clock.Now())
	return gen.ReadMessages200JSONResponse{Read: int(done.RowsAffected)}, done.Error
}
