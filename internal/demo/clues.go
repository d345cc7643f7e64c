package demo

import (
	"fmt"
	"time"

	"shouwang/internal/ledger"
	"shouwang/policy"
	"shouwang/procedure"
)

// SampleClue is one matter of the demonstration: how it is opened and what is done next. It is only a description; who
// carries it out goes through the engine, which checks and records every act as it would anybody's.
type SampleClue struct {
	Situation string // what it shows, in words
	Procedure string
	Household string // number of the household
	Login     string
	Role      procedure.Role
	Form      map[string]any
	Then      []SampleAct
}

// SampleAct is one event fired on the case just opened.
type SampleAct struct {
	Login string
	Role  procedure.Role
	Event string
	Form  map[string]any
}

// household is the number of the n-th household of a demonstration village.
func household(village, n int) string {
	return fmt.Sprintf("%s01%02d%04d", ledger.FictionPrefix, village, n)
}

// SampleClues lists a dozen clues and identifications in different situations: new, dispatched, late, returned, closed,
// declared by the farmer, pushed by a department, under way. None needs an attachment. Days count back from now.
func SampleClues(now time.Time) []SampleClue {
	day := policy.DateOf(now).String()
	dispatch := func(village int) SampleAct {
		return SampleAct{"township", procedure.TownshipOffice, "dispatch", map[string]any{"target_village": Village(village), "note": "请两日内入户核实并反馈"}}
	}
	accept := SampleAct{"cadre", procedure.VillageCadre, "accept", nil}
	own := SampleAct{"cadre", procedure.VillageCadre, "register_locally", map[string]any{"note": "村内先行登记"}}
	prepare := SampleAct{"cadre", procedure.VillageCadre, "prepare", map[string]any{"policy_sheet": true, "told_on": day}}
	clue := func(situation string, n int, login string, role procedure.Role, hours int, channel, risk, content string, then ...SampleAct) SampleClue {
		return SampleClue{situation, "risk_clue", household(1, n), login, role, map[string]any{
			"channel": channel, "found_at": ago(now, hours), "risk_types": []string{risk}, "content": content}, then}
	}
	identify := func(situation string, n int, login string, role procedure.Role, hours int, channel, content string, fast bool, then ...SampleAct) SampleClue {
		return SampleClue{situation, "identification", household(1, n), login, role, map[string]any{
			"channel": channel, "found_at": ago(now, hours), "fast_lane": fast, "content": content}, then}
	}
	out := []SampleClue{
		clue("部门刚推送，尚未派发", 2, "dept_civil_affairs", procedure.CountyDept, 3, "dept_push", "illness", "医疗救助台账显示该户近三个月个人自付医疗费较高。"),
		clue("乡镇已派发，待村接收", 3, "township", procedure.TownshipOffice, 6, "dept_push", "schooling", "两名子女同年升学，教育支出增加。", dispatch(1)),
		clue("村已接收，正在核实", 4, "township", procedure.TownshipOffice, 20, "big_data", "unstable_employment", "主要劳动力连续两个月没有务工收入记录。", dispatch(1), accept),
		clue("派发三天无人接收，已逾期", 5, "township", procedure.TownshipOffice, 24*3+5, "petition", "housing", "群众来电反映房屋漏雨、墙体开裂。", dispatch(1)),
		clue("村级自行登记，核实已逾期", 6, "cadre", procedure.VillageCadre, 24*5, "routine_check", "labour_shortage", "走访发现家中仅有老人和未成年人。", own),
		clue("小组长日常摸排，待登记", 7, "grid", procedure.GridMember, 10, "routine_check", "accident", "户主务工受伤，暂时不能劳动。"),
		clue("误派到本村，已退回乡镇", 8, "township", procedure.TownshipOffice, 30, "media", "disaster", "网络反映强降雨后院墙倒塌。", dispatch(1),
			SampleAct{"cadre", procedure.VillageCadre, "misrouted", map[string]any{"reason": "反映的地点在邻村，不属本村"}}),
		clue("重复线索，按不实办结", 9, "township", procedure.TownshipOffice, 40, "big_data", "other", "同一事项由两个平台推送。", dispatch(1), accept,
			SampleAct{"township", procedure.TownshipOffice, "close_invalid", map[string]any{"cause": "duplicate", "reason": "与已登记线索为同一事项"}}),
		identify("农户自主申报，刚受理", 1, "farmer", procedure.Farmer, 2, "self_declared", "家人住院，花费较大，申请纳入监测。", false),
		identify("已告知政策，待农户签署授权，先行帮扶", 10, "cadre", procedure.VillageCadre, 30, "concentrated_screening", "集中排查发现重病户，需先行救助。", true, prepare),
		identify("十五日总时限将到，仍待签署授权", 11, "cadre", procedure.VillageCadre, 24*13, "lookback", "回头看发现的遗漏户。", false, prepare),
		clue("识别在办时又有线索，自动并入", 11, "township", procedure.TownshipOffice, 4, "dept_push", "illness", "医保部门推送大额医疗支出。"),
	}
	next := clue("邻村的线索，本村看不到", 1, "township", procedure.TownshipOffice, 12, "audit_inspection", "water", "审计抽查发现饮水困难。", dispatch(2),
		SampleAct{"neighbour", procedure.VillageCadre, "accept", nil})
	next.Household = household(2, 1)
	return append(out, next)
}

func ago(now time.Time, hours int) string {
	return now.Add(-time.Duration(hours) * time.Hour).In(policy.Shanghai).Format(time.RFC3339)
}
