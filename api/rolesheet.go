package api

import (
	"context"
	"slices"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// What a post may do and see, told from what decides it: the definitions of the procedures, the table of the gate, the kinds of
// papers, the duties of the administrators. There is no list beside these.

var postLevels = map[procedure.Level]string{procedure.LevelHousehold: "农户", procedure.LevelGroup: "村民小组", procedure.LevelVillage: "村", procedure.LevelTownship: "乡镇",
	procedure.LevelCounty: "县", procedure.LevelCity: "市", procedure.LevelAny: "各级"}

var reachTitles = map[reach]string{
	nothing:      "看不到事项和农户",
	ownHousehold: "所指定的一户及其事项",
	area:         "辖区内的全部事项和农户",
	department:   "辖区内转给本部门的、由本人开启的事项",
	fieldWork:    "辖区内派给本岗位的事项及其农户",
	campaignWork: "辖区内的行动及其表",
	lateOnly:     "辖区内超期的、存在隐瞒的事项",
	figuresOnly:  "辖区内的统计数字",
	ownGroup:     "本组的农户及其事项",
	ofCase:       "书面调阅的一件事项",
	ofKinds:      "审计任务所列的事项及其农户",
}

// reachTitle is how far a role reaches. An auditor reaches nothing but what an engagement names, a city office single cases besides.
func reachTitle(r procedure.Role) string {
	switch r {
	case procedure.Auditor:
		return reachTitles[ofKinds]
	case procedure.CityOffice:
		return reachTitles[figuresOnly] + "、" + reachTitles[ofCase]
	}
	return reachTitles[rules[r].reach]
}

var classTitles = map[procedure.Class]string{procedure.P0: "公示内容", procedure.P1: "一般情况", procedure.P2: "个人信息（身份证号、电话、住址、关系等）",
	procedure.P3: "敏感信息（健康、保险、银行账户、位置、儿童等）", procedure.P4: "部门比对结果", procedure.P5: "反映人身份"}

// otherActs are what posts do outside the procedures, each asked of the gate for somebody who holds the post alone.
var otherActs = []struct {
	title string
	may   func(v *viewer, g models.RoleGrant) bool
}{
	{"转办他人的待办，安排辖区内的人员", func(_ *viewer, g models.RoleGrant) bool { return managing(g.Role) }},
	{"建立整改方案，开始数据检查", func(v *viewer, g models.RoleGrant) bool { return keeps(v, g.RegionCode) }},
	{"发出整改通报", func(v *viewer, g models.RoleGrant) bool { return bulletins(v, g.RegionCode) }},
	{"填写程序以外的表", func(_ *viewer, g models.RoleGrant) bool { return slices.Contains(recordWriters, g.Role) }},
	{"复核程序以外的表", func(_ *viewer, g models.RoleGrant) bool { return slices.Contains(recordCheckers, g.Role) }},
	{"登记驻村履职", func(v *viewer, g models.RoleGrant) bool { return recordsResidency(v, v.user.ID, g.RegionCode) }},
	{"设置政策参数", func(v *viewer, g models.RoleGrant) bool { return editsPolicy(v, g.RegionCode) }},
	{"导入地区界线", func(v *viewer, g models.RoleGrant) bool { return importsBoundaries(v, g.RegionCode) }},
	{"下达审计任务", func(v *viewer, _ models.RoleGrant) bool { return len(giving(v)) > 0 }},
	{"导出看得到的列表", func(v *viewer, _ models.RoleGrant) bool { _, err := exportingGrant(v); return err == nil }},
}

// GetRole is the sheet of one post.
func (s *server) GetRole(ctx context.Context, r gen.GetRoleRequestObject) (gen.GetRoleResponseObject, error) {
	if _, err := administering(viewerOf(ctx), lookingAtPosts); err != nil {
		return nil, err
	}
	d, ok := procedure.RoleOf(procedure.Role(r.Role))
	if !ok || !d.Code.Granted() {
		return nil, notFound()
	}
	out := gen.RoleSheet{Role: string(d.Code), Title: d.Title, LevelTitle: postLevels[d.Level], ReachTitle: reachTitle(d.Code), Unmask: rules[d.Code].unmask,
		Classes: sightsOf(rules[d.Code]), Procedures: []gen.RoleProcedure{}, Papers: []gen.Option{}, Others: []gen.Option{}}
	for i, p := range procedure.All {
		if latest, _ := procedure.Latest(p.Name); latest == p {
			if part := partIn(procedure.All[i], d.Code); part.Opens || len(part.Acts)+len(part.Waits)+len(part.Told) > 0 {
				out.Procedures = append(out.Procedures, part)
			}
		}
	}
	for _, k := range paperKinds {
		if slices.Contains(k.roles, d.Code) {
			out.Papers = append(out.Papers, gen.Option{Code: k.code, Title: k.title})
		}
	}
	for _, title := range othersOf(d) {
		out.Others = append(out.Others, gen.Option{Title: title})
	}
	return gen.GetRole200JSONResponse(out), nil
}

// sightsOf is how much a rule shows of each class: at first, for a stated purpose, and of what its holder works on.
func sightsOf(r rule) []gen.RoleSight {
	out := []gen.RoleSight{}
	if r.reach == nothing || r.reach == figuresOnly {
		return out
	}
	told := r.purposed()
	for i, class := range []procedure.Class{procedure.P0, procedure.P1, procedure.P2, procedure.P3, procedure.P4, procedure.P5} {
		out = append(out, gen.RoleSight{Class: string(class), Title: classTitles[class], See: looks[r.see[i]], Told: looks[told[i]], Work: looks[max(r.see[i], r.work[i])]})
	}
	return out
}

var looks = map[look]gen.RoleLook{hidden: gen.RoleLookHidden, masked: gen.RoleLookMasked, full: gen.RoleLookFull}

// standsIn reports whether a role is among some, itself or as a relation that its holders can have to a case; as is the relation.
func standsIn(role procedure.Role, among []procedure.Role) (as string, ok bool) {
	if slices.Contains(among, role) {
		return "", true
	}
	for _, r := range among {
		if d, _ := procedure.RoleOf(r); slices.Contains(d.Base, role) {
			return d.Title, true
		}
	}
	return "", false
}

// partIn is the part of a role in a procedure.
func partIn(d *procedure.Definition, role procedure.Role) gen.RoleProcedure {
	out := gen.RoleProcedure{Name: d.Name, Title: d.Title, Acts: []gen.RoleAct{}, Waits: []gen.Option{}, Told: []gen.Option{}}
	_, out.Opens = standsIn(role, d.Opening.Roles)
	for _, st := range d.States {
		if _, ok := standsIn(role, st.Todo); ok {
			out.Waits = append(out.Waits, gen.Option{Code: string(st.Code), Title: st.Title})
		}
	}
	for i := range d.Events {
		e := &d.Events[i]
		act := gen.RoleAct{Code: e.Code, Title: e.Title}
		if as, ok := standsIn(role, e.Roles); ok {
			act.How, act.AsTitle = gen.RoleActFire, as
			out.Acts = append(out.Acts, act)
		} else if as, ok := standsIn(role, e.Proxies); ok {
			act.How, act.AsTitle = gen.RoleActRecord, as
			out.Acts = append(out.Acts, act)
		}
		for _, sg := range e.Signers {
			if as, ok := standsIn(role, sg.Roles); ok {
				out.Acts = append(out.Acts, gen.RoleAct{Code: e.Code, Title: e.Title, How: gen.RoleActSign, AsTitle: as})
				break
			}
		}
		if slices.Contains(e.Copies, role) {
			out.Told = append(out.Told, gen.Option{Code: e.Code, Title: e.Title})
		}
	}
	return out
}

// othersOf are what the holder of a post does besides: asked of the gate, for one who holds it somewhere.
func othersOf(d procedure.RoleDef) []string {
	lengths := d.Regions()
	g := models.RoleGrant{ID: "post", UserID: "holder", Role: d.Code, RegionCode: "110101001001"[:lengths[len(lengths)-1]]}
	v := &viewer{user: models.User{ID: g.UserID}, grants: []models.RoleGrant{g}}
	var out []string
	for _, a := range otherActs {
		if a.may(v, g) {
			out = append(out, a.title)
		}
	}
	for _, x := range duties {
		if slices.Contains(x.of, d.Code) {
			out = append(out, x.title)
		}
	}
	return out
}
