package procedure_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/policy"
	"shouwang/procedure"
)

func lists() procedure.Lists {
	l := procedure.Lists{PolicyKeys: policy.KeyCodes()}
	for name := range policy.DefaultLadders() {
		l.Ladders = append(l.Ladders, name)
	}
	return l
}

func TestCheckFindsNoFaultInAll(t *testing.T) {
	t.Parallel()
	require.Empty(t, procedure.Check(procedure.All, activities.Lists()))
}

type (
	definition = procedure.Definition
	event      = procedure.Event
	field      = procedure.Field
	effect     = procedure.Effect
	states     = []procedure.State
	roles      = []procedure.Role
)

func word(code string) field {
	return field{Code: code, Title: code, Kind: procedure.Text, Class: procedure.P1, Required: true}
}

// sound is a small procedure with one of everything, and a household status for
// its effects to name.
func sound() []*definition {
	byRule := roles{procedure.Procedure}
	return []*definition{{
		Name: "loan", Version: 1, Title: "借阅", Prefix: "JY", Mode: procedure.Durable, Initial: "asked",
		States: []procedure.StateDef{
			{Code: "asked", Title: "已申请", Todo: roles{procedure.VillageCadre, procedure.TownshipOffice}},
			{Code: "lent", Title: "已借出"},
			{Code: "back", Title: "已归还", Final: true},
		},
		Opening: procedure.Opening{Roles: roles{procedure.Farmer}, Form: []field{word("title")}},
		Events: []event{
			{Code: "lend", Title: "借出", From: states{"asked"}, To: "lent", Roles: roles{procedure.VillageCadre}, Proxies: roles{procedure.GridMember},
				Signers: []procedure.Signer{{Title: "乡镇", Roles: roles{procedure.TownshipOffice}, Min: 1, MinKey: "verify_team_min"}},
				Guards:  []procedure.Guard{{Name: procedure.GuardSigned}},
				Form: []field{{Code: "kind", Title: "类别", Kind: procedure.Choice, Class: procedure.P1, OptionsKey: "category_set"},
					{Code: "rows", Title: "书目", Kind: procedure.Rows, Class: procedure.P1, Columns: []field{word("name")}}, word("note")},
				Effects: []effect{{Kind: procedure.OpenCase, Procedure: "loan", Each: "comparison_departments", If: procedure.Guard{Name: procedure.GuardFastLane}},
					{Kind: procedure.SetHousehold, Event: "moved"}, {Kind: procedure.Tell, To: procedure.ToChildren, Procedure: "loan", Event: "expire"}}},
			{Code: "refuse", Title: "退回", From: states{"lent"}, To: "asked", Roles: roles{procedure.VillageCadre}, Return: true, Form: []field{word("reason")}, NotBy: []string{"lend"}},
			{Code: "expire", Title: "到期", From: states{"lent"}, To: "back", Roles: roles{procedure.Timer, procedure.System}},
			{Code: "reopen", Title: "更正", From: states{"back"}, To: "asked", Roles: roles{procedure.CountyOffice}, Correction: true},
		},
		Clocks: []procedure.Clock{{Code: "loan", Title: "借期", In: states{"asked", "lent"}, Pause: states{"asked"}, Budget: "review_days", Ladder: "standard", Fires: []string{"expire"}}},
	}, {
		Name: "household_status", Version: 1, Title: "状态", Prefix: "ZT", Mode: procedure.Inline, Initial: "here",
		States: []procedure.StateDef{{Code: "here", Title: "在"}, {Code: "gone", Title: "离", Final: true}},
		Events: []event{{Code: "moved", Title: "迁出", From: states{"here"}, To: "gone", Roles: byRule}},
	}}
}

// Each row spoils the sound procedure in one way and names the words of the fault
// and the place it must be reported at.
func TestCheckFindsEachFault(t *testing.T) {
	t.Parallel()
	require.Empty(t, procedure.Check(sound(), lists()))
	ev := func(f func(e *event)) func(d *definition) { return func(d *definition) { f(&d.Events[0]) } }
	clock := func(f func(k *procedure.Clock)) func(d *definition) {
		return func(d *definition) { f(&d.Clocks[0]) }
	}
	kind := func(f func(x *field)) func(d *definition) { return func(d *definition) { f(&d.Events[0].Form[0]) } }
	eff := func(e effect) func(d *definition) {
		return func(d *definition) { d.Events[0].Effects = append(d.Events[0].Effects, e) }
	}
	for _, c := range []struct {
		name, where, message string
		spoil                func(d *definition)
	}{
		{"no name", "定义", "缺少名称、标题或版本", func(d *definition) { d.Title = "" }},
		{"version 0", "定义", "缺少名称、标题或版本", func(d *definition) { d.Version = 0 }},
		{"mode", "定义", "方式", func(d *definition) { d.Mode = "later" }},
		{"no prefix", "定义", "编号前缀", func(d *definition) { d.Prefix = "" }},
		{"brief of nothing", "简述", "不存在", func(d *definition) { d.Brief = "nothing" }},
		{"state without title", "状态 lent", "缺少代码或标题", func(d *definition) { d.States[1].Title = "" }},
		{"state twice", "状态 lent", "定义了两次", func(d *definition) { d.States = append(d.States, d.States[1]) }},
		{"no end", "定义", "没有结束状态", func(d *definition) { d.States[2].Final = false }},
		{"initial", "定义", "初始状态", func(d *definition) { d.Initial = "nowhere" }},
		{"todo role unknown", "状态 asked", "不存在", func(d *definition) { d.States[0].Todo = roles{"nobody"} }},
		{"todo role idle", "状态 asked", "无可办事项", func(d *definition) { d.States[0].Todo = roles{procedure.Auditor} }},
		{"todo guard unknown", "状态 asked", "条件 \"x\" 不存在", func(d *definition) { d.States[0].TodoIf = map[procedure.Role]string{procedure.VillageCadre: "x"} }},
		{"event without title", "事件 lend", "缺少代码或标题", ev(func(e *event) { e.Title = "" })},
		{"event without role", "事件 lend", "没有可办理的角色", ev(func(e *event) { e.Roles = nil })},
		{"event from nowhere", "事件 lend", "没有起始状态", ev(func(e *event) { e.From = nil })},
		{"unknown from", "事件 lend", "状态 \"x\" 不存在", ev(func(e *event) { e.From = states{"asked", "x"} })},
		{"unknown to", "事件 lend", "状态 \"x\" 不存在", ev(func(e *event) { e.To = "x" })},
		{"unknown former", "事件 lend", "状态 \"x\" 不存在", ev(func(e *event) { e.Former = states{"x"} })},
		{"unknown role", "事件 lend", "角色 \"x\" 不存在", ev(func(e *event) { e.Roles = append(e.Roles, "x") })},
		{"unknown proxy", "事件 lend", "角色 \"x\" 不存在", ev(func(e *event) { e.Proxies = roles{"x"} })},
		{"twice from one state", "事件 lend", "定义了两次", func(d *definition) { d.Events = append(d.Events, d.Events[0]) }},
		{"exit of an end", "事件 reopen", "不是更正事件", func(d *definition) { d.Events[3].Correction = false }},
		{"return without reason", "事件 refuse", "退回必须填写理由", func(d *definition) { d.Events[1].Form = nil }},
		{"reason optional", "事件 refuse", "退回必须填写理由", func(d *definition) { d.Events[1].Form[0].Required = false }},
		{"signer without role", "事件 lend", "缺少角色或人数", ev(func(e *event) { e.Signers[0].Roles = nil })},
		{"signer without number", "事件 lend", "缺少角色或人数", ev(func(e *event) { e.Signers[0].Min = 0 })},
		{"signer role unknown", "事件 lend", "角色 \"x\" 不存在", ev(func(e *event) { e.Signers[0].Roles = append(e.Signers[0].Roles, "x") })},
		{"signer key unknown", "事件 lend", "政策参数 \"x\" 不存在", ev(func(e *event) { e.Signers[0].MinKey = "x" })},
		{"signers without guard", "事件 lend", "必须同时出现", ev(func(e *event) { e.Guards = nil })},
		{"guard without signers", "事件 refuse", "必须同时出现", func(d *definition) { d.Events[1].Guards = []procedure.Guard{{Name: procedure.GuardSigned}} }},
		{"unknown avoidance", "事件 refuse", "回避事件", func(d *definition) { d.Events[1].NotBy = []string{"x"} }},
		{"field without class", "事件 lend 字段 kind", "数据级别", kind(func(x *field) { x.Class = "" })},
		{"field twice", "事件 lend 字段 note", "定义了两次", ev(func(e *event) { e.Form = append(e.Form, word("note")) })},
		{"choice without options", "事件 lend 字段 kind", "没有选项", kind(func(x *field) { x.OptionsKey = "" })},
		{"unknown options", "事件 lend 字段 kind", "政策参数 \"x\" 不存在", kind(func(x *field) { x.OptionsKey = "x" })},
		{"secret fact", "事件 lend 字段 kind", "不得作为事项事实", kind(func(x *field) { x.Fact, x.Class = true, procedure.P2 })},
		{"depends on a later field", "事件 lend 字段 kind", "应在其前面", kind(func(x *field) { x.When = &procedure.When{Field: "note"} })},
		{"bad column", "事件 lend 字段 rows 字段 name", "数据级别", ev(func(e *event) { e.Form[1].Columns[0].Class = "" })},
		{"unknown guard", "事件 lend", "条件 \"x\" 不存在", ev(func(e *event) { e.Guards = append(e.Guards, procedure.Guard{Name: "x"}) })},
		{"unknown effect", "事件 lend", "后续动作 \"x\" 不存在", eff(effect{Kind: "x"})},
		{"opens nothing", "事件 lend", "要开启的程序 \"x\" 不存在", eff(effect{Kind: procedure.OpenCase, Procedure: "x"})},
		{"opens for each unknown", "事件 lend", "政策参数 \"x\" 不存在", eff(effect{Kind: procedure.OpenCase, Procedure: "loan", Each: "x"})},
		{"effect under unknown guard", "事件 lend", "条件 \"x\" 不存在", eff(effect{Kind: procedure.Publish, If: procedure.Guard{Name: "x"}})},
		{"tells nobody", "事件 lend", "通知对象 \"x\" 不存在", eff(effect{Kind: procedure.Tell, To: "x"})},
		{"tells an unknown procedure", "事件 lend", "程序 \"x\" 不存在", eff(effect{Kind: procedure.Tell, To: procedure.ToParent, Procedure: "x", Event: "expire"})},
		{"tells an unknown event", "事件 lend", "没有事件 \"x\"", eff(effect{Kind: procedure.Tell, To: procedure.ToSelf, Event: "x"})},
		{"tells what people do", "事件 lend", "不能由程序触发", eff(effect{Kind: procedure.Tell, To: procedure.ToHousehold, Procedure: "loan", Event: "lend"})},
		{"unknown status event", "事件 lend", "没有事件 \"x\"", eff(effect{Kind: procedure.SetHousehold, Event: "x"})},
		{"unreachable", "状态 lent", "无法到达", ev(func(e *event) { e.To = "back" })},
		{"no exit", "状态 lent", "没有出口", func(d *definition) { d.Events[1].From, d.Events[2].From = states{"asked"}, states{"asked"} }},
		{"no way to an end", "状态 asked", "无法到达结束状态", func(d *definition) { d.Events[2].To = "asked"; d.Events[3].From = states{"back"} }},
		{"clock without title", "期限 loan", "缺少代码、标题或状态", clock(func(k *procedure.Clock) { k.Title = "" })},
		{"clock nowhere", "期限 loan", "缺少代码、标题或状态", clock(func(k *procedure.Clock) { k.In = nil })},
		{"clock twice", "期限 loan", "定义了两次", func(d *definition) { d.Clocks = append(d.Clocks, d.Clocks[0]) }},
		{"clock in unknown state", "期限 loan", "状态 \"x\" 不存在", clock(func(k *procedure.Clock) { k.In = append(k.In, "x") })},
		{"clock in an end", "期限 loan", "在结束状态", clock(func(k *procedure.Clock) { k.In = append(k.In, "back") })},
		{"pause outside", "期限 loan", "不在计时状态中", clock(func(k *procedure.Clock) { k.In = states{"lent"} })},
		{"unknown budget", "期限 loan", "政策参数 \"x\" 不存在", clock(func(k *procedure.Clock) { k.Budget = "x" })},
		{"unknown anchor", "期限 loan", "政策参数 \"x\" 不存在", clock(func(k *procedure.Clock) { k.AnchorKey = "x" })},
		{"unknown ladder", "期限 loan", "提醒阶梯 \"x\" 不存在", clock(func(k *procedure.Clock) { k.Ladder = "x" })},
		{"fires the unknown", "期限 loan", "到期事件 \"x\"", clock(func(k *procedure.Clock) { k.Fires = []string{"x"} })},
		{"fires what people do", "期限 loan", "到期事件 \"lend\"", clock(func(k *procedure.Clock) { k.Fires = []string{"lend"} })},
		{"clock waits with nobody", "期限 loan", "无可办事项", clock(func(k *procedure.Clock) { k.Todo = roles{procedure.Discipline} })},
		{"clock waits with the unknown", "期限 loan", "\"x\"", clock(func(k *procedure.Clock) { k.Todo = roles{"x"} })},
		{"rung with an unknown hook", "期限 loan", "登记动作 \"x\" 不存在", clock(func(k *procedure.Clock) { k.OnRung = map[string]string{"supervise": "x"} })},
		{"clock without limit", "期限 loan", "之一", clock(func(k *procedure.Clock) { k.Budget = "" })},
		{"clock with two limits", "期限 loan", "之一", clock(func(k *procedure.Clock) { k.Until = "due_on" })},
		{"staying is no exit", "状态 lent", "没有出口", func(d *definition) {
			d.Events[1].To, d.Events[2].From = procedure.Stay, states{"asked"}
		}},
		{"unknown derivation", "事件 lend", "推算 \"x\" 不存在", ev(func(e *event) { e.Derive = []string{"x"} })},
		{"unknown derivation on opening", "开启", "推算 \"x\" 不存在", func(d *definition) { d.Opening.Derive = []string{"x"} }},
		{"unknown hook", "事件 lend", "登记动作 \"x\" 不存在", eff(effect{Kind: procedure.RunHook, Hook: "x"})},
		{"opens an unknown number", "事件 lend", "政策参数 \"x\" 不存在", eff(effect{Kind: procedure.OpenCase, Procedure: "loan", Count: "x"})},
		{"opening role", "开启", "角色 \"x\" 不存在", func(d *definition) { d.Opening.Roles = roles{"x"} }},
		{"opening field", "开启 字段 title", "数据级别", func(d *definition) { d.Opening.Form[0].Class = "" }},
		{"opening asks the case", "开启", "选项不能来自事项", func(d *definition) { d.Opening.Form[0].OptionsFrom = procedure.FromStaff }},
		{"opening guard", "开启", "条件 \"x\" 不存在", func(d *definition) { d.Opening.Guards = []procedure.Guard{{Name: "x"}} }},
		{"opening effect", "开启", "后续动作", func(d *definition) { d.Opening.Effects = []effect{{Kind: "x"}} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			defs := sound()
			c.spoil(defs[0])
			faults := procedure.Check(defs, lists())
			found := slices.ContainsFunc(faults, func(f procedure.Fault) bool {
				return f.Definition == defs[0].Key() && f.Where == c.where && strings.Contains(f.Message, c.message)
			})
			require.True(t, found, "%v", faults)
		})
	}
}

func TestCheckFindsTheSameVersionTwice(t *testing.T) {
	t.Parallel()
	defs := sound()
	faults := procedure.Check(append(defs, defs[0]), lists())
	require.Len(t, faults, 1)
	require.Equal(t, "loan@1：版本：同一名称和版本定义了两次", faults[0].String())
}

func TestCheckFindsATakenPrefix(t *testing.T) {
	t.Parallel()
	defs := sound()
	defs[1].Prefix = defs[0].Prefix
	faults := procedure.Check(defs, lists())
	require.Len(t, faults, 1)
	require.Equal(t, "household_status@1：定义：编号前缀 \"JY\" 缺失或已被使用", faults[0].String())
}

func TestCheckWantsAHouseholdStatus(t *testing.T) {
	t.Parallel()
	faults := procedure.Check(sound()[:1], lists())
	require.Len(t, faults, 1)
	require.Equal(t, "程序 \"household_status\" 不存在", faults[0].Message)
}
