package api

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/procedure"
)

// The sheet of every post tells what the definitions and the table of the gate say of it, and nothing else.
func TestSheetsOfPosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administrators()
	sheet := func(role procedure.Role) gen.RoleSheet {
		return decode[gen.RoleSheet](t, w.do(t, call{user: "sec", method: "GET", url: basePath + "/accounts/roles/" + string(role), status: 200}))
	}
	list := decode[gen.RoleList](t, w.do(t, call{user: "sys", method: "GET", url: basePath + "/accounts/roles", status: 200}))
	letters := map[gen.RoleLook]string{gen.RoleLookHidden: "-", gen.RoleLookMasked: "m", gen.RoleLookFull: "f"}
	told := map[string]bool{}
	for _, item := range list.Items {
		require.NotEmpty(t, item.LevelTitle)
		role := procedure.Role(item.Role)
		got := sheet(role)
		require.Equal(t, item.Title, got.Title)
		require.NotEmpty(t, got.ReachTitle, role)
		if want := table33[role]; want.see != "" {
			see, work := "", ""
			for _, c := range got.Classes {
				see, work = see+letters[c.See], work+letters[c.Work]
			}
			require.Equal(t, []string{want.see, want.work}, []string{see, work}, role)
		}
		for _, p := range got.Procedures {
			d, ok := procedure.Latest(p.Name)
			require.True(t, ok)
			for _, a := range p.Acts {
				e, ok := d.Event(a.Code)
				require.True(t, ok)
				told[p.Name+"."+a.Code+"."+string(a.How)+"."+string(role)] = true
				of := map[gen.RoleActHow][]procedure.Role{gen.RoleActFire: e.Roles, gen.RoleActRecord: e.Proxies}[a.How]
				for _, sg := range e.Signers {
					if a.How == gen.RoleActSign {
						of = append(of, sg.Roles...)
					}
				}
				require.Equal(t, a.AsTitle == "", slices.Contains(of, role), "%s %s: in the post itself, or in a relation", role, a.Code)
			}
		}
		if role.Administers() {
			require.Empty(t, got.Procedures, "who administers acts in no case")
			require.Empty(t, got.Classes)
		}
	}
	for _, p := range procedure.All {
		d, _ := procedure.Latest(p.Name)
		for _, e := range d.Events {
			for _, r := range e.Roles {
				if r.Granted() {
					require.True(t, told[d.Name+"."+e.Code+".fire."+string(r)], "%s may fire %s of %s", r, e.Code, d.Name)
				}
			}
		}
	}

	titles := func(role procedure.Role) (out []string) {
		for _, o := range sheet(role).Others {
			out = append(out, o.Title)
		}
		return out
	}
	require.Contains(t, titles(procedure.SecAdmin), grantingPosts.title)
	require.Contains(t, titles(procedure.SecAdmin), "设置政策参数")
	require.Contains(t, titles(procedure.CountyOffice), "设置政策参数")
	require.NotContains(t, titles(procedure.TownshipOffice), "设置政策参数")
	require.Contains(t, titles(procedure.ResidentMember), "登记驻村履职")
	require.NotContains(t, titles(procedure.SysAdmin), grantingPosts.title)
	require.NotEmpty(t, sheet(procedure.CountyOffice).Papers)
	require.Empty(t, sheet(procedure.Guide).Papers)

	for _, role := range []string{"handler", "timer", "public", "nobody"} { // no posts
		w.do(t, call{user: "sys", method: "GET", url: basePath + "/accounts/roles/" + role, status: http.StatusNotFound})
	}
	w.do(t, call{user: "county", method: "GET", url: basePath + "/accounts/roles/village_cadre", status: http.StatusForbidden, code: "role_not_allowed"})
}

// Every duty of the administrators is asked by the gate, and told on the sheet of who has it.
func TestDutiesAreTold(t *testing.T) {
	t.Parallel()
	for _, d := range duties {
		require.NotEmpty(t, d.of)
		for _, r := range d.of {
			def, _ := procedure.RoleOf(r)
			require.Contains(t, othersOf(def), d.title)
		}
	}
}
