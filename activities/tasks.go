package activities

import (
	"slices"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/procedure"
)

// moveTasks empties the inboxes a case was in and puts it into those of the
// roles that must act in its present state.
func (e *Engine) moveTasks(tx *gorm.DB, c *models.Case, d *procedure.Definition, by string, now time.Time) error {
	if c.Seq > 1 { // a case that is being opened is in none
		err := tx.Model(&models.Task{}).Where("case_id = ? AND closed_at IS NULL", c.ID).
			Updates(map[string]any{"closed_at": now, "closed_by": by}).Error
		if err != nil {
			return err
		}
	}
	if d.Final(c.State) {
		return hush(tx, c, by, now)
	}
	todo, err := e.todoOf(tx, c, d, now)
	if err != nil {
		return err
	}
	return openTasks(tx, c, todo, now)
}

// todoOf are the roles in whose inbox a case waits: those of its state, and those of
// the clocks that run.
func (e *Engine) todoOf(tx *gorm.DB, c *models.Case, d *procedure.Definition, now time.Time) ([]procedure.Role, error) {
	st, ok := d.State(c.State)
	if !ok || st.Final {
		return nil, nil
	}
	if over, err := needless(tx, c, d); err != nil || over {
		return nil, err
	}
	k := &act{e: e, tx: tx, c: c, d: d, asking: true, now: now}
	todo := slices.DeleteFunc(slices.Clone(st.Todo), func(r procedure.Role) bool {
		name := st.TodoIf[r]
		return name != "" && len(k.run(procedure.Guard{Name: name})) > 0
	})
	if !slices.ContainsFunc(d.Clocks, func(k procedure.Clock) bool { return len(k.Todo) > 0 }) {
		return todo, nil
	}
	rows, err := runningClocks(tx, c.ID)
	for _, r := range rows {
		i := slices.IndexFunc(d.Clocks, func(k procedure.Clock) bool { return k.Code == r.Code })
		if i < 0 {
			continue
		}
		for _, role := range d.Clocks[i].Todo {
			if !slices.Contains(todo, role) {
				todo = append(todo, role)
			}
		}
	}
	return todo, err
}

// fitTasks puts a case whose clocks have changed beside a transition into the inboxes
// that are missing, and takes it out of those that have no part in it any more.
func (e *Engine) fitTasks(tx *gorm.DB, c *models.Case, d *procedure.Definition, now time.Time) error {
	todo, err := e.todoOf(tx, c, d, now)
	if err != nil {
		return err
	}
	here, err := tasksOf(tx, c.ID)
	if err != nil {
		return err
	}
	for i := range here {
		if !slices.Contains(todo, here[i].Role) {
			if err := tx.Model(&here[i]).Update("closed_at", now).Error; err != nil {
				return err
			}
		}
	}
	missing := slices.DeleteFunc(todo, func(r procedure.Role) bool {
		return slices.ContainsFunc(here, func(t models.Task) bool { return t.Role == r })
	})
	if err := openTasks(tx, c, missing, now); err != nil {
		return err
	}
	return retask(tx, c)
}

func openTasks(tx *gorm.DB, c *models.Case, todo []procedure.Role, now time.Time) error {
	var tasks []*models.Task
	for _, role := range todo {
		tasks = append(tasks, newTasks(c, role, now)...)
	}
	return models.Insert(tx, tasks...)
}

// newTasks are the entries of a role for a case, still to be stored.
func newTasks(c *models.Case, role procedure.Role, now time.Time) []*models.Task {
	var out []*models.Task
	for _, t := range taskSlots(c, role) {
		t.ID, t.CaseID, t.Step, t.Procedure, t.State, t.Role = models.NewID(), c.ID, c.Step, c.Procedure, c.State, role
		t.RegionCode, t.Subject, t.DueAt, t.OpenedAt = c.RegionCode, c.Subject, c.DueAt, now
		out = append(out, &t)
	}
	return out
}

// quietNames are the procedures that are of no use once the case they belong to has ended.
func quietNames() []string {
	var out []string
	for _, d := range procedure.All {
		if d.QuietWithParent {
			out = append(out, d.Name)
		}
	}
	return out
}

// hush takes what an ended case has asked for out of the inboxes.
func hush(tx *gorm.DB, c *models.Case, by string, now time.Time) error {
	asked := tx.Model(&models.Case{}).Select("id").Where("parent_id = ? AND procedure IN ?", c.ID, quietNames())
	return tx.Model(&models.Task{}).Where("case_id IN (?) AND closed_at IS NULL", asked).
		Updates(map[string]any{"closed_at": now, "closed_by": by}).Error
}

// needless reports whether nobody needs a case any more, because the one that asked
// for it has ended.
func needless(tx *gorm.DB, c *models.Case, d *procedure.Definition) (bool, error) {
	if !d.QuietWithParent {
		return false, nil
	}
	parent, err := take(tx, c.ParentID)
	return err == nil && parent.ClosedAt != nil, err
}

// taskSlots are the inboxes of a role for a case: one for the office, or one for
// each person who stands in the relation.
func taskSlots(c *models.Case, role procedure.Role) []models.Task {
	def, _ := procedure.RoleOf(role)
	switch {
	case def.RoleFact != "":
		return []models.Task{{Queue: CaseQueue(c, procedure.Role(c.Facts.Text(def.RoleFact)))}}
	case role == procedure.Surveyor && surveyor(c) != "":
		return []models.Task{{Queue: CaseQueue(c, role), AssigneeID: surveyor(c)}}
	case role != procedure.Handler && def.Fact == "":
		return []models.Task{{Queue: CaseQueue(c, role)}}
	}
	var out []models.Task
	for _, user := range related(c, role) {
		out = append(out, models.Task{Queue: models.Queue(role, user, ""), AssigneeID: user})
	}
	return out
}

// CaseQueue is the inbox of a role for a case.
func CaseQueue(c *models.Case, role procedure.Role) string {
	def, _ := procedure.RoleOf(role)
	switch {
	case def.Level == procedure.LevelHousehold:
		return models.Queue(role, c.HouseholdID, "")
	case role == procedure.Counterpart:
		return models.Queue(procedure.VillageCadre, c.OtherRegion, "")
	case role == procedure.CountyDept || role == procedure.TownshipDept:
		return models.Queue(role, Office(c.RegionCode, def.Level), c.Dept)
	}
	return models.Queue(role, Office(c.RegionCode, def.Level), "")
}

// Office is the region code of the office of a level that is responsible for a
// village: county 6 digits, township 9, village 12.
func Office(region string, level procedure.Level) string {
	n := map[procedure.Level]int{procedure.LevelCounty: 6, procedure.LevelTownship: 9}[level]
	if n == 0 || len(region) < n {
		return region
	}
	return region[:n]
}

// tasksOf are the open tasks of a case.
func tasksOf(tx *gorm.DB, caseID string) ([]models.Task, error) {
	var out []models.Task
	err := tx.Where("case_id = ? AND closed_at IS NULL", caseID).Order("id").Find(&out).Error
	return out, err
}

// retask puts the present due date of a case on its open tasks, by which inboxes
// are ordered.
func retask(tx *gorm.DB, c *models.Case) error {
	return tx.Model(&models.Task{}).Where("case_id = ? AND closed_at IS NULL", c.ID).Update("due_at", c.DueAt).Error
}
