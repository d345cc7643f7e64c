package activities_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// trail writes records past the engine, which would refuse most of what the patterns look for.
type trail struct {
	*testkit.World
	n int
}

func (w *trail) row(rows ...any) {
	for _, r := range rows {
		require.NoError(w.T, w.Store.DB.Create(r).Error)
	}
}

// matter is a case of a household in a village.
func (w *trail) matter(proc, household, village string, state procedure.State) *models.Case {
	w.n++
	id := fmt.Sprintf("case-%03d", w.n)
	c := &models.Case{ID: id, No: id, Procedure: proc, Version: 1, State: state, HouseholdID: household, RegionCode: village, OpenedAt: w.Now(), UpdatedAt: w.Now(), DueAt: models.FarFuture}
	w.row(c)
	return c
}

// act adds a record to a case: who is "" for an act by rule.
func (w *trail) act(c *models.Case, kind, event, who string, at time.Time, more ...func(*models.CaseEvent)) *models.CaseEvent {
	c.Seq++
	if kind == "event" {
		c.Step++
	}
	ev := &models.CaseEvent{ID: fmt.Sprintf("%s-%02d", c.ID, c.Seq), CaseID: c.ID, Seq: c.Seq, Step: c.Step, Kind: kind, Event: event, ActorID: who, ActorName: who, ActorRole: procedure.TownshipOffice,
		At: at, Key: fmt.Sprintf("%s-%02d", c.ID, c.Seq)}
	for _, m := range more {
		m(ev)
	}
	w.row(ev)
	return ev
}

func in(role procedure.Role) func(*models.CaseEvent) {
	return func(ev *models.CaseEvent) { ev.ActorRole = role }
}

func forPerson(who string) func(*models.CaseEvent) {
	return func(ev *models.CaseEvent) { ev.ForID = who }
}

func (w *trail) clock(c *models.Case, code, ladder string, from, due time.Time, stopped *time.Time, more ...func(*models.ClockRow)) *models.ClockRow {
	w.n++
	k := &models.ClockRow{ID: fmt.Sprintf("clock-%03d", w.n), CaseID: c.ID, Code: code, Run: w.n, StartedAt: from, AnchorAt: from, Budget: []byte(`{"days":5,"unit":"calendar"}`), Ladder: ladder,
		LastDay: policy.DateOf(due).String(), DueAt: due, StoppedAt: stopped}
	for _, m := range more {
		m(k)
	}
	w.row(k)
	return k
}

// hits are the ids of the cases and records that a pattern finds in the first township, each as often as it is found.
func (w *trail) hits(code string, least int) []string {
	w.T.Helper()
	out := []string{}
	for _, r := range w.found(code, activities.PatternQuery{Scope: inTownship, Records: recordsInTownship, Least: least, Limit: 1000}) {
		out = append(out, r.CaseID+r.RecordID)
	}
	return out
}

func (w *trail) found(code string, q activities.PatternQuery) []activities.PatternHit {
	w.T.Helper()
	p, ok := activities.PatternOf(code)
	require.True(w.T, ok)
	rows, err := w.Engine.Find(w.Store.DB, p, q)
	require.NoError(w.T, err)
	for _, r := range rows {
		require.NotEmpty(w.T, p.Words(r))
		require.False(w.T, r.At.IsZero(), "the moment is read in both dialects")
	}
	return rows
}

// hit is what is found in one case or record.
func (w *trail) hit(code, id string) activities.PatternHit {
	w.T.Helper()
	for _, h := range w.found(code, activities.PatternQuery{Scope: inTownship, Records: recordsInTownship, Limit: 1000}) {
		if id == h.CaseID+h.RecordID {
			return h
		}
	}
	require.Fail(w.T, "not found", id)
	return activities.PatternHit{}
}

func inTownship(tx *gorm.DB) *gorm.DB {
	return tx.Where("substr(cases.region_code, 1, 9) = ?", testkit.Township)
}

func recordsInTownship(tx *gorm.DB) *gorm.DB {
	return tx.Where("substr(form_records.region_code, 1, 9) = ?", testkit.Township)
}

const (
	near, far = testkit.Village, testkit.Village3
	day24     = 24 * time.Hour
)

// Every pattern finds what is just over its line and not what is just under it, and nothing outside the scope.
func TestPatternsFindWhatTheySay(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name, pattern string
		least         int
		// make writes the records of one case and says whether it is to be found.
		make func(w *trail, village string, over bool) *models.Case
	}{
		{"a gap of fifteen days within a limit", "idle_days", 15, func(w *trail, village string, over bool) *models.Case {
			c := w.matter("risk_clue", "h", village, "verifying")
			gap := 15 * day24
			if !over {
				gap -= time.Minute
			}
			w.clock(c, "clue", policy.LadderStandard, w.Now(), w.Now().Add(40*day24), nil)
			w.act(c, "open", "", "u1", w.Now())
			w.act(c, "rung", "clue.remind", "", w.Now().Add(5*day24)) // the machine does not work on a case
			w.act(c, "event", "verify", "u1", w.Now().Add(gap))
			return c
		}},
		{"a gap without any limit is none", "idle_days", 15, func(w *trail, village string, over bool) *models.Case {
			c := w.matter("risk_clue", "h", village, "verifying")
			ladder := policy.LadderSilent
			if over {
				ladder = policy.LadderStandard
			}
			w.clock(c, "clue", ladder, w.Now(), w.Now().Add(40*day24), nil)
			w.act(c, "open", "", "u1", w.Now())
			w.act(c, "event", "verify", "u1", w.Now().Add(20*day24))
			return c
		}},
		{"a gap while the clocks were stopped is none", "idle_days", 15, func(w *trail, village string, over bool) *models.Case {
			c := w.matter("risk_clue", "h", village, "verifying")
			w.clock(c, "clue", policy.LadderStandard, w.Now(), w.Now().Add(40*day24), nil)
			w.act(c, "open", "", "u1", w.Now())
			if !over {
				w.row(&models.ClockStop{ID: c.ID, CaseID: c.ID, AskedAt: w.Now(), DecidedAt: new(w.Now().Add(time.Hour)), Approved: true, ResumedAt: new(w.Now().Add(9 * day24))})
			}
			w.act(c, "event", "verify", "u1", w.Now().Add(20*day24))
			return c
		}},
		{"ten stopped days", "stopped_days", 10, func(w *trail, village string, over bool) *models.Case {
			c := w.matter("risk_clue", "h", village, "verifying")
			lost := 9
			if over {
				lost = 10
			}
			w.clock(c, "clue", policy.LadderStandard, w.Now(), w.Now().Add(9*day24), nil, func(k *models.ClockRow) { k.LostDays = lost })
			return c
		}},
		{"two offices in one case", "same_person", 0, func(w *trail, village string, over bool) *models.Case {
			c := w.matter("risk_clue", "h", village, "verifying")
			role := procedure.VillageCadre
			if over {
				role = procedure.VillageSecretary
			}
			w.act(c, "open", "", "u1", w.Now(), in(procedure.VillageCadre))
			w.act(c, "event", "verify", "u1", w.Now(), in(role))
			return c
		}},
		{"once for himself and once for another", "same_person", 0, func(w *trail, village string, over bool) *models.Case {
			c := w.matter("risk_clue", "h", village, "verifying")
			w.act(c, "open", "", "u1", w.Now())
			who := "u2"
			if over {
				who = "u1"
			}
			w.act(c, "event", "verify", who, w.Now(), forPerson("u3"))
			return c
		}},
		{"a review of what he has done", "same_person", 0, func(w *trail, village string, over bool) *models.Case {
			c := w.matter("identification", "h", village, "township_review")
			first := "submit_verification"
			if !over {
				first = "accept" // nobody has to keep away from that
			}
			w.act(c, "event", first, "u1", w.Now())
			w.act(c, "event", "township_pass", "u1", w.Now())
			return c
		}},
		{"decided within a minute", "too_fast", 60, func(w *trail, village string, over bool) *models.Case {
			c := w.matter("identification", "h", village, "county_review")
			took := time.Minute
			if over {
				took -= time.Millisecond
			}
			w.act(c, "event", "township_pass", "u1", w.Now().Add(-time.Hour))
			w.act(c, "event", "county_pass", "u2", w.Now().Add(-time.Hour+took))
			return c
		}},
		{"handed out for rectification within a minute", "too_fast", 60, func(w *trail, village string, over bool) *models.Case {
			return hurried(w, "rectification", village, "escalated", "escalate", "decide", over)
		}},
		{"an admission revoked within a minute", "too_fast", 60, func(w *trail, village string, over bool) *models.Case {
			return hurried(w, "identification", village, "registered", "register", "revoke", over)
		}},
		{"reviewed within a minute", "too_fast", 60, func(w *trail, village string, over bool) *models.Case {
			return hurried(w, "identification", village, "democratic_review", "submit_verification", "review_pass", over)
		}},
		{"refused after comparison within a minute", "too_fast", 60, func(w *trail, village string, over bool) *models.Case {
			return hurried(w, "return_to_poverty", village, "dept_check", "compare", "compare_fail", over)
		}},
		{"signed within a minute", "too_fast", 60, func(w *trail, village string, over bool) *models.Case {
			c := w.matter("identification", "h", village, "township_review")
			took := time.Minute
			if over {
				took = 2 * time.Second
			}
			w.act(c, "event", "notice_passed", "", w.Now())
			w.act(c, "endorse", "township_pass", "u2", w.Now().Add(took))
			return c
		}},
		{"what is no decision may be quick", "too_fast", 60, func(w *trail, village string, over bool) *models.Case {
			c := w.matter("identification", "h", village, "township_review")
			event := "start"
			if over {
				event = "township_pass"
			}
			w.act(c, "event", "notice_passed", "", w.Now())
			w.act(c, "event", event, "u2", w.Now())
			return c
		}},
		{"a notice taken down an hour early by its clock", "short_notice", 0, func(w *trail, village string, over bool) *models.Case {
			return notice(w, village, "ended_clean", 5*day24+12*time.Hour, map[bool]time.Duration{true: 5*day24 + 11*time.Hour, false: 5*day24 + 12*time.Hour}[over])
		}},
		{"a notice shorter than its days whatever its clock says", "short_notice", 0, func(w *trail, village string, over bool) *models.Case {
			return notice(w, village, "ended_overruled", day24, map[bool]time.Duration{true: 5*day24 - time.Second, false: 5 * day24}[over])
		}},
		{"a notice that was withdrawn has not run its time", "short_notice", 0, func(w *trail, village string, over bool) *models.Case {
			return notice(w, village, map[bool]procedure.State{true: "ended_clean", false: "withdrawn"}[over], 6*day24, day24)
		}},
		{"ten cases in a night", "night_bulk", 10, func(w *trail, village string, over bool) *models.Case {
			first := time.Date(2026, 9, 22, 22, 0, 0, 0, policy.Shanghai)
			who := fmt.Sprintf("night-%d", w.n)
			var c *models.Case
			for i := range 10 {
				c = w.matter("risk_clue", "h", village, "verifying")
				at := first.Add(time.Duration(i) * 50 * time.Minute) // the last at 05:30
				if !over && i == 9 {
					at = first.Add(8 * time.Hour) // 06:00 is day
				}
				w.act(c, "event", "verify", who, at)
			}
			return c
		}},
		{"two days late without a word to anybody above", "never_escalated", 2, func(w *trail, village string, over bool) *models.Case {
			c := w.matter("risk_clue", "h", village, "verifying")
			late := 2 * day24
			if !over {
				late -= time.Second
			}
			k := w.clock(c, "clue", policy.LadderStandard, w.Now().Add(-9*day24), w.Now().Add(-late), nil)
			w.row(&models.ClockRung{ClockID: k.ID, No: 3, CaseID: c.ID, Action: policy.ActionRemind, Level: policy.LevelHolder, FiredAt: w.Now()})
			return c
		}},
		{"what was told above is not found", "never_escalated", 2, func(w *trail, village string, over bool) *models.Case {
			c := w.matter("risk_clue", "h", village, "verifying")
			k := w.clock(c, "clue", policy.LadderStandard, w.Now().Add(-9*day24), w.Now().Add(-3*day24), new(w.Now()))
			level := policy.LevelHolder
			if !over {
				level = policy.LevelTownship
			}
			w.row(&models.ClockRung{ClockID: k.ID, No: 4, CaseID: c.ID, Action: policy.ActionUrge, Level: level, FiredAt: w.Now().Add(-2 * day24)})
			return c
		}},
		{"what is paused is not late", "never_escalated", 2, func(w *trail, village string, over bool) *models.Case {
			c := w.matter("risk_clue", "h", village, "verifying")
			w.clock(c, "clue", policy.LadderStandard, w.Now().Add(-9*day24), w.Now().Add(-3*day24), nil, func(k *models.ClockRow) {
				if !over {
					k.PausedAt = new(w.Now().Add(-5 * day24))
				}
			})
			return c
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			testkit.EachStore(t, func(t *testing.T, s *models.Store) {
				w := &trail{World: testkit.NewWorld(t, s)}
				x.make(w, near, false)
				require.Empty(t, w.hits(x.pattern, x.least), "just not")
				x.make(w, far, true)
				require.Empty(t, w.hits(x.pattern, x.least), "another township")
				c := x.make(w, near, true)
				require.Contains(t, w.hits(x.pattern, x.least), c.ID)
			})
		})
	}
}

// notice is a notice of five days that hung so long, and whose clock rings after due.
func notice(w *trail, village string, state procedure.State, due, hung time.Duration) *models.Case {
	c := w.matter("village_notice", "h", village, state)
	posted := w.Now()
	w.clock(c, "window", policy.LadderStandard, posted, posted.Add(due), new(posted.Add(hung)))
	w.row(&models.PublicNotice{ID: "n-" + c.ID, CaseID: c.ID, Kind: "notice", RegionCode: village, Sheet: map[string]any{}, PostedAt: posted, UntilAt: models.FarFuture, TakenDown: new(posted.Add(hung))})
	return c
}

// hurried is a case that was decided a minute after it came to its step, or a moment earlier.
func hurried(w *trail, proc, village string, state procedure.State, came, decided string, over bool) *models.Case {
	c := w.matter(proc, "h", village, state)
	took := time.Minute
	if over {
		took -= time.Millisecond
	}
	w.act(c, "event", came, "u1", w.Now().Add(-time.Hour))
	w.act(c, "event", decided, "u2", w.Now().Add(-time.Hour+took))
	return c
}

// The same file under two households, as far as both are in scope.
func TestPatternEvidenceReused(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := &trail{World: testkit.NewWorld(t, s)}
		file := func(household, village, hash string) string {
			c := w.matter("risk_clue", household, village, "verifying")
			w.row(&models.Attachment{ID: "a-" + c.ID, CaseID: c.ID, Kind: "photo", Name: "x", MIME: "image/png", SHA256: hash, Class: "P2", UploadedBy: "u1", CreatedAt: w.Now()})
			return c.ID
		}
		one, _ := file("h1", near, "same"), file("h1", near, "same")
		file("h2", near, "another")
		require.Empty(t, w.hits("evidence_reused", 0), "twice for one household")
		file("h3", far, "same")
		require.Empty(t, w.hits("evidence_reused", 0), "what lies elsewhere is not told")
		two := file("h4", near, "same")
		require.ElementsMatch(t, []string{one, two, "case-002"}, w.hits("evidence_reused", 0))
		village1, village2 := file("", near, "sheet"), file("", testkit.Village2, "sheet")
		require.Subset(t, w.hits("evidence_reused", 0), []string{village1, village2}, "two villages have no household")
	})
}

// The same words about two households, through the engine: names, digits and punctuation do not tell them apart.
func TestPatternTextCopied(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := &trail{World: testkit.NewWorld(t, s)}
		open := func(text string) string {
			h := w.NewHousehold(testkit.Village)
			return w.Open("risk_clue", h, w.Actor(procedure.VillageCadre), map[string]any{"content": strings.ReplaceAll(text, "NAME", h.HeadName)}).ID
		}
		words := "NAME家中因病支出较大，已花费%d元，收入明显减少，基本生活出现困难"
		a := open(fmt.Sprintf(words, 30000))
		open("NAME家中因灾房屋受损，正在投亲靠友，收入明显减少，基本生活出现困难")
		open("情况属实")
		open("情况属实")
		require.Empty(t, w.hits("text_copied", 0))
		b := open(fmt.Sprintf(words, 45000) + "。")
		require.ElementsMatch(t, []string{a, b}, w.hits("text_copied", 0))
	})
}

// A page goes on where the one before has ended; both ends of a time bound it.
func TestPatternPages(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := &trail{World: testkit.NewWorld(t, s)}
		for range 5 {
			c := w.matter("identification", "h", near, "county_review")
			w.act(c, "event", "township_pass", "u1", w.Now())
			w.act(c, "event", "county_pass", "u2", w.Now())
		}
		p, _ := activities.PatternOf("too_fast")
		q := activities.PatternQuery{Scope: inTownship, Limit: 2}
		seen := map[string]bool{}
		for {
			rows, err := w.Engine.Find(s.DB, p, q)
			require.NoError(t, err)
			if len(rows) == 0 {
				break
			}
			for _, r := range rows {
				require.False(t, seen[r.ID])
				seen[r.ID], q.AfterAt, q.AfterID = true, r.At, r.ID
			}
		}
		require.Len(t, seen, 5)
		for _, x := range []struct {
			from, until time.Duration
			want        int
		}{{0, time.Second, 5}, {time.Microsecond, time.Second, 0}, {-time.Second, 0, 0}} {
			rows, err := w.Engine.Find(s.DB, p, activities.PatternQuery{Scope: inTownship, Limit: 9, From: w.Now().Add(x.from), Until: w.Now().Add(x.until)})
			require.NoError(t, err)
			require.Len(t, rows, x.want)
		}
	})
}
