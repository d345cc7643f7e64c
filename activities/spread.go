package activities

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
)

// A message is written in the transaction of the step that it tells of, and nothing more: the step waits for no channel and
// does not even ask who has one. That a message is still to be spread is a mark on itself. Whoever spreads it writes a
// delivery for each way that its reader wants, once.

// spreadBatch bounds how many messages one transaction spreads.
const spreadBatch = 500

// Spread writes the deliveries of messages that have come to be due, and returns how many messages there were; real is the time on
// the wall.
func (e *Engine) Spread(ctx context.Context, real time.Time) (n int, err error) {
	err = e.Store.Tx(ctx, func(tx *gorm.DB) error {
		now := e.Clock.Now()
		var rows []models.Message
		if err := tx.Where("spread_at IS NULL AND deliver_at <= ?", now).Order("deliver_at, id").Limit(spreadBatch).Find(&rows).Error; err != nil || len(rows) == 0 {
			return err
		}
		n = len(rows)
		s := &spreading{e: e, tx: tx, now: now, real: real, policies: map[string]policy.Snapshot{}}
		if err := s.load(rows); err != nil {
			return err
		}
		ids := make([]string, n)
		for i := range rows {
			ids[i] = rows[i].ID
			if err := s.spread(&rows[i]); err != nil {
				return err
			}
		}
		if len(s.out) > 0 {
			if err := tx.Clauses(onConflictDoNothing).CreateInBatches(s.out, bulkRows).Error; err != nil {
				return err
			}
		}
		return tx.Model(&models.Message{}).Where("id IN ?", ids).Update("spread_at", now).Error
	})
	return n, err
}

// spreading is one transaction of it, with what is known about the readers.
type spreading struct {
	e         *Engine
	tx        *gorm.DB
	now, real time.Time
	settings  map[string]*models.NoticeSettings
	users     map[string]*models.User // only those in use
	posts     map[string][]models.RoleGrant
	robots    []models.Robot
	areas     map[string]string // of the cases
	policies  map[string]policy.Snapshot
	out       []models.Delivery
}

func (s *spreading) load(rows []models.Message) error {
	var readers, cases []string
	for _, m := range rows {
		readers = append(readers, m.UserID)
		if m.CaseID != "" {
			cases = append(cases, m.CaseID)
		}
	}
	var settings []models.NoticeSettings
	if err := s.tx.Where("user_id IN ? AND mail_at IS NOT NULL OR user_id IN ? AND choices <> '{}'", readers, readers).Find(&settings).Error; err != nil {
		return err
	}
	s.settings = map[string]*models.NoticeSettings{}
	for i := range settings {
		s.settings[settings[i].UserID] = &settings[i]
	}
	if err := s.tx.Where("NOT disabled").Find(&s.robots).Error; err != nil || len(s.robots) == 0 && len(settings) == 0 {
		return err
	}
	var users []models.User
	if err := s.tx.Where("users.id IN ?", readers).Where(models.InUse, s.now).Find(&users).Error; err != nil {
		return err
	}
	s.users = map[string]*models.User{}
	for i := range users {
		s.users[users[i].ID] = &users[i]
	}
	var posts []models.RoleGrant
	if err := s.tx.Where("user_id IN ? AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)", readers, s.now, s.now).Order("valid_from, id").Find(&posts).Error; err != nil {
		return err
	}
	s.posts = map[string][]models.RoleGrant{}
	for _, g := range posts {
		s.posts[g.UserID] = append(s.posts[g.UserID], g)
	}
	var places []models.Case
	if err := s.tx.Select("id", "region_code").Where("id IN ?", cases).Find(&places).Error; err != nil {
		return err
	}
	s.areas = map[string]string{}
	for _, c := range places {
		s.areas[c.ID] = c.RegionCode
	}
	return nil
}

// spread writes the deliveries of one message.
func (s *spreading) spread(m *models.Message) error {
	u := s.users[m.UserID]
	if u == nil || m.ReadAt != nil {
		return nil
	}
	wants := s.settings[u.ID]
	if wants == nil {
		wants = &models.NoticeSettings{}
	}
	kind := models.NoticeKind(m)
	if err := s.add(m, u, kind, wants.Ways(kind)); err != nil || kind != models.NoticeRemind {
		return err
	}
	return s.add(m, u, models.NoticeDigest, wants.Ways(models.NoticeDigest))
}

func (s *spreading) add(m *models.Message, u *models.User, kind string, ways []string) error {
	if slices.Contains(ways, models.WayMail) && s.settings[u.ID] != nil && s.settings[u.ID].MailAt != nil {
		if err := s.deliver(m, kind, models.WayMail, u.ID, s.home(u)); err != nil {
			return err
		}
	}
	if !slices.Contains(ways, models.WayRobot) {
		return nil
	}
	for i := range s.robots {
		r := &s.robots[i]
		if !s.hears(r, m) {
			continue
		}
		if err := s.deliver(m, kind, models.WayRobot, r.ID, r.RegionCode); err != nil {
			return err
		}
	}
	return nil
}

// hears reports whether a robot speaks to the office in which the reader of a message holds a post, and whether the case is
// one of its area: somebody with posts in two villages does not tell one of the other.
func (s *spreading) hears(r *models.Robot, m *models.Message) bool {
	return m.CaseID != "" && slices.ContainsFunc(s.posts[m.UserID], r.Of) && strings.HasPrefix(s.areas[m.CaseID], r.RegionCode)
}

// home is the area whose policy holds for a person.
func (s *spreading) home(u *models.User) string {
	if posts := s.posts[u.ID]; u.Area == "" && len(posts) > 0 {
		return posts[0].RegionCode
	}
	return u.Area
}

func (s *spreading) deliver(m *models.Message, kind, way, target, area string) error {
	snapshot, ok := s.policies[area]
	if !ok {
		var err error
		if snapshot, err = s.e.resolve(s.tx, area, s.now); err != nil {
			return err
		}
		s.policies[area] = snapshot
	}
	d := models.Delivery{ID: models.NewID(), Way: way, Target: target, Kind: kind, Event: models.EventOf(m), Message: m.ID, State: models.DeliveryWaiting, HoldUntil: s.now, CreatedAt: s.real}
	if kind == models.NoticeDigest {
		event, at := s.e.Digest(snapshot, m.DeliverAt)
		d.Event, d.Message, d.HoldUntil = event, "", notBefore(at, s.now)
	}
	d.RetryAt = s.real.Add(s.e.Clock.Drill.Wait(s.real, notBefore(d.HoldUntil, s.now)))
	d.GiveUpAt = d.RetryAt.Add(time.Duration(snapshot.Int("notice_give_up_hours")) * time.Hour)
	s.out = append(s.out, d)
	return nil
}

// notBefore is a moment, or another if that is later.
func notBefore(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a.UTC()
}

// Digest is the digest in which a reminder of some moment stands, as an event, and when it goes out: on a working day. Reminders
// of a weekend stand in that of Monday, or of the Sunday that is worked.
func (e *Engine) Digest(p policy.Snapshot, at time.Time) (event string, goes time.Time) {
	hour, err := policy.ParseTimeOfDay(p.Text("digest_hour"))
	day := policy.DateOf(at)
	if err == nil && day.Start().Add(hour).Before(at) {
		day = day.AddDays(1)
	}
	for !e.CalendarNow().Day(day).Work {
		day = day.AddDays(1)
	}
	return "digest#" + day.String(), day.Start().Add(hour)
}
