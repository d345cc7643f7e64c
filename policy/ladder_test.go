package policy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// due builds a deadline whose last day is the given one.
func due(last string) Deadline {
	d := mustDate(last)
	return Deadline{LastDay: d, Due: d.End()}
}

func TestStandardLadderClimbs(t *testing.T) {
	t.Parallel()
	l, d := DefaultLadders()[LadderStandard], due("2026-11-17")
	started := mustDate("2026-11-02").Start()
	var got []string
	for no := 0; no < 7; {
		r, ok := l.Next(d, started, no)
		require.True(t, ok)
		require.Equal(t, no+1, r.No)
		no = r.No
		got = append(got, r.At.Format("01-02 15:04")+" "+ActionTitle(r.Action)+" "+r.Level)
	}
	require.Equal(t, []string{
		"11-14 08:30 提醒 holder", "11-16 08:30 提醒 holder", "11-17 08:30 提醒 holder", "11-18 08:30 催办 township",
		"11-21 08:30 督办通知 county", "11-24 08:30 通报 county", "11-27 08:30 通报 county",
	}, got)
}

func TestIdentificationLights(t *testing.T) {
	t.Parallel()
	found := mustDate("2026-11-02")
	d := DefaultCalendar().Deadline(found.Start(), Budget{Days: 15, Unit: UnitCalendar}, 0)
	l := DefaultLadders()[LadderIdentification]
	for i, want := range []struct {
		day          int
		light, level string
	}{{10, LightYellow, LevelTownship}, {13, LightOrange, LevelTownship}, {15, LightRed, LevelCounty}, {16, LightRed, LevelCounty}, {19, LightRed, LevelCounty}} {
		r, ok := l.Next(d, found.Start(), i)
		require.True(t, ok)
		require.Equal(t, found.AddDays(want.day), DateOf(r.At), i)
		require.Equal(t, want.light, r.Light, i)
		require.Equal(t, want.level, r.Level, i)
	}
}

func TestNextSkipsWhatHadPassed(t *testing.T) {
	t.Parallel()
	l, d := DefaultLadders()[LadderStandard], due("2026-11-17")
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, Shanghai)
		require.NoError(t, err)
		return v
	}
	for started, want := range map[string]int{
		"2026-11-14 08:30": 1, // exactly at the rung still counts
		"2026-11-14 08:31": 2,
		"2026-11-17 08:31": 4,
		"2026-11-21 08:30": 5,
		"2026-11-21 08:31": 6,
		"2026-11-24 08:30": 6,
		"2026-11-24 08:31": 7,
		"2027-11-24 08:31": 128,
	} {
		r, ok := l.Next(d, at(started), 0)
		require.True(t, ok, started)
		require.Equal(t, want, r.No, started)
		require.False(t, r.At.Before(at(started)), started)
	}
	r, ok := l.Next(d, at("2026-11-14 08:31"), 4)
	require.True(t, ok)
	require.Equal(t, 5, r.No, "after rung 4 comes rung 5, wherever the clock started")
}

// A clock that starts long after its limit goes on with the next rung to come, however long ago the limit was.
func TestLadderOfAnAgeOldLimit(t *testing.T) {
	t.Parallel()
	l, started := DefaultLadders()[LadderStandard], mustDate("2026-11-22").Start().Add(8*time.Hour)
	for _, last := range []string{"2026-01-01", "1900-01-03", "1733-12-31", "0001-01-03"} {
		r, ok := l.Next(due(last), started, 0)
		require.True(t, ok, last)
		require.False(t, r.At.Before(started), "%s %s", last, r.At)
		require.True(t, r.At.Before(started.AddDate(0, 0, l.RepeatEvery)), "%s %s", last, r.At)
	}
}

func TestFiniteLadderEnds(t *testing.T) {
	t.Parallel()
	l := Ladder{At: "09:00", Steps: []LadderStep{{0, ActionRemind, LevelHolder, "", false}}}
	_, ok := l.Next(due("2026-11-17"), mustDate("2026-11-17").Start(), 0)
	require.True(t, ok)
	_, ok = l.Next(due("2026-11-17"), mustDate("2026-11-17").Start(), 1)
	require.False(t, ok)
	_, ok = l.Next(due("2026-11-17"), mustDate("2026-11-18").Start(), 0)
	require.False(t, ok)
	_, ok = DefaultLadders()[LadderSilent].Next(due("2026-11-17"), mustDate("2026-11-01").Start(), 0)
	require.False(t, ok, "the silent ladder")
	_, ok = Ladder{At: "soon", Steps: l.Steps}.Next(due("2026-11-17"), mustDate("2026-11-01").Start(), 0)
	require.False(t, ok, "a ladder that Check refuses gives no rung")
}

func TestLadderCheck(t *testing.T) {
	t.Parallel()
	for name, l := range DefaultLadders() {
		require.Empty(t, l.Check(name), name)
	}
	step := LadderStep{0, ActionRemind, LevelHolder, "", false}
	for code, l := range map[string]Ladder{
		"ladder_at":     {At: "8:30", Steps: []LadderStep{step}},
		"ladder_empty":  {At: "08:30", RepeatEvery: 3, RepeatAction: ActionUrge, RepeatLevel: LevelHolder},
		"ladder_order":  {At: "08:30", Steps: []LadderStep{step, step}},
		"ladder_action": {At: "08:30", Steps: []LadderStep{{0, "shout", LevelHolder, "", false}}},
		"ladder_level":  {At: "08:30", Steps: []LadderStep{{0, ActionRemind, "moon", "", false}}},
		"ladder_light":  {At: "08:30", Steps: []LadderStep{{0, ActionRemind, LevelHolder, "blue", false}}},
		"ladder_repeat": {At: "08:30", Steps: []LadderStep{step}, RepeatEvery: -1},
	} {
		faults := l.Check("x")
		require.Len(t, faults, 1, code)
		require.Equal(t, code, faults[0].Code)
	}
	require.Len(t, Ladder{At: "08:30", Steps: []LadderStep{step}, RepeatEvery: 3}.Check(""), 2, "what repeats needs action and level")
}

func TestLadderProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := DefaultLadders()[rapid.SampledFrom([]string{LadderStandard, LadderTownship, LadderCounty, LadderIdentification}).Draw(t, "ladder")]
		d := due(NewDate(2026, 1, 1+rapid.IntRange(0, 365).Draw(t, "last")).String())
		started := d.Due.Add(time.Duration(rapid.IntRange(-500, 500).Draw(t, "hours")) * time.Hour)
		last := Rung{}
		for range 12 {
			r, ok := l.Next(d, started, last.No)
			require.True(t, ok, "a repeating ladder never ends")
			require.Greater(t, r.No, last.No)
			require.True(t, r.At.After(last.At))
			require.False(t, r.At.Before(started))
			last = r
		}
	})
}
