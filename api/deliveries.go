package api

import (
	"context"
	"slices"
	"time"

	"shouwang/api/gen"
	"shouwang/internal/notify"
	"shouwang/models"
)

// Where messages have gone besides.

// sentOn are the deliveries of some messages of the viewer, by message: to his mail, and to the groups of his offices.
func (s *server) sentOn(ctx context.Context, v *viewer, rows []models.Message) (map[string][]gen.Delivery, error) {
	out := map[string][]gen.Delivery{}
	if len(rows) == 0 {
		return out, nil
	}
	robots, err := s.robotsOf(ctx, v)
	if err != nil {
		return nil, err
	}
	titles, targets := map[string]string{v.user.ID: "邮箱"}, []string{v.user.ID}
	for _, r := range robots {
		titles[r.ID], targets = r.Title, append(targets, r.ID)
	}
	area := v.user.Area
	if own := v.own(); area == "" && len(own) > 0 {
		area = own[0].RegionCode
	}
	policy, err := s.engine.PolicyNow(ctx, area)
	if err != nil {
		return nil, err
	}
	tells := map[string][]string{} // messages by event
	var events []string
	for i := range rows {
		m := &rows[i]
		mine := []string{models.EventOf(m)}
		if models.NoticeKind(m) == models.NoticeRemind {
			event, _ := s.engine.Digest(policy, m.DeliverAt)
			mine = append(mine, event)
		}
		for _, event := range mine {
			tells[event] = append(tells[event], m.ID)
			events = append(events, event)
		}
	}
	var list []models.Delivery
	if err := s.db(ctx).Where("target IN ? AND event IN ?", targets, distinct(events)).Order("created_at, id").Find(&list).Error; err != nil {
		return nil, err
	}
	for i := range list {
		for _, id := range tells[list[i].Event] {
			out[id] = append(out[id], s.deliveryView(&list[i], titles[list[i].Target]))
		}
	}
	return out, nil
}

var deliveryTitles = map[string]string{models.DeliveryWaiting: "等待送出", models.DeliverySent: "已送到", models.DeliveryFailed: "没有送到", models.DeliveryDropped: "不再需要"}

func (s *server) deliveryView(d *models.Delivery, title string) gen.Delivery {
	out := gen.Delivery{Way: gen.DeliveryWay(d.Way), Title: title, Digest: d.Kind == models.NoticeDigest, State: gen.DeliveryState(d.State), StateTitle: deliveryTitles[d.State], Fault: notify.Words(d.Fault), At: d.RetryAt}
	switch {
	case d.EndedAt != nil:
		out.At = *d.EndedAt
	case d.HoldUntil.After(s.engine.Clock.Now()):
		out.At, out.StateTitle = d.HoldUntil, "免打扰时间后送"
		if out.Digest {
			out.StateTitle = "随晨报送"
		}
	case d.Fault != "":
		out.StateTitle = "没有送到，还会再送"
	}
	return out
}

// lastDelivery is the latest delivery to a target, of some kinds if any are named; the zero one for none.
func (s *server) lastDelivery(ctx context.Context, target, title string, kinds ...string) (gen.Delivery, error) {
	q := s.db(ctx).Where("target = ?", target)
	if len(kinds) > 0 {
		q = q.Where("kind IN ?", kinds)
	}
	var d models.Delivery
	err := q.Order("created_at DESC, id DESC").Take(&d).Error
	if models.Missing(err) {
		return gen.Delivery{}, nil
	}
	return s.deliveryView(&d, title), err
}

// robotsOf are those of the offices in which the viewer holds a post of his own.
func (s *server) robotsOf(ctx context.Context, v *viewer) ([]models.Robot, error) {
	var areas []string
	for _, g := range v.own() {
		areas = append(areas, g.RegionCode)
	}
	var rows []models.Robot
	err := s.db(ctx).Where("region_code IN ? AND NOT disabled", distinct(areas)).Order("region_code, id").Find(&rows).Error
	return slices.DeleteFunc(rows, func(r models.Robot) bool { return !slices.ContainsFunc(v.own(), r.Of) }), err
}

const (
	// sendAgain is how soon a code or a test may follow the one before.
	sendAgain = 30 * time.Second
	// sendUntil is how long a code or a test is tried to be sent, and how long a code holds.
	sendUntil = 30 * time.Minute
)

// sendNow puts a code or a test on its way.
func (s *server) sendNow(ctx context.Context, way, target, kind string) error {
	now := s.now().UTC().Truncate(time.Microsecond)
	var last models.Delivery
	err := s.db(ctx).Where("target = ? AND kind = ?", target, kind).Order("created_at DESC").Take(&last).Error
	if err != nil && !models.Missing(err) {
		return err
	}
	if wait := last.CreatedAt.Add(sendAgain).Sub(now); err == nil && wait > 0 {
		return tooMany("too_soon", "刚刚发过，请稍后再试", int(wait.Seconds())+1)
	}
	return s.db(ctx).Create(&models.Delivery{ID: models.NewID(), Way: way, Target: target, Kind: kind, Event: kind + "#" + models.NewID(), State: models.DeliveryWaiting,
		HoldUntil: s.engine.Clock.Now(), RetryAt: now, GiveUpAt: now.Add(sendUntil), CreatedAt: now}).Error
}
