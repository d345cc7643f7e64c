package procedure

import (
	"fmt"
	"slices"
)

// Fault is one thing wrong with a definition.
type Fault struct {
	Definition string `json:"definition"`
	Where      string `json:"where"`
	Message    string `json:"message"`
}

func (f Fault) String() string { return fmt.Sprintf("%s：%s：%s", f.Definition, f.Where, f.Message) }

// Lists names what definitions refer to outside this package.
type Lists struct {
	// PolicyKeys are the policy keys with a value: limits, code sets, lists.
	PolicyKeys []string
	// Ladders are the reminder ladders that have a handler.
	Ladders []string
	// Derivations, Hooks and Sheets are those that have code.
	Derivations []string
	Hooks       []string
	Sheets      []string
}

// Check finds what looplab/fsm would silently accept, in all definitions: every
// state reachable, every open state with an exit and a way to an end, no event
// twice from one state, every name known. No fault means they may be loaded.
func Check(defs []*Definition, lists Lists) []Fault {
	var faults []Fault
	seen, prefixes := map[string]bool{}, map[string]string{}
	for _, d := range defs {
		c := &checker{def: d, all: defs, lists: lists}
		if seen[d.Key()] {
			c.fault("版本", "同一名称和版本定义了两次")
		}
		seen[d.Key()] = true
		if other, ok := prefixes[d.Prefix]; d.Prefix == "" || ok && other != d.Name {
			c.fault("定义", "编号前缀 %q 缺失或已被使用", d.Prefix)
		}
		prefixes[d.Prefix] = d.Name
		c.states()
		c.events()
		c.paths()
		c.clocks()
		c.opening()
		c.brief()
		faults = append(faults, c.faults...)
	}
	return faults
}

type checker struct {
	def    *Definition
	all    []*Definition
	lists  Lists
	faults []Fault
}

func (c *checker) fault(where, format string, a ...any) {
	c.faults = append(c.faults, Fault{Definition: c.def.Key(), Where: where, Message: fmt.Sprintf(format, a...)})
}

func (c *checker) states() {
	d := c.def
	if d.Name == "" || d.Title == "" || d.Version < 1 {
		c.fault("定义", "缺少名称、标题或版本")
	}
	if d.Mode != Durable && d.Mode != Inline {
		c.fault("定义", "方式 %q 不存在", d.Mode)
	}
	seen := map[State]bool{}
	ends := 0
	for _, s := range d.States {
		where := "状态 " + string(s.Code)
		if s.Code == "" || s.Title == "" {
			c.fault(where, "缺少代码或标题")
		}
		if seen[s.Code] {
			c.fault(where, "定义了两次")
		}
		seen[s.Code] = true
		if s.Final {
			ends++
		}
		c.roles(where, s.Todo)
		for _, r := range s.Todo {
			if !c.acts(s.Code, r) {
				c.fault(where, "待办角色 %q 在此状态无可办事项", r)
			}
			if name := s.TodoIf[r]; name != "" {
				c.guards(where, guards(name))
			}
		}
	}
	if ends == 0 {
		c.fault("定义", "没有结束状态")
	}
	if !seen[d.Initial] {
		c.fault("定义", "初始状态 %q 不存在", d.Initial)
	}
}

// acts reports whether role r has something to do or to sign in state s.
func (c *checker) acts(s State, r Role) bool {
	for _, e := range c.def.Events {
		if !slices.Contains(e.From, s) {
			continue
		}
		if slices.Contains(e.Roles, r) || slices.Contains(e.Proxies, r) {
			return true
		}
		for _, sg := range e.Signers {
			if slices.Contains(sg.Roles, r) {
				return true
			}
		}
	}
	return false
}

func (c *checker) known(where string, states ...State) {
	for _, s := range states {
		if _, ok := c.def.State(s); !ok {
			c.fault(where, "状态 %q 不存在", s)
		}
	}
}

func (c *checker) roles(where string, roles []Role) {
	for _, r := range roles {
		if _, ok := RoleOf(r); !ok {
			c.fault(where, "角色 %q 不存在", r)
		}
	}
}

func (c *checker) events() {
	type edge struct {
		event string
		from  State
	}
	seen := map[edge]bool{}
	for i := range c.def.Events {
		e := &c.def.Events[i]
		where := "事件 " + e.Code
		if e.Code == "" || e.Title == "" {
			c.fault(where, "缺少代码或标题")
		}
		if len(e.Roles) == 0 {
			c.fault(where, "没有可办理的角色")
		}
		if len(e.From) == 0 {
			c.fault(where, "没有起始状态")
		}
		if e.To != Stay {
			c.known(where, e.To)
		}
		c.known(where, e.From...)
		c.known(where, e.Former...)
		c.roles(where, e.Roles)
		c.roles(where, e.Copies)
		c.roles(where, e.Proxies)
		for _, s := range e.From {
			if seen[edge{e.Code, s}] {
				c.fault(where, "从状态 %q 定义了两次", s)
			}
			seen[edge{e.Code, s}] = true
			if c.def.Final(s) && !e.Correction {
				c.fault(where, "从结束状态 %q 出发，但不是更正事件", s)
			}
		}
		c.signers(where, e)
		c.fields(where, e.Form)
		c.guards(where, e.Guards)
		c.derivations(where, e.Derive)
		if e.Sheet != "" && !slices.Contains(c.lists.Sheets, e.Sheet) {
			c.fault(where, "自动填写的内容 %q 不存在", e.Sheet)
		}
		c.effects(where, e.Effects)
		if e.Return && !slices.ContainsFunc(e.Form, func(f Field) bool { return f.Code == reason.Code && f.Required }) {
			c.fault(where, "退回必须填写理由")
		}
	}
}

// brief: what lists show is a fact of the opening or of an event.
func (c *checker) brief() {
	is := func(f Field) bool { return f.Code == c.def.Brief && f.Fact }
	if c.def.Brief == "" || slices.ContainsFunc(c.def.Opening.Form, is) {
		return
	}
	if !slices.ContainsFunc(c.def.Events, func(e Event) bool { return slices.ContainsFunc(e.Form, is) }) {
		c.fault("简述", "事实 %q 不存在", c.def.Brief)
	}
}

func (c *checker) signers(where string, e *Event) {
	for _, s := range e.Signers {
		c.roles(where, s.Roles)
		if len(s.Roles) == 0 || s.Min < 1 {
			c.fault(where, "会签人 %q 缺少角色或人数", s.Title)
		}
		if s.MinKey != "" && !slices.Contains(c.lists.PolicyKeys, s.MinKey) {
			c.fault(where, "政策参数 %q 不存在", s.MinKey)
		}
	}
	if (len(e.Signers) > 0) != slices.Contains(e.Guards, Guard{Name: GuardSigned}) {
		c.fault(where, "会签人与“%s”条件必须同时出现", GuardSigned)
	}
	for _, other := range e.NotBy {
		if _, ok := c.def.Event(other); !ok {
			c.fault(where, "回避事件 %q 不存在", other)
		}
	}
}

func (c *checker) fields(where string, form []Field) {
	seen := map[string]bool{}
	for _, f := range form {
		w := where + " 字段 " + f.Code
		if f.Code == "" || f.Title == "" || f.Kind == "" || f.Class == "" {
			c.fault(w, "缺少代码、标题、类型或数据级别")
		}
		if seen[f.Code] {
			c.fault(w, "定义了两次")
		}
		if f.Code == ComputedField {
			c.fault(w, "该代码留给计算结果")
		}
		seen[f.Code] = true
		if (f.Kind == Choice || f.Kind == Choices) && len(f.Options) == 0 && f.OptionsKey == "" && f.OptionsFrom == "" {
			c.fault(w, "没有选项")
		}
		if f.OptionsKey != "" && !slices.Contains(c.lists.PolicyKeys, f.OptionsKey) {
			c.fault(w, "政策参数 %q 不存在", f.OptionsKey)
		}
		if f.Fact && f.Class != P0 && f.Class != P1 {
			c.fault(w, "级别 %s 的内容不得作为事项事实", f.Class)
		}
		if f.When != nil && !seen[f.When.Field] {
			c.fault(w, "所依赖的字段 %q 应在其前面", f.When.Field)
		}
		if f.Kind == Rows {
			c.fields(w, f.Columns)
		}
	}
}

func (c *checker) guards(where string, gs []Guard) {
	for _, g := range gs {
		if !slices.ContainsFunc(Guards, func(d GuardDef) bool { return d.Name == g.Name }) {
			c.fault(where, "条件 %q 不存在", g.Name)
		}
	}
}

func (c *checker) derivations(where string, names []string) {
	for _, n := range names {
		if !slices.Contains(c.lists.Derivations, n) {
			c.fault(where, "推算 %q 不存在", n)
		}
	}
}

func (c *checker) effects(where string, effects []Effect) {
	for _, e := range effects {
		switch e.Kind {
		case OpenCase:
			if c.find(e.Procedure) == nil {
				c.fault(where, "要开启的程序 %q 不存在", e.Procedure)
			}
			for _, key := range []string{e.Each, e.Count} {
				if key != "" && !slices.Contains(c.lists.PolicyKeys, key) {
					c.fault(where, "政策参数 %q 不存在", key)
				}
			}
		case Tell:
			c.tell(where, e)
		case SetHousehold:
			c.event(where, "household_status", e.Event)
		case Publish, TakeDown, Prolong, MoveCase:
		case RunHook:
			if !slices.Contains(c.lists.Hooks, e.Hook) {
				c.fault(where, "登记动作 %q 不存在", e.Hook)
			}
		default:
			c.fault(where, "后续动作 %q 不存在", e.Kind)
		}
		if e.If.Name != "" {
			c.guards(where, []Guard{e.If})
		}
	}
}

func (c *checker) tell(where string, e Effect) {
	switch e.To {
	case ToSelf:
		c.event(where, c.def.Name, e.Event)
	case ToChildren, ToHousehold, ToParent:
		c.event(where, e.Procedure, e.Event)
	default:
		c.fault(where, "通知对象 %q 不存在", e.To)
	}
}

// event checks that the named procedure has an event that a procedure or the
// system may fire.
func (c *checker) event(where, proc, event string) {
	d := c.find(proc)
	if d == nil {
		c.fault(where, "程序 %q 不存在", proc)
		return
	}
	e, ok := d.Event(event)
	if !ok {
		c.fault(where, "程序 %s 没有事件 %q", proc, event)
		return
	}
	if !slices.Contains(e.Roles, Procedure) && !slices.Contains(e.Roles, System) && !slices.Contains(e.Proxies, Procedure) {
		c.fault(where, "程序 %s 的事件 %q 不能由程序触发", proc, event)
	}
}

func (c *checker) find(name string) *Definition {
	i := slices.IndexFunc(c.all, func(d *Definition) bool { return d.Name == name })
	if i < 0 {
		return nil
	}
	return c.all[i]
}

// paths checks that every state can be reached, that every open state has an
// exit, and that every state leads to an end.
func (c *checker) paths() {
	var ends []State
	for _, s := range c.def.States {
		if s.Final {
			ends = append(ends, s.Code)
		}
	}
	edges := c.edges()
	reach := spread([]State{c.def.Initial}, edges)
	for i := range edges {
		edges[i][0], edges[i][1] = edges[i][1], edges[i][0]
	}
	leads := spread(ends, edges)
	for _, s := range c.def.States {
		where := "状态 " + string(s.Code)
		if !reach[s.Code] {
			c.fault(where, "无法到达")
		}
		if !leads[s.Code] {
			c.fault(where, "无法到达结束状态")
		}
		exit := slices.ContainsFunc(c.def.Events, func(e Event) bool { return slices.Contains(e.From, s.Code) && e.To != s.Code && e.To != Stay })
		if !s.Final && !exit {
			c.fault(where, "没有出口")
		}
	}
}

// edges are all moves, each from a state to a state.
func (c *checker) edges() [][2]State {
	var out [][2]State
	for i := range c.def.Events {
		for _, from := range c.def.Events[i].From {
			for _, to := range c.def.Events[i].Targets(from) {
				out = append(out, [2]State{from, to})
			}
		}
	}
	return out
}

// spread returns the states reached from start along edges.
func spread(start []State, edges [][2]State) map[State]bool {
	reached := map[State]bool{}
	for _, s := range start {
		reached[s] = true
	}
	for grown := true; grown; {
		grown = false
		for _, e := range edges {
			if reached[e[0]] && !reached[e[1]] {
				reached[e[1]], grown = true, true
			}
		}
	}
	return reached
}

func (c *checker) clocks() {
	seen := map[string]bool{}
	for _, k := range c.def.Clocks {
		where := "期限 " + k.Code
		if k.Code == "" || k.Title == "" || len(k.In) == 0 {
			c.fault(where, "缺少代码、标题或状态")
		}
		if seen[k.Code] {
			c.fault(where, "定义了两次")
		}
		seen[k.Code] = true
		c.known(where, k.In...)
		for _, s := range k.In {
			if c.def.Final(s) {
				c.fault(where, "在结束状态 %q 计时", s)
			}
		}
		c.roles(where, k.Todo)
		for _, r := range k.Todo {
			for _, s := range k.In {
				if !c.acts(s, r) {
					c.fault(where, "待办角色 %q 在状态 %q 无可办事项", r, s)
				}
			}
		}
		for _, s := range k.Pause {
			if !slices.Contains(k.In, s) {
				c.fault(where, "暂停状态 %q 不在计时状态中", s)
			}
		}
		if (k.Budget == "") == (k.Until == "") {
			c.fault(where, "应当有天数或截止日期之一")
		}
		if k.Budget != "" && !slices.Contains(c.lists.PolicyKeys, k.Budget) {
			c.fault(where, "政策参数 %q 不存在", k.Budget)
		}
		if k.AnchorKey != "" && !slices.Contains(c.lists.PolicyKeys, k.AnchorKey) {
			c.fault(where, "政策参数 %q 不存在", k.AnchorKey)
		}
		if !slices.Contains(c.lists.Ladders, k.Ladder) {
			c.fault(where, "提醒阶梯 %q 不存在", k.Ladder)
		}
		for _, hook := range k.OnRung {
			if !slices.Contains(c.lists.Hooks, hook) {
				c.fault(where, "登记动作 %q 不存在", hook)
			}
		}
		for _, f := range k.Fires {
			e, ok := c.def.Event(f)
			if !ok || !slices.Contains(e.Roles, Timer) {
				c.fault(where, "到期事件 %q 不存在或不能由期限触发", f)
			}
		}
	}
}

func (c *checker) opening() {
	o := c.def.Opening
	c.roles("开启", o.Roles)
	c.fields("开启", o.Form)
	if len(o.Roles) > 0 && slices.ContainsFunc(o.Form, fromCase) {
		c.fault("开启", "开启时还没有事项，选项不能来自事项")
	}
	c.guards("开启", o.Guards)
	c.derivations("开启", o.Derive)
	c.effects("开启", o.Effects)
}

// fromCase reports whether a field, or a column of it, takes its options from the case.
func fromCase(f Field) bool { return f.OptionsFrom != "" || slices.ContainsFunc(f.Columns, fromCase) }
