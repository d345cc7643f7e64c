package activities

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"gorm.io/gorm"

	"shouwang/internal/notify"
	"shouwang/models"
	"shouwang/policy"
)

// Post carries deliveries out of the server. Each way goes by itself: mail is one, and every robot is. One that hangs or fails
// keeps nobody waiting but what has to go there.
type Post struct {
	Engine *Engine
	Mail   notify.Channel // nil without a mail server
	Robots *notify.Robots
	// PublicURL is where people open the application, "" where no links can be given.
	PublicURL string
	Log       *slog.Logger
	// Now is the clock on the wall, time.Now by default.
	Now func() time.Time

	mu    sync.Mutex
	ways  map[string]*way
	going sync.WaitGroup
}

const (
	// claimFor is how long a delivery is left alone that somebody is sending: should he not come back, it is sent again.
	claimFor = 2 * time.Minute
	// serveFor is how long one way is served without a look at the others.
	serveFor = 20 * time.Second
	// serveBatch is how many deliveries of a way are looked up at once.
	serveBatch = 50
	// tooOften is how many faults in a row let a way rest.
	tooOften           = 3
	firstRest, maxRest = 30 * time.Second, 10 * time.Minute
	firstWait, maxWait = 30 * time.Second, 30 * time.Minute
)

// way is how it stands with a way: after some faults in a row it rests, and then one delivery tries whether it goes again.
type way struct {
	busy  bool
	fails int
	rests time.Time
}

func (p *Post) now() time.Time {
	now := time.Now
	if p.Now != nil {
		now = p.Now
	}
	return now().UTC().Truncate(time.Microsecond)
}

// Due reports whether Round would find something to do. It only reads: a server that has nothing to send writes nothing.
func (p *Post) Due(ctx context.Context) (due bool, err error) {
	now := p.Engine.Clock.Now()
	err = p.Engine.Store.DB.WithContext(ctx).Raw(`SELECT EXISTS (SELECT 1 FROM messages WHERE spread_at IS NULL AND deliver_at <= ?)
		OR EXISTS (SELECT 1 FROM deliveries WHERE state = 'waiting' AND (hold_until <= ? AND retry_at <= ? OR give_up_at <= ?))`, now, now, p.now(), p.now()).Scan(&due).Error
	return due, err
}

// Round spreads what is due, gives up what has waited too long, and begins to serve every way that something waits for. It does
// not wait until they are served.
func (p *Post) Round(ctx context.Context) error {
	for {
		n, err := p.Engine.Spread(ctx, p.now())
		if err != nil {
			return err
		}
		if n < spreadBatch {
			break
		}
	}
	db, now := p.Engine.Store.DB.WithContext(ctx), p.now()
	err := db.Model(&models.Delivery{}).Where("state = ? AND give_up_at <= ?", models.DeliveryWaiting, now).Updates(map[string]any{"state": models.DeliveryFailed, "ended_at": now}).Error
	if err != nil {
		return err
	}
	var due []models.Delivery
	err = db.Model(&models.Delivery{}).Distinct("way", "CASE WHEN way = 'mail' THEN '' ELSE target END AS target").
		Where("state = ? AND hold_until <= ? AND retry_at <= ?", models.DeliveryWaiting, p.Engine.Clock.Now(), now).Find(&due).Error
	if err != nil {
		return err
	}
	for _, d := range due {
		if w := p.begin(d.Way, d.Target); w != nil {
			p.going.Go(func() { p.serve(ctx, w, d.Way, d.Target) })
		}
	}
	return nil
}

// Wait waits until everything is served that Round has begun to serve.
func (p *Post) Wait() { p.going.Wait() }

// begin takes a way, unless it is being served or rests.
func (p *Post) begin(name, target string) *way {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ways == nil {
		p.ways = map[string]*way{}
	}
	w := p.ways[name+target]
	if w == nil {
		w = &way{}
		p.ways[name+target] = w
	}
	if w.busy || p.now().Before(w.rests) {
		return nil
	}
	w.busy = true
	return w
}

// serve sends what waits for a way, one after the other, until there is nothing more or it does not go.
func (p *Post) serve(ctx context.Context, w *way, name, target string) {
	defer func() {
		p.mu.Lock()
		w.busy = false
		p.mu.Unlock()
	}()
	for began := time.Now(); time.Since(began) < serveFor && ctx.Err() == nil; {
		q := p.Engine.Store.DB.WithContext(ctx).Where("way = ? AND state = ? AND hold_until <= ? AND retry_at <= ?", name, models.DeliveryWaiting, p.Engine.Clock.Now(), p.now())
		if target != "" {
			q = q.Where("target = ?", target)
		}
		var batch []models.Delivery
		if err := q.Order("hold_until, id").Limit(serveBatch).Find(&batch).Error; err != nil || len(batch) == 0 {
			p.warn(ctx, "deliveries of "+name, err)
			return
		}
		for i := range batch {
			if !p.goesOn(ctx, &batch[i], p.one(ctx, w, &batch[i])) {
				return
			}
		}
	}
}

// goesOn reports whether a way is served further after a delivery on it.
func (p *Post) goesOn(ctx context.Context, d *models.Delivery, err error) bool {
	var fault notify.Fault
	if errors.As(err, &fault) {
		if p.Log != nil {
			p.Log.Info("notice not sent", "delivery", d.ID, "way", d.Way, "fault", fault.Code)
		}
		return fault.Final
	}
	if err != nil { // ours; the others need not wait for it
		p.warn(ctx, "delivery "+d.ID, errors.Join(err, p.later(ctx, d)))
	}
	return ctx.Err() == nil
}

func (p *Post) warn(ctx context.Context, what string, err error) {
	if p.Log != nil && err != nil && ctx.Err() == nil {
		p.Log.Warn(what, "err", err)
	}
}

// later puts a delivery off that could not be composed.
func (p *Post) later(ctx context.Context, d *models.Delivery) error {
	return p.Engine.Store.DB.WithContext(ctx).Model(&models.Delivery{}).Where("id = ? AND state = ?", d.ID, models.DeliveryWaiting).Update("retry_at", p.now().Add(maxWait)).Error
}

// one sends a delivery. Before that it is claimed: whoever else serves the same way, as a server does that has taken over, leaves
// it alone.
func (p *Post) one(ctx context.Context, w *way, d *models.Delivery) error {
	db := p.Engine.Store.DB.WithContext(ctx)
	out, err := p.compose(db, d)
	if err != nil || out == nil {
		return err
	}
	claim := db.Model(&models.Delivery{}).Where("id = ? AND state = ? AND tries = ? AND retry_at <= ?", d.ID, models.DeliveryWaiting, d.Tries, p.now()).
		Updates(map[string]any{"tries": d.Tries + 1, "retry_at": p.now().Add(claimFor)})
	if claim.Error != nil || claim.RowsAffected == 0 {
		return claim.Error
	}
	err = out.channel.Send(ctx, *out.notice)
	if ctx.Err() != nil {
		return ctx.Err() // the server stops; the claim ends by itself
	}
	now := p.now()
	var fault notify.Fault
	if err == nil {
		p.goes(w)
		return end(db, d, models.DeliverySent, "", now)
	}
	if !errors.As(err, &fault) {
		fault = notify.Fault{Code: notify.BadAnswer}
	}
	if fault.Final {
		p.goes(w)
		return errors.Join(fault, end(db, d, models.DeliveryFailed, fault.Code, now))
	}
	p.fails(w, fault, now)
	again := map[string]any{"retry_at": now.Add(wait(d.Tries, fault)), "fault": fault.Code}
	if fault.Unsent {
		again["tries"] = d.Tries
	}
	return errors.Join(fault, db.Model(&models.Delivery{}).Where("id = ?", d.ID).Updates(again).Error)
}

// wait is how long until a delivery is tried again that has been tried so often.
func wait(tries int, f notify.Fault) time.Duration {
	if f.After > 0 {
		return f.After
	}
	return min(firstWait<<min(tries, 10), maxWait)
}

func end(db *gorm.DB, d *models.Delivery, state, fault string, at time.Time) error {
	return db.Model(&models.Delivery{}).Where("id = ?", d.ID).Updates(map[string]any{"state": state, "fault": fault, "ended_at": at}).Error
}

// goes notes that the other side answers.
func (p *Post) goes(w *way) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.fails = 0
}

// fails notes that it does not, or wants to be left alone for a while.
func (p *Post) fails(w *way, f notify.Fault, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.After > 0 {
		w.rests = now.Add(f.After)
		return
	}
	if w.fails++; w.fails >= tooOften {
		w.rests = now.Add(min(firstRest<<min(w.fails-tooOften, 10), maxRest))
	}
}

// outgoingNotice is a delivery that can go now.
type outgoingNotice struct {
	channel notify.Channel
	notice  *notify.Notice
}

// compose writes what a delivery says; nil when it is not to go now: nobody wants it any more, or it is held.
func (p *Post) compose(db *gorm.DB, d *models.Delivery) (*outgoingNotice, error) {
	to, err := p.receiver(db, d)
	if err != nil {
		return nil, err
	}
	if to == nil {
		return nil, end(db, d, models.DeliveryDropped, "", p.now())
	}
	if held, err := p.hold(db, d, to.quiet); err != nil || held {
		return nil, err
	}
	n, err := p.letter(db, d, to)
	if err != nil {
		return nil, err
	}
	if n == nil {
		return nil, end(db, d, models.DeliveryDropped, "", p.now())
	}
	n.ID, n.To = d.ID, to.mail
	return &outgoingNotice{to.channel, n}, nil
}

// hold keeps back until the morning what is not urgent.
func (p *Post) hold(db *gorm.DB, d *models.Delivery, q policy.Quiet) (bool, error) {
	switch d.Kind {
	case models.NoticeUrgent, models.NoticeCode, models.NoticeTest:
		return false, nil
	}
	now := p.Engine.Clock.Now()
	until, quiet := q.End(now)
	if !quiet {
		return false, nil
	}
	longer := p.Engine.Clock.Drill.Wait(p.now(), until)
	return true, db.Model(&models.Delivery{}).Where("id = ?", d.ID).Updates(map[string]any{"hold_until": until.UTC(), "retry_at": p.now().Add(longer), "give_up_at": d.GiveUpAt.Add(longer)}).Error
}

// receiver is where a delivery goes.
type receiver struct {
	channel notify.Channel
	quiet   policy.Quiet
	mail    string
	code    string
	readers []string
	area    string
}

// receiver finds it, nil when there is none any more.
func (p *Post) receiver(db *gorm.DB, d *models.Delivery) (*receiver, error) {
	if d.Way == models.WayMail {
		return p.person(db, d)
	}
	return p.office(db, d)
}

func (p *Post) person(db *gorm.DB, d *models.Delivery) (*receiver, error) {
	var s models.NoticeSettings
	err := db.Where("user_id = ?", d.Target).Take(&s).Error
	if models.Missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var u models.User
	err = db.Where("users.id = ?", d.Target).Where(models.InUse, p.Engine.Clock.Now()).Take(&u).Error
	if models.Missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	secret, err := s.Secret(p.Engine.Store.Vault)
	if err != nil {
		return nil, err
	}
	to := &receiver{channel: p.Mail, mail: secret.Mail, readers: []string{u.ID}}
	if d.Kind == models.NoticeCode {
		to.mail, to.code = secret.Pending, secret.Code
	}
	if to.mail == "" || p.Mail == nil {
		return nil, nil
	}
	to.quiet, err = p.Engine.QuietOf(db, &s, u.Area)
	return to, err
}

func (p *Post) office(db *gorm.DB, d *models.Delivery) (*receiver, error) {
	var r models.Robot
	err := db.Where("id = ? AND NOT disabled", d.Target).Take(&r).Error
	if models.Missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	secret, err := r.Secret(p.Engine.Store.Vault)
	if err != nil {
		return nil, err
	}
	to := &receiver{area: r.RegionCode}
	if to.channel, err = p.Robots.Channel(r.ID, r.Kind, secret.Address, secret.Secret); err != nil {
		to.channel = refusing{err} // its maker's address has left the list
	}
	now := p.Engine.Clock.Now()
	err = db.Model(&models.RoleGrant{}).Joins("JOIN users ON users.id = role_grants.user_id").Where(models.InUse, now).
		Where("role_grants.region_code = ? AND role_grants.dept = ? AND role_grants.household_id = '' AND role_grants.valid_from <= ? AND (role_grants.valid_to IS NULL OR role_grants.valid_to > ?)", r.RegionCode, r.Dept, now, now).
		Distinct().Pluck("role_grants.user_id", &to.readers).Error
	if err != nil {
		return nil, err
	}
	to.quiet, err = p.Engine.QuietOf(db, &models.NoticeSettings{}, r.RegionCode)
	return to, err
}

// refusing is a channel that cannot be used.
type refusing struct{ err error }

func (r refusing) Send(context.Context, notify.Notice) error { return r.err }

// QuietOf is the quiet time of a person, or that of the policy where he has chosen none.
func (e *Engine) QuietOf(db *gorm.DB, s *models.NoticeSettings, area string) (policy.Quiet, error) {
	from, until := s.QuietFrom, s.QuietUntil
	if from == "" {
		snapshot, err := e.resolve(db, area, e.Clock.Now())
		if err != nil {
			return policy.Quiet{}, err
		}
		from, until = snapshot.Text("quiet_from"), snapshot.Text("quiet_until")
	}
	return policy.ParseQuiet(from, until)
}

// letter writes the text, nil when there is nothing to say any more.
func (p *Post) letter(db *gorm.DB, d *models.Delivery, to *receiver) (*notify.Notice, error) {
	l := letters{e: p.Engine, tx: db, url: p.PublicURL}
	switch d.Kind {
	case models.NoticeCode:
		return &notify.Notice{Title: "确认邮箱", Lines: []string{"确认码：" + to.code, "请在“消息 → 提醒方式”中填写，30 分钟内有效。不是本人操作的，不必理会。"}}, nil
	case models.NoticeTest:
		return &notify.Notice{Title: "试发", Lines: []string{"收到这条消息，说明提醒可以送到这里。"}, Link: l.link("/messages")}, nil
	case models.NoticeDigest:
		return l.digest(to.readers, d.Way == models.WayMail, to.area)
	}
	var m models.Message
	err := db.Where("id = ?", d.Message).Take(&m).Error
	if models.Missing(err) || err == nil && d.Way == models.WayMail && m.ReadAt != nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return l.message(&m)
}
