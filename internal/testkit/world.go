package testkit

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// The fictitious county: two townships, three villages.
const (
	County    = "990101"
	Township  = "990101101"
	Township2 = "990101102"
	Village   = "990101101201"
	Village2  = "990101101202"
	Village3  = "990101102201" // in Township2
)

// Start is when the clock of a world stands at first: Monday, 21 September 2026,
// 09:00 in the county.
var Start = time.Date(2026, 9, 21, 1, 0, 0, 0, time.UTC)

// World is a county with its offices and households, and an engine whose clock
// the test sets. It drives cases as the workflows do, without Temporal.
type World struct {
	T      testing.TB
	Store  *models.Store
	Engine *activities.Engine
	// Hold keeps what cases ask of each other in the outbox, until Deliver.
	Hold bool
	// Alter, if there is one, changes every form before it is sent.
	Alter func(fields []procedure.Field, form map[string]any)
	// still is a procedure whose cases do not hear what they tell themselves: Reach
	// fires each of their events itself, and stops in between.
	still string

	mu     sync.Mutex
	now    time.Time
	actors map[string][]activities.Actor
	names  map[string]string
	keys   int
}

// NewWorld makes the county in an empty, migrated store.
func NewWorld(t testing.TB, s *models.Store) *World {
	t.Helper()
	w := &World{T: t, Store: s, now: Start, actors: map[string][]activities.Actor{}, names: map[string]string{}}
	w.Engine = &activities.Engine{Store: s, Calendar: policy.DefaultCalendar(), Clock: &casetime.Clock{Real: w.Now}}
	region := func(code, parent string, level procedure.Level, name, path string) models.Region {
		return models.Region{Code: code, Parent: parent, Level: string(level), Name: name, Path: path}
	}
	w.create(&[]models.Region{
		region(County, "", procedure.LevelCounty, "青禾县", "青禾县"),
		region(Township, County, procedure.LevelTownship, "云岭镇", "青禾县云岭镇"),
		region(Township2, County, procedure.LevelTownship, "白水乡", "青禾县白水乡"),
		region(Village, Township, procedure.LevelVillage, "上坪村", "青禾县云岭镇上坪村"),
		region(Village2, Township, procedure.LevelVillage, "下坪村", "青禾县云岭镇下坪村"),
		region(Village3, Township2, procedure.LevelVillage, "石桥村", "青禾县白水乡石桥村"),
	})
	w.SetPolicy("income_line", County, policy.IncomeLine{Fen: 700000, Concept: "net"})
	w.staff()
	return w
}

func (w *World) create(rows any) {
	w.T.Helper()
	require.NoError(w.T, w.Store.DB.Create(rows).Error)
}

// staff gives every office its accounts: two for roles that check each other.
func (w *World) staff() {
	for _, r := range procedure.Roles {
		switch {
		case !r.Code.Human() || r.Level == procedure.LevelHousehold || len(r.Base) > 0:
		case r.Code == procedure.CountyDept || r.Code == procedure.TownshipDept:
			for _, d := range policy.Departments {
				w.Hire(r.Code, activities.Office(Village, r.Level), d.Code)
			}
		default:
			for _, region := range w.areas(r.Level) {
				w.Hire(r.Code, region, "")
				w.Hire(r.Code, region, "")
			}
		}
	}
	w.Hire(procedure.Surveyor, Village, "")
}

// areas are the offices of a level.
func (w *World) areas(l procedure.Level) []string {
	switch l {
	case procedure.LevelTownship:
		return []string{Township, Township2}
	case procedure.LevelCounty, procedure.LevelCity, procedure.LevelAny:
		return []string{County}
	}
	return []string{Village, Village2, Village3}
}

// Hire makes an account with one role.
func (w *World) Hire(role procedure.Role, region, dept string) activities.Actor {
	w.T.Helper()
	return w.hire(role, region, dept, "")
}

func (w *World) hire(role procedure.Role, region, dept, household string) activities.Actor {
	w.T.Helper()
	def, ok := procedure.RoleOf(role)
	require.True(w.T, ok, "role %s", role)
	at := string(role) + "@" + region
	u := models.User{ID: models.NewID(), Name: fmt.Sprintf("%s%d", def.Title, len(w.actors[at])+1), CreatedAt: Start}
	u.Login = u.ID
	w.create(&u)
	w.create(&models.RoleGrant{ID: models.NewID(), UserID: u.ID, Role: role, RegionCode: region, Dept: dept, HouseholdID: household, ValidFrom: Start.AddDate(-1, 0, 0)})
	a := activities.Actor{UserID: u.ID, Role: role, Region: region, Dept: dept}
	w.actors[at] = append(w.actors[at], a)
	w.names[u.ID] = u.Name
	return a
}

// Grant gives an account a further role.
func (w *World) Grant(a activities.Actor, role procedure.Role, region string) activities.Actor {
	w.T.Helper()
	w.create(&models.RoleGrant{ID: models.NewID(), UserID: a.UserID, Role: role, RegionCode: region, ValidFrom: Start.AddDate(-1, 0, 0)})
	return activities.Actor{UserID: a.UserID, Role: role, Region: region}
}

// Actor is the first account of a role that is responsible for the first village.
func (w *World) Actor(role procedure.Role) activities.Actor { return w.Nth(role, Village, 0) }

// Nth is an account of a role that is responsible for a village, counted from 0.
func (w *World) Nth(role procedure.Role, village string, n int) activities.Actor {
	w.T.Helper()
	def, _ := procedure.RoleOf(role)
	region := activities.Office(village, def.Level)
	if def.Level == procedure.LevelAny || def.Level == procedure.LevelCity {
		region = County
	}
	list := w.actors[string(role)+"@"+region]
	require.Greater(w.T, len(list), n, "%s in %s", role, region)
	return list[n]
}

// DeptOf is the account of a department.
func (w *World) DeptOf(role procedure.Role, dept string) activities.Actor {
	w.T.Helper()
	def, _ := procedure.RoleOf(role)
	for _, a := range w.actors[string(role)+"@"+activities.Office(Village, def.Level)] {
		if a.Dept == dept {
			return a
		}
	}
	require.FailNow(w.T, "no such department", "%s %s", role, dept)
	return activities.Actor{}
}

// Name is the name of an account.
func (w *World) Name(user string) string { return w.names[user] }

// SetPolicy sets a value for an area from the beginning of the year on.
func (w *World) SetPolicy(key, region string, value any) {
	w.T.Helper()
	raw, err := json.Marshal(value)
	require.NoError(w.T, err)
	row := models.PolicyRow{ID: models.NewID(), Key: key, RegionCode: region, Value: raw, ValidFrom: time.Date(2026, 1, 1, 0, 0, 0, 0, policy.Shanghai), CreatedAt: w.Now()}
	require.Empty(w.T, policy.ValidateRow(policy.Row{Key: key, Region: region, Value: raw}))
	w.create(&row)
}

// NewHousehold makes a family of four in a village; the farmer of the household
// has an account, Farmer.
func (w *World) NewHousehold(village string) *models.Household {
	w.T.Helper()
	id := models.NewID()
	h := &models.Household{ID: id, No: id, RegionCode: village, GroupName: "一组", HeadName: "田禾", HeadPinyin: "tianhe", HeadAbbr: "th",
		Population: 4, BaseType: "ordinary", Status: "none", CreatedAt: w.Now(), UpdatedAt: w.Now()}
	require.NoError(w.T, h.SetSecret(w.Store.Vault, models.HouseholdSecret{House: "A"}))
	w.create(h)
	var people []models.Person
	for i, name := range []string{"田禾", "苗青", "田小雨", "田小雪"} {
		p := models.Person{ID: models.NewID(), HouseholdID: id, Ord: i, Name: name, IsHead: i == 0, CreatedAt: w.Now(), UpdatedAt: w.Now()}
		require.NoError(w.T, p.SetSecret(w.Store.Vault, models.PersonSecret{Health: "健康"}))
		people = append(people, p)
	}
	w.create(&people)
	for _, r := range []procedure.Role{procedure.Farmer, procedure.AssistancePerson, procedure.MonitoringContact} {
		w.hire(r, id, "", id)
	}
	return h
}

// Paired is the account that holds a role of the level of households for one.
func (w *World) Paired(role procedure.Role, household string) activities.Actor {
	a := w.actors[string(role)+"@"+household][0]
	a.Region = ""
	return a
}

// Farmer is the account of a household.
func (w *World) Farmer(household string) activities.Actor {
	return w.Paired(procedure.Farmer, household)
}

// Now is the time of the world.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// SetNow moves the clock without waking any case.
func (w *World) SetNow(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = at.UTC()
}

// Key is a new idempotency key.
func (w *World) Key() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.keys++
	return fmt.Sprintf("key-%d", w.keys)
}
