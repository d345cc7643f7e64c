package activities_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/notify"
	"shouwang/internal/notify/receivers"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// mailbox is a channel that keeps what is sent, and fails while it is told to.
type mailbox struct {
	mu    sync.Mutex
	sent  []notify.Notice
	fails error
	asked int
}

func (b *mailbox) Send(_ context.Context, n notify.Notice) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	if b.fails == nil {
		b.sent = append(b.sent, n)
	}
	return b.fails
}

// take empties the box.
func (b *mailbox) take() []notify.Notice {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.sent
	b.sent = nil
	return out
}

// posted is a world whose messages go out.
type posted struct {
	*testkit.World
	*activities.Post
	box *mailbox
}

func newPosted(w *testkit.World) *posted {
	box := &mailbox{}
	return &posted{w, &activities.Post{Engine: w.Engine, Mail: box, Robots: &notify.Robots{Now: w.Now}, PublicURL: "https://case.example/", Now: w.Now}, box}
}

func (p *posted) round() {
	p.T.Helper()
	due, err := p.Due(p.T.Context())
	require.NoError(p.T, err)
	if due {
		require.NoError(p.T, p.Round(p.T.Context()))
		p.Wait()
	}
}

// mail gives somebody a confirmed address.
func (p *posted) mail(user string, change ...func(s *models.NoticeSettings)) {
	p.T.Helper()
	s := models.NoticeSettings{UserID: user, Choices: map[string][]string{}, MailAt: new(p.World.Now()), UpdatedAt: p.World.Now()}
	require.NoError(p.T, s.SetSecret(p.Store.Vault, models.NoticeSecret{Mail: user + "@county.example"}))
	for _, f := range change {
		f(&s)
	}
	require.NoError(p.T, p.Store.DB.Save(&s).Error)
}

func (p *posted) robot(id, kind, region, address string) {
	p.T.Helper()
	r := models.Robot{ID: id, Kind: kind, Title: id, RegionCode: region, CreatedAt: p.World.Now(), UpdatedAt: p.World.Now()}
	require.NoError(p.T, r.SetSecret(p.Store.Vault, models.RobotSecret{Address: address}))
	require.NoError(p.T, p.Store.DB.Create(&r).Error)
}

func (p *posted) deliveries(state string) (out []models.Delivery) {
	p.T.Helper()
	require.NoError(p.T, p.Store.DB.Where("state = ?", state).Order("id").Find(&out).Error)
	return out
}

// tell writes a message as a step does.
func (p *posted) tell(user string, c *models.Case, no int, urgent bool, clock string) {
	p.T.Helper()
	m := models.Message{ID: models.NewID(), UserID: user, ClockID: clock, RungNo: no, Kind: policy.ActionRemind, Title: "提醒", Body: "田禾家", Urgent: urgent, DeliverAt: p.World.Now(), CreatedAt: p.World.Now()}
	if c != nil {
		m.CaseID = c.ID
	}
	require.NoError(p.T, p.Store.DB.Create(&m).Error)
}

// What a rung tells goes to each reader's mail and once to the chat of his office, however many of its people are told; not to
// those of others; and nothing of it names anybody.
func TestAReminderGoesOut(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		w.SetPolicy("clue_days", testkit.County, days(5, policy.UnitCalendar))
		w.SetPolicy("wake_spread_minutes", testkit.County, 0)
		p := newPosted(w)
		hall := receivers.NewRobots(t, "dingtalk", "")
		hall.Now = w.Now
		p.Robots.Origins, p.Robots.Client = []string{hall.URL}, hall.Client()
		p.robot("ours", "dingtalk", testkit.Village, hall.Address())
		p.robot("theirs", "dingtalk", testkit.Village2, hall.Address())
		cadre, office := w.Actor(procedure.VillageCadre).UserID, w.Actor(procedure.TownshipOffice).UserID
		p.mail(cadre)
		p.mail(office, func(s *models.NoticeSettings) { s.Choices = map[string][]string{models.NoticeUrgent: {}} })
		c := w.Fresh("risk_clue") // due on the 26th
		w.AdvanceTo(at("09-26 08:30"))
		p.round()
		p.round()

		d, _ := procedure.Lookup(c.Procedure, c.Version)
		var urgent []notify.Notice
		for _, n := range p.box.take() {
			require.NotContains(t, n.Title+strings.Join(n.Lines, ""), "田禾")
			if n.Link == "https://case.example/cases/"+c.ID {
				urgent = append(urgent, n)
			}
		}
		require.Len(t, urgent, 1, "the office wants none")
		require.Equal(t, cadre+"@county.example", urgent[0].To)
		require.Equal(t, "提醒："+d.Title+"（"+c.No+"）", urgent[0].Title)
		require.Equal(t, "期限：2026年9月26日（周六）（今天到期）", urgent[0].Lines[0])
		n := 0
		for _, g := range hall.Got() {
			if strings.Contains(g.Text, "/cases/"+c.ID) {
				n++
			}
			require.NotContains(t, g.Text, "田禾")
		}
		require.Equal(t, 1, n, "one for all of the village")
		for _, d := range p.deliveries(models.DeliveryWaiting) {
			require.Equal(t, "digest#2026-09-28", d.Event, "the 26th is a holiday")
		}
		var here int64
		require.NoError(t, w.Store.DB.Model(&models.Delivery{}).Where("target = ?", "theirs").Count(&here).Error)
		require.Zero(t, here)
	})
}

// One digest on each working day, at its hour: none on a Saturday or a holiday, one on a Sunday that is worked, and in that of
// the next working day stands what came in between.
func TestDigestsOfTwoWeeks(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		w.SetNow(at("09-17 10:00"))
		w.SetPolicy("clue_days", testkit.County, days(40, policy.UnitCalendar))
		p, cadre := newPosted(w), w.Actor(procedure.VillageCadre).UserID
		c := w.Fresh("risk_clue")
		row := running(t, w, c.ID, "clue")
		p.mail(cadre, func(s *models.NoticeSettings) { s.Choices = map[string][]string{models.NoticeUrgent: {}} })
		var got []string
		for day := range 11 { // Friday the 18th to Monday the 28th; the 20th is worked, the 25th to 27th are Mid-Autumn
			morning := at("09-18 08:59").AddDate(0, 0, day)
			w.SetNow(morning)
			require.NoError(t, w.Store.DB.Create(&models.Message{ID: models.NewID(), UserID: cadre, CaseID: c.ID, ClockID: row.ID, RungNo: 100 + day, Kind: policy.ActionRemind, Title: "提醒", DeliverAt: morning.Add(time.Minute), CreatedAt: morning}).Error)
			p.round()
			require.Empty(t, p.box.take(), "before the hour")
			w.SetNow(morning.Add(time.Minute))
			p.round()
			p.round()
			for _, n := range p.box.take() {
				got = append(got, morning.In(policy.Shanghai).Format("01-02 ")+n.Title)
				require.Equal(t, fmt.Sprintf("未读消息 %d 条。", day+1), n.Lines[1])
				require.Equal(t, "1. 返贫致贫风险线索 "+c.No+" 期限："+policy.DateOf(row.DueAt.Add(-time.Second)).Chinese(), strings.Replace(n.Lines[2], w.Definition(c).Title, "返贫致贫风险线索", 1))
			}
		}
		var want []string
		for _, day := range []int{18, 20, 21, 22, 23, 24, 28} {
			want = append(want, fmt.Sprintf("09-%d %s提醒汇总：1 件待办，其中超期 0 件", day, policy.NewDate(2026, 9, day).Chinese()))
		}
		require.Equal(t, want, got)

		// Who has read everything gets none.
		w.SetNow(at("09-29 09:00"))
		p.tell(cadre, c, 200, false, row.ID)
		w.SetNow(at("09-30 08:00"))
		require.NoError(t, w.Store.DB.Model(&models.Message{}).Where("user_id = ?", cadre).Update("read_at", w.Now()).Error)
		w.SetNow(at("09-30 09:00"))
		p.round()
		require.Empty(t, p.box.take())
	})
}

// What is not urgent waits for the end of the quiet time, one's own or that of the policy; what is urgent does not.
func TestQuietTimeHolds(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		p, c := newPosted(w), w.Fresh("risk_clue")
		usual, own := w.Actor(procedure.VillageCadre).UserID, w.Actor(procedure.TownshipOffice).UserID
		all := func(s *models.NoticeSettings) {
			s.Choices = map[string][]string{models.NoticeDigest: {}, models.NoticeRemind: {models.WayMail}, models.NoticeUrgent: {models.WayMail}}
		}
		p.mail(usual, all)
		p.mail(own, all, func(s *models.NoticeSettings) { s.QuietFrom, s.QuietUntil = "22:00", "22:00" })
		to := func() (out []string) {
			for _, n := range p.box.take() {
				out = append(out, strings.TrimSuffix(n.To, "@county.example"))
			}
			return out
		}
		w.SetNow(at("11-20 20:59"))
		p.tell(usual, c, 1, false, "k")
		p.round()
		require.Equal(t, []string{usual}, to())
		w.SetNow(at("11-20 21:00"))
		p.tell(usual, c, 2, false, "k")
		p.tell(own, c, 2, false, "k") // he wants no quiet time
		p.round()
		require.Equal(t, []string{own}, to())
		held := p.deliveries(models.DeliveryWaiting)
		require.Len(t, held, 1)
		require.True(t, held[0].HoldUntil.Equal(at("11-21 07:30")), held[0].HoldUntil)
		p.tell(usual, c, 3, true, "k")
		p.round()
		require.Equal(t, []string{usual}, to(), "urgent")
		w.SetNow(at("11-21 07:29"))
		p.round()
		require.Empty(t, to())
		w.SetNow(at("11-21 07:30"))
		p.round()
		require.Equal(t, []string{usual}, to())
	})
}

// A channel that is dead keeps no step waiting and loses nothing: the step is as quick as ever, the message is there, and it goes
// out once when the channel is back. Other channels go on.
func TestADeadChannelDelaysNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		p := newPosted(w)
		good, dead := receivers.NewRobots(t, "wecom", ""), receivers.NewRobots(t, "wecom", "")
		good.Now, dead.Now = w.Now, w.Now
		client := good.Client() // trusts the certificate of all such servers
		client.Timeout = 20 * time.Second
		p.Robots.Origins, p.Robots.Client = []string{good.URL, dead.URL}, client
		p.robot("good", "wecom", testkit.Village, good.Address())
		p.robot("dead", "wecom", testkit.Township, dead.Address())
		asked := make(chan bool, 100)
		release := make(chan bool)
		dead.Break(func(http.ResponseWriter, *http.Request) bool {
			asked <- true
			select {
			case <-release:
			case <-time.After(20 * time.Second):
			}
			panic(http.ErrAbortHandler)
		})
		cadre, office := w.Actor(procedure.VillageCadre).UserID, w.Actor(procedure.TownshipOffice).UserID
		c := w.Reach("risk_clue", "verifying")
		p.tell(cadre, c, 1, true, "k")
		p.tell(office, c, 1, true, "k")
		require.NoError(t, p.Round(t.Context()))
		<-asked // it hangs

		// Steps go on, and so do rounds and the other robot.
		began := time.Now()
		w.Reach("risk_clue", "verifying")
		require.Less(t, time.Since(began), 10*time.Second, "a step waits for nobody, and this one hangs until it is released")
		p.tell(cadre, c, 2, true, "k2")
		require.NoError(t, p.Round(t.Context()))
		require.Eventually(t, func() bool { return len(good.Got()) == 2 }, 5*time.Second, 5*time.Millisecond)
		close(release)
		p.Wait()

		// 500, an answer that is none, gone: each time it is tried later, and after some times less often.
		answers := []string{"500", "bad", "down"}
		for i := range 6 {
			kind := answers[i%3]
			dead.Break(func(rw http.ResponseWriter, _ *http.Request) bool {
				switch kind {
				case "500":
					rw.WriteHeader(500)
				case "bad":
					_, _ = rw.Write([]byte("<html>"))
				default:
					panic(http.ErrAbortHandler)
				}
				return true
			})
			w.SetNow(w.Now().Add(31 * time.Minute))
			p.round()
		}
		waiting := p.deliveries(models.DeliveryWaiting)
		require.Len(t, waiting, 1)
		require.Equal(t, 7, waiting[0].Tries)
		require.Equal(t, notify.Unreachable, waiting[0].Fault)
		p.round() // too soon
		require.Equal(t, 7, p.deliveries(models.DeliveryWaiting)[0].Tries)

		dead.Break(nil)
		w.SetNow(w.Now().Add(31 * time.Minute))
		p.round()
		p.round()
		require.Len(t, dead.Got(), 1, "once")
		require.Len(t, good.Got(), 2)
		require.Len(t, p.deliveries(models.DeliverySent), 3)
	})
}

// What cannot go out is given up after the time that the policy gives, and says why; one that is refused for good at once.
func TestGivenUp(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		w.SetPolicy("notice_give_up_hours", testkit.County, 5)
		p, c := newPosted(w), w.Fresh("risk_clue")
		cadre := w.Actor(procedure.VillageCadre).UserID
		p.mail(cadre)
		p.box.fails = notify.Fault{Code: notify.ServerFault}
		p.tell(cadre, c, 1, true, "k")
		p.round()
		w.SetNow(w.Now().Add(5*time.Hour - time.Second))
		p.round()
		require.Len(t, p.deliveries(models.DeliveryWaiting), 1)
		w.SetNow(w.Now().Add(time.Second))
		asked := p.box.asked
		p.round()
		require.Equal(t, asked, p.box.asked, "not tried any more")
		failed := p.deliveries(models.DeliveryFailed)
		require.Len(t, failed, 1)
		require.Equal(t, notify.ServerFault, failed[0].Fault)
		require.Greater(t, failed[0].Tries, 1)

		w.SetNow(w.Now().Add(time.Hour))
		p.box.fails = notify.Fault{Code: notify.NoSuchMail, Final: true}
		p.tell(cadre, c, 2, true, "k")
		p.round()
		failed = p.deliveries(models.DeliveryFailed)
		require.Len(t, failed, 2)
		require.Equal(t, 1, failed[1].Tries)
		var n int64
		require.NoError(t, w.Store.DB.Model(&models.Message{}).Where("user_id = ? AND clock_id = 'k'", cadre).Count(&n).Error)
		require.EqualValues(t, 2, n, "in the application they are there all the same")
	})
}

// Nobody is told what he has read, what is over, or what is not his any more, and a robot hears of no case outside of its area.
func TestWhatIsNotWantedAnyMore(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		p, c := newPosted(w), w.Fresh("risk_clue")
		cadre := w.Actor(procedure.VillageCadre).UserID
		p.mail(cadre)
		drop := func(why string, change func()) {
			w.SetNow(w.Now().Add(31 * time.Minute))
			p.box.fails = notify.Fault{Code: notify.ServerFault}
			p.tell(cadre, c, int(w.Now().Unix()), true, "k")
			p.round()
			require.Len(t, p.deliveries(models.DeliveryWaiting), 1, why)
			change()
			p.box.fails = nil
			w.SetNow(w.Now().Add(31 * time.Minute))
			p.round()
			require.Empty(t, p.deliveries(models.DeliveryWaiting), why)
			require.Empty(t, p.box.take(), why)
		}
		drop("read", func() {
			require.NoError(t, w.Store.DB.Model(&models.Message{}).Where("user_id = ?", cadre).Update("read_at", w.Now()).Error)
		})
		drop("no address any more", func() {
			require.NoError(t, w.Store.DB.Where("user_id = ?", cadre).Delete(&models.NoticeSettings{}).Error)
		})
		p.mail(cadre)
		drop("disabled", func() {
			require.NoError(t, w.Store.DB.Model(&models.User{}).Where("id = ?", cadre).Update("disabled", true).Error)
		})
		require.NoError(t, w.Store.DB.Model(&models.User{}).Where("id = ?", cadre).Update("disabled", false).Error)
		drop("closed", func() {
			require.NoError(t, w.Store.DB.Model(&models.Case{}).Where("id = ?", c.ID).Update("closed_at", w.Now()).Error)
		})
		require.Len(t, p.deliveries(models.DeliveryDropped), 4)

		// He has a post in another village as well; the case is of this one.
		hall := receivers.NewRobots(t, "wecom", "")
		p.Robots.Origins, p.Robots.Client = []string{hall.URL}, hall.Client()
		p.robot("theirs", "wecom", testkit.Village2, hall.Address())
		require.NoError(t, w.Store.DB.Create(&models.RoleGrant{ID: "two", UserID: cadre, Role: procedure.VillageCadre, RegionCode: testkit.Village2, ValidFrom: w.Now().AddDate(-1, 0, 0)}).Error)
		p.tell(cadre, w.Fresh("risk_clue"), 1, true, "other")
		p.round()
		require.Len(t, p.box.take(), 1)
		require.Empty(t, hall.Got())
	})
}
