package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// alarm is the one timer of a case. Most steps move the next moment of the clocks
// further away, so a timer that rings too early once is cheaper than one that is
// cancelled and set anew at each step (docs/benchmarks.md).
type alarm struct {
	timer  workflow.Future // nil when none is set
	cancel workflow.CancelFunc
	at     time.Time
}

// alarmSlack is how far the moment of a timer may be off, as by conversions of a drill.
const alarmSlack = time.Millisecond

func (a *alarm) rung() bool { return a.timer != nil && a.timer.IsReady() }

func (a *alarm) stop() {
	if a.timer != nil {
		a.cancel()
		*a = alarm{}
	}
}

// set sees to it that the alarm rings by a moment.
func (a *alarm) set(ctx workflow.Context, by time.Time) {
	if a.timer != nil && !a.at.After(by.Add(alarmSlack)) {
		return
	}
	a.stop()
	timerCtx, cancel := workflow.WithCancel(ctx)
	a.timer = workflow.NewTimerWithOptions(timerCtx, by.Sub(workflow.Now(ctx)), workflow.TimerOptions{Summary: "期限提醒"})
	a.cancel, a.at = cancel, by
}

// waitForAlarm returns when the next moment of the clocks has come, or something
// else. An alarm that was set for an earlier moment is set again.
func (c *caseRun) waitForAlarm(ctx workflow.Context, woken func() bool) (due bool, err error) {
	for {
		after, ok := c.next(ctx)
		by := workflow.Now(ctx).Add(after)
		if ok {
			c.alarm.set(ctx, by)
		}
		err := workflow.Await(ctx, func() bool { return c.alarm.rung() || woken() })
		if err != nil || !c.alarm.rung() {
			return false, err
		}
		at := c.alarm.at
		c.alarm.stop()
		if ok && (by.Sub(at) <= alarmSlack || !workflow.Now(ctx).Before(by)) {
			return true, nil
		}
		if woken() {
			return false, nil
		}
	}
}
