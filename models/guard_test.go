package models_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// asServer opens a database as a member of the role of the server.
func asServer(t *testing.T, dsn string, owner *models.Store) *models.Store {
	t.Helper()
	role := "server_" + strings.ToLower(models.NewID())
	require.NoError(t, owner.DB.Exec("CREATE ROLE "+role+" LOGIN PASSWORD 'x' IN ROLE shouwang_app").Error)
	t.Cleanup(func() { _ = owner.DB.Exec("DROP ROLE " + role).Error })
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	u.User = url.UserPassword(role, "x")
	return testkit.OpenStore(t, u.String())
}

// The role of the server reads and writes, and cannot change or remove what is recorded: neither by itself nor by taking
// the triggers away.
func TestTheServerCannotChangeTheRecord(t *testing.T) {
	t.Parallel()
	dsn := testkit.NewDSN(t, "postgres")
	owner := testkit.OpenStore(t, dsn)
	_, err := owner.Migrate(t.Context())
	require.NoError(t, err)
	s := asServer(t, dsn, owner)
	require.NoError(t, s.SchemaCurrent(t.Context()))
	ran, err := s.Migrate(t.Context())
	require.NoError(t, err, "nothing to do, and it does not try to grant")
	require.Empty(t, ran)
	may, err := s.MayChangeRecord(t.Context())
	require.NoError(t, err)
	require.False(t, may)
	may, err = owner.MayChangeRecord(t.Context())
	require.NoError(t, err)
	require.True(t, may)

	now := time.Now()
	require.NoError(t, s.DB.Create(&models.Case{ID: "c", No: "c", OpenedAt: now, UpdatedAt: now, DueAt: models.FarFuture}).Error)
	require.NoError(t, s.DB.Create(&models.CaseEvent{ID: "e", CaseID: "c", Seq: 1, At: now, Reply: []byte("{}")}).Error)
	require.NoError(t, s.DB.Create(&models.AccessLog{ID: "a", At: now.AddDate(-2, 0, 0)}).Error)
	require.NoError(t, s.DB.Create(&models.LogLeaf{Chain: "access", Seq: 1, Ref: "a"}).Error)
	require.NoError(t, s.DB.Create(&models.LogCheckpoint{Size: 1, At: now}).Error)
	require.NoError(t, s.DB.Model(&models.Case{}).Where("id = ?", "c").Update("stuck", "x").Error)
	statements := []string{
		"UPDATE case_events SET actor_name = 'x'", "UPDATE case_events SET payload = NULL", "DELETE FROM case_events",
		"UPDATE access_logs SET user_id = 'x'", "DELETE FROM access_logs", "UPDATE log_leaves SET hash = 'x'", "DELETE FROM log_leaves",
		"UPDATE log_checkpoints SET note = 'x'", "DELETE FROM log_checkpoints", "UPDATE issued_papers SET number = 'x'", "DELETE FROM form_record_acts",
		"UPDATE case_events SET salt = ''", "UPDATE issued_papers SET frozen = ''", "UPDATE form_record_acts SET answers = ''", "UPDATE form_record_acts SET note = ''",
		"UPDATE form_record_acts SET salt = ''", "UPDATE form_record_acts SET payload_hash = ''", "UPDATE admin_acts SET detail = ''", "DELETE FROM admin_acts", "TRUNCATE admin_acts", "TRUNCATE issued_papers", "TRUNCATE form_record_acts",
		"TRUNCATE case_events", "TRUNCATE access_logs CASCADE",
		"DELETE FROM goose_db_version",
	}
	for _, sql := range statements {
		require.ErrorContains(t, s.DB.Exec(sql).Error, "permission denied", sql)
	}
	for _, sql := range []string{
		"DROP TRIGGER case_events_append_only ON case_events", "ALTER TABLE case_events DISABLE TRIGGER ALL", "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
		"DROP TABLE case_events", "SET session_replication_role = replica", "GRANT UPDATE ON case_events TO shouwang_app",
	} {
		_ = s.DB.Exec(sql).Error // a grant that has no effect is a warning only
	}
	require.ErrorContains(t, s.DB.Exec("UPDATE case_events SET actor_name = 'x'").Error, "permission denied")
	open, err := s.Unguarded(t.Context())
	require.NoError(t, err)
	require.Empty(t, open)

	// Taken away, the protection is seen to have been one.
	require.NoError(t, owner.DB.Exec("GRANT UPDATE ON case_events TO shouwang_app").Error)
	require.ErrorContains(t, s.DB.Exec("UPDATE case_events SET actor_name = 'x'").Error, "append-only", "the trigger still stands")
	may, err = s.MayChangeRecord(t.Context())
	require.NoError(t, err)
	require.True(t, may)
	_, err = owner.Migrate(t.Context())
	require.NoError(t, err, "grants what it should, again")
	require.ErrorContains(t, s.DB.Exec("UPDATE case_events SET actor_name = 'x'").Error, "permission denied")
}

// A trigger that was dropped, put out of work or replaced is noticed, whichever of them.
func TestMissingTriggersAreNoticed(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		check := func(want ...string) {
			t.Helper()
			open, err := s.Unguarded(t.Context())
			require.NoError(t, err)
			require.ElementsMatch(t, want, open)
		}
		check()
		if s.Postgres() {
			require.NoError(t, s.DB.Exec("ALTER TABLE case_events DISABLE TRIGGER case_events_append_only").Error)
			check("case_events_append_only")
			require.NoError(t, s.DB.Exec("ALTER TABLE case_events ENABLE REPLICA TRIGGER case_events_append_only").Error)
			check("case_events_append_only")
			require.NoError(t, s.DB.Exec("ALTER TABLE case_events ENABLE TRIGGER case_events_append_only").Error)
			check()
			require.NoError(t, s.DB.Exec("DROP TRIGGER log_leaves_append_only ON log_leaves").Error)
			check("log_leaves_append_only")
			require.NoError(t, s.DB.Exec("CREATE TRIGGER log_leaves_append_only BEFORE UPDATE OR DELETE ON log_leaves FOR EACH ROW WHEN (false) EXECUTE FUNCTION refuse_change()").Error)
			check("log_leaves_append_only")
			require.NoError(t, s.DB.Exec("CREATE OR REPLACE FUNCTION keep_access_log() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'").Error)
			check("log_leaves_append_only", "access_logs_kept")
			require.NoError(t, s.DB.Exec("CREATE OR REPLACE TRIGGER log_leaves_append_only BEFORE DELETE ON log_leaves FOR EACH ROW EXECUTE FUNCTION refuse_change()").Error)
			check("log_leaves_append_only", "access_logs_kept")
			require.NoError(t, s.DB.Exec("CREATE OR REPLACE TRIGGER case_events_append_only BEFORE DELETE OR UPDATE OF id ON case_events FOR EACH ROW EXECUTE FUNCTION refuse_change()").Error)
			require.NoError(t, s.DB.Exec("DROP TRIGGER log_checkpoints_append_only ON log_checkpoints").Error)
			require.NoError(t, s.DB.Exec("CREATE TRIGGER log_checkpoints_append_only BEFORE UPDATE OR DELETE ON meta FOR EACH ROW EXECUTE FUNCTION refuse_change()").Error)
			check("log_leaves_append_only", "access_logs_kept", "case_events_append_only", "log_checkpoints_append_only")
			return
		}
		require.NoError(t, s.DB.Exec("DROP TRIGGER case_events_no_delete").Error)
		check("case_events_no_delete")
		require.NoError(t, s.DB.Exec("CREATE TRIGGER case_events_no_delete BEFORE DELETE ON case_events BEGIN SELECT 1; END").Error)
		check("case_events_no_delete")
		require.NoError(t, s.DB.Exec("DROP TRIGGER access_logs_no_delete").Error)
		check("case_events_no_delete", "access_logs_no_delete")
		for _, name := range []string{"issued_papers_no_update", "log_leaves_no_update"} {
			require.NoError(t, s.DB.Exec("DROP TRIGGER "+name).Error)
		}
		check("case_events_no_delete", "access_logs_no_delete", "issued_papers_no_update", "log_leaves_no_update")
	})
}

// The server changes what is to be changed in tables of which only a part stands.
func TestTheServerChangesWhatMayChange(t *testing.T) {
	t.Parallel()
	dsn := testkit.MigratedDSN(t, "postgres")
	owner := testkit.OpenStore(t, dsn)
	s := asServer(t, dsn, owner)
	require.NoError(t, s.DB.Exec("UPDATE monitoring_episodes SET closed_at = now() WHERE FALSE").Error)
	require.ErrorContains(t, s.DB.Exec("UPDATE monitoring_episodes SET opened_at = now() WHERE FALSE").Error, "permission denied")
	require.ErrorContains(t, s.DB.Exec("DELETE FROM monitoring_episodes WHERE FALSE").Error, "permission denied")
}

// What is sealed in an act, and the salt of its hash, go while an approved erasure of the household is under way and never
// otherwise, whoever asks: plain statements of the owner fail on both databases, and those of the server always.
func TestWhatIsSealedGoesByErasureAlone(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		c := w.Reach("identification", "home_verification")
		db := s.DB
		r := models.FormRecord{ID: "r", Answers: []byte("sealed"), Computed: []byte("sealed"), SubjectID: c.HouseholdID, RegionCode: c.RegionCode, CreatedAt: w.Now(), UpdatedAt: w.Now()}
		require.NoError(t, db.Create(&r).Error)
		require.NoError(t, db.Create(&models.FormRecordAct{ID: "ra", RecordID: "r", Key: "ra", At: w.Now(), Answers: []byte("sealed"), Note: []byte("sealed"), Salt: "s", PayloadHash: "h"}).Error)
		require.NoError(t, db.Create(&models.IssuedPaper{ID: "p", Key: "p", CaseID: c.ID, Frozen: []byte("sealed"), IssuedBy: w.Actor(procedure.CountyOffice).UserID, IssuedAt: w.Now()}).Error)
		require.NoError(t, db.Create(&models.Case{ID: "other", No: "other", OpenedAt: w.Now(), UpdatedAt: w.Now(), DueAt: models.FarFuture}).Error)
		require.NoError(t, db.Create(&models.CaseEvent{ID: "oe", CaseID: "other", Seq: 1, At: w.Now(), Salt: "s", Reply: []byte("{}")}).Error)
		going := []string{"UPDATE case_events SET payload = NULL, salt = ''", "UPDATE case_events SET payload = NULL", "UPDATE case_events SET payload = ''", "UPDATE case_events SET salt = ''",
			"UPDATE issued_papers SET frozen = ''", "UPDATE form_record_acts SET answers = ''", "UPDATE form_record_acts SET note = ''", "UPDATE form_record_acts SET salt = ''"}
		never := []string{"UPDATE case_events SET salt = 'x'", "UPDATE case_events SET hash = 'x', salt = ''", "UPDATE case_events SET payload_hash = '', payload = NULL", "DELETE FROM case_events",
			"DELETE FROM issued_papers", "DELETE FROM form_record_acts", "UPDATE form_record_acts SET salt = 'x'", "UPDATE form_record_acts SET payload_hash = 'x'", "UPDATE issued_papers SET hash = 'x'"}
		if s.Postgres() {
			never = append(never, "TRUNCATE case_events CASCADE", "TRUNCATE issued_papers CASCADE", "TRUNCATE form_record_acts", "TRUNCATE admin_acts", "TRUNCATE access_logs")
		}
		refuse := func(statements ...string) {
			t.Helper()
			for _, sql := range statements {
				require.ErrorContains(t, db.Exec(sql).Error, "append-only", sql)
			}
		}
		refuse(append(going, never...)...)

		var people []models.Person
		require.NoError(t, db.Where("household_id = ?", c.HouseholdID).Find(&people).Error)
		x := models.Erasure{ID: "x", Key: "x", HouseholdID: c.HouseholdID, PersonID: people[0].ID, Files: []string{}, Erased: map[string]int{}, AskedBy: w.Actor(procedure.TownshipOffice).UserID, AskedAt: w.Now()}
		require.NoError(t, db.Create(&x).Error)
		refuse(going...) // asked for is not approved
		require.NoError(t, db.Model(&x).Updates(map[string]any{"decision": models.ErasureApproved, "decided_by": w.Actor(procedure.CountyOffice).UserID}).Error)
		for _, sql := range going {
			err := db.Transaction(func(tx *gorm.DB) error {
				sql += map[bool]string{true: " WHERE case_id = '" + c.ID + "'"}[strings.Contains(sql, "case_events")]
				require.NoError(t, tx.Exec(sql).Error, sql)
				return gorm.ErrInvalidTransaction // nothing of it stays
			})
			require.ErrorIs(t, err, gorm.ErrInvalidTransaction)
		}
		refuse(append(never, "UPDATE case_events SET salt = '' WHERE case_id = 'other'")...) // nor of another household
		require.NoError(t, db.Exec("UPDATE case_events SET payload = NULL, salt = '' WHERE case_id = ? AND seq = 1", c.ID).Error)
		require.NoError(t, db.Model(&x).Update("done_at", w.Now()).Error)
		refuse(append(going, "UPDATE case_events SET payload = 'x' WHERE payload IS NULL")...) // neither afterwards, nor back
		_, err := s.NewKey(t.Context())
		require.NoError(t, err)
		require.NoError(t, db.Exec("UPDATE case_events SET payload = payload").Error, "sealing anew goes on")
	})
}
