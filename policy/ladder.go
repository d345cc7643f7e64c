package policy

import (
	"fmt"
	"slices"
	"time"
)

// Rung actions in rising order: 提醒, 催办, 督办通知, 通报, 按规定处理.
const (
	ActionRemind    = "remind"
	ActionUrge      = "urge"
	ActionSupervise = "supervise"
	ActionReport    = "report"
	ActionHandle    = "handle"
)

// Rung levels: the person who can act now, then the organisation levels.
const (
	LevelHolder   = "holder"
	LevelVillage  = "village"
	LevelTownship = "township"
	LevelLeader   = "leader" // the main leaders of the township
	LevelCounty   = "county"
)

// Rung lights: what colour the case shows from this rung on; a screen shows the word as well.
const (
	LightYellow = "yellow"
	LightOrange = "orange"
	LightRed    = "red"
)

// ActionTitle gives the Chinese word of a rung action, "" for an unknown one.
func ActionTitle(action string) string { return actionTitles[action] }

var actionTitles = map[string]string{
	ActionRemind: "提醒", ActionUrge: "催办", ActionSupervise: "督办通知", ActionReport: "通报", ActionHandle: "按规定处理",
}

// Rung is one message of a ladder at its instant. No counts from 1 along the ladder and goes on through the repeated
// rungs, so that (clock, No) names a rung once and for all. An urgent rung is sent at once, the others in the digest.
type Rung struct {
	No     int       `json:"no"`
	At     time.Time `json:"at"`
	Action string    `json:"action"`
	Level  string    `json:"level"`
	Light  string    `json:"light,omitempty"`
	Urgent bool      `json:"urgent,omitempty"`
}

// LadderStep is one rung by its distance in calendar days from the last day of the deadline: −3 is three days before.
type LadderStep struct {
	OffsetDays int    `json:"offset_days"`
	Action     string `json:"action"`
	Level      string `json:"level"`
	Light      string `json:"light,omitempty"`
	Urgent     bool   `json:"urgent,omitempty"`
}

// Ladder says who is told when about a deadline (domain 2.0 #6). After the last step it repeats every RepeatEvery
// calendar days; 0 ends it there. At is the time of day in Asia/Shanghai, "08:30". A ladder without steps is silent.
type Ladder struct {
	Steps        []LadderStep `json:"steps"`
	RepeatEvery  int          `json:"repeat_every,omitempty"`
	RepeatAction string       `json:"repeat_action,omitempty"`
	RepeatLevel  string       `json:"repeat_level,omitempty"`
	RepeatLight  string       `json:"repeat_light,omitempty"`
	RepeatUrgent bool         `json:"repeat_urgent,omitempty"`
	At           string       `json:"at"`
}

// Next gives the first rung with No > afterNo that does not lie before startedAt: rungs whose moment had passed when
// the clock started are skipped, never fired late. It answers false when the ladder has ended; a repeating ladder never
// ends. A ladder that Check refuses gives no rung.
func (l Ladder) Next(d Deadline, startedAt time.Time, afterNo int) (Rung, bool) {
	if len(l.Check("")) > 0 {
		return Rung{}, false
	}
	for no := max(afterNo, 0) + 1; no <= len(l.Steps); no++ {
		if r := l.rung(d, no); !r.At.Before(startedAt) {
			return r, true
		}
	}
	if l.RepeatEvery == 0 {
		return Rung{}, false
	}
	no := max(afterNo, len(l.Steps)) + 1
	// In whole days, for which a time.Duration is too short: a limit may be centuries old.
	if behind := DateOf(startedAt).Sub(DateOf(l.rung(d, no).At)); behind > 0 {
		no += behind / l.RepeatEvery
	}
	if l.rung(d, no).At.Before(startedAt) {
		no++
	}
	return l.rung(d, no), true
}

// rung places the rung with that number; numbers past the steps are repetitions.
func (l Ladder) rung(d Deadline, no int) Rung {
	if no <= len(l.Steps) {
		s := l.Steps[no-1]
		return Rung{no, l.moment(d, s.OffsetDays), s.Action, s.Level, s.Light, s.Urgent}
	}
	offset := l.Steps[len(l.Steps)-1].OffsetDays + (no-len(l.Steps))*l.RepeatEvery
	return Rung{no, l.moment(d, offset), l.RepeatAction, l.RepeatLevel, l.RepeatLight, l.RepeatUrgent}
}

func (l Ladder) moment(d Deadline, offset int) time.Time {
	at, _ := ParseTimeOfDay(l.At)
	return d.LastDay.AddDays(offset).Start().Add(at)
}

// ParseTimeOfDay reads "08:30" as the time since midnight.
func ParseTimeOfDay(s string) (time.Duration, error) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, Fault{"time_of_day", "", "时刻应写作 08:30"}
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

// Check tells what is wrong with the ladder; field prefixes the places named.
func (l Ladder) Check(field string) []Fault {
	var out []Fault
	if _, err := ParseTimeOfDay(l.At); err != nil {
		out = append(out, Fault{"ladder_at", field + ".at", err.Error()})
	}
	if len(l.Steps) == 0 && l.RepeatEvery > 0 {
		out = append(out, Fault{"ladder_empty", field + ".steps", "没有任何一级的提醒阶梯不能重复"})
	}
	for i, s := range l.Steps {
		place := fmt.Sprintf("%s.steps[%d]", field, i)
		if i > 0 && s.OffsetDays <= l.Steps[i-1].OffsetDays {
			out = append(out, Fault{"ladder_order", place, "各级须按时间先后排列，不得同日"})
		}
		out = append(out, checkRung(place, s.Action, s.Level, s.Light)...)
	}
	if l.RepeatEvery < 0 {
		out = append(out, Fault{"ladder_repeat", field + ".repeat_every", "重复间隔不得为负"})
	}
	if l.RepeatEvery > 0 {
		out = append(out, checkRung(field+".repeat", l.RepeatAction, l.RepeatLevel, l.RepeatLight)...)
	}
	return out
}

func checkRung(place, action, level, light string) []Fault {
	var out []Fault
	if ActionTitle(action) == "" {
		out = append(out, Fault{"ladder_action", place, fmt.Sprintf("不认识的动作“%s”", Shown(action))})
	}
	if !slices.Contains([]string{LevelHolder, LevelVillage, LevelTownship, LevelLeader, LevelCounty}, level) {
		out = append(out, Fault{"ladder_level", place, fmt.Sprintf("不认识的层级“%s”", Shown(level))})
	}
	if !slices.Contains([]string{"", LightYellow, LightOrange, LightRed}, light) {
		out = append(out, Fault{"ladder_light", place, fmt.Sprintf("不认识的灯色“%s”", Shown(light))})
	}
	return out
}
