package models_test

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"shouwang/internal/testkit"
	"shouwang/models"
)

// tables are all row types of the schema.
func tables() []any {
	return []any{&models.Region{}, &models.User{}, &models.RoleGrant{}, &models.Session{}, &models.Household{}, &models.Person{}, &models.Case{}, &models.CaseEvent{},
		&models.Submission{}, &models.Endorsement{}, &models.Task{}, &models.ClockRow{}, &models.ClockRung{}, &models.Message{}, &models.Attachment{}, &models.PublicNotice{}, &models.ObjectionReceipt{},
		&models.CampaignVillage{}, &models.CampaignScope{}, &models.CampaignFigure{}, &models.Absence{}, &models.Substitution{}, &models.CalendarLink{}, &models.PolicyRow{}, &models.PolicySnapshot{}, &models.Outbox{}, &models.WorkflowRun{}, &models.AccessLog{}, &models.ImportBatch{}, &models.Meta{},
		&models.VisitDuty{}, &models.VisitText{}, &models.MonitoringEpisode{},
		&models.Programme{}, &models.ProgrammeAct{}, &models.ProgrammeProblem{}, &models.Bulletin{}, &models.SupervisionNotice{}, &models.ClockStop{}, &models.ResidentMonth{},
		&models.CampaignMove{}, &models.CampaignSample{}, &models.CampaignDay{}, &models.QualityRun{}, &models.QualityLook{}, &models.QualityHit{},
		&models.Engagement{}, &models.EngagementSample{}, &models.EventText{}, &models.RecordText{}, &models.AuditCase{}, &models.AuditReplay{}, &models.AuditReplayFault{},
		&models.AdminAct{}, &models.AdminRequest{}, &models.LogLeaf{}, &models.LogTile{}, &models.LogCheckpoint{}, &models.LogDelivery{}, &models.DataKey{}, &models.Erasure{},
		&models.DeptMapping{}, &models.DeptList{}, &models.DeptMatch{}, &models.DeptRow{}, &models.Export{}, &models.ListSetting{}, &models.BulkJob{}, &models.BulkRow{},
		&models.IssuedPaper{}, &models.VoidedPaper{}, &models.PaperNumber{},
		&models.FormRecord{}, &models.FormRecordAct{},
		&models.RegionBoundary{}, &models.UsedPassword{}, &models.SecondFactor{}, &models.RecoveryCode{}, &models.APIToken{}, &models.ExternalIdentity{},
		&models.CaseCopy{}, &models.UsualOpinion{},
		&models.NoticeSettings{}, &models.Robot{}, &models.Delivery{},
		&models.PhoneKey{},
	}
}

func eachEmpty(t *testing.T, f func(t *testing.T, s *models.Store)) {
	t.Helper()
	t.Parallel()
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			f(t, testkit.OpenStore(t, testkit.NewDSN(t, dialect)))
		})
	}
}

// schemaOf lists the tables, indexes and triggers of a database with their text.
func schemaOf(t *testing.T, s *models.Store) []string {
	t.Helper()
	query := "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite_%'"
	if s.Postgres() {
		query = `SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'goose%'
			UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'goose%'
			UNION ALL SELECT 'trigger ' || trigger_name || ' ' || event_manipulation FROM information_schema.triggers
			UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace`
	}
	var out []string
	require.NoError(t, s.DB.Raw(query).Scan(&out).Error)
	sort.Strings(out)
	return out
}

func TestMigrationsUpDownUp(t *testing.T) {
	eachEmpty(t, func(t *testing.T, s *models.Store) {
		ctx := t.Context()
		require.Error(t, s.SchemaCurrent(ctx), "no server works on an empty database")
		ran, err := s.Migrate(ctx)
		require.NoError(t, err)
		require.NotEmpty(t, ran)
		require.NoError(t, s.SchemaCurrent(ctx))
		before := schemaOf(t, s)
		require.NotEmpty(t, before)
		again, err := s.Migrate(ctx)
		require.NoError(t, err)
		require.Empty(t, again)

		p := provider(t, s)
		down, err := p.DownTo(ctx, 0)
		require.NoError(t, err)
		require.Len(t, down, len(ran))
		require.Empty(t, schemaOf(t, s), "down takes everything away")
		require.Error(t, s.SchemaCurrent(ctx))
		_, err = s.Migrate(ctx)
		require.NoError(t, err)
		require.Equal(t, before, schemaOf(t, s))
	})
}

// provider runs the checked-in migrations in both directions.
func provider(t *testing.T, s *models.Store) *goose.Provider {
	t.Helper()
	pool, err := s.DB.DB()
	require.NoError(t, err)
	dialect := goose.DialectSQLite3
	if s.Postgres() {
		dialect = goose.DialectPostgres
	}
	p, err := goose.NewProvider(dialect, pool, models.MigrationFiles(s))
	require.NoError(t, err)
	return p
}

// Several servers may start at once on a new database.
func TestMigrateManyAtOnce(t *testing.T) {
	t.Parallel()
	dsn := testkit.NewDSN(t, "postgres")
	var wg sync.WaitGroup
	errs := make([]error, 4)
	ran := make([][]string, 4)
	for i := range errs {
		s := testkit.OpenStore(t, dsn)
		wg.Go(func() { ran[i], errs[i] = s.Migrate(context.Background()) })
	}
	wg.Wait()
	total := 0
	for i := range errs {
		require.NoError(t, errs[i])
		total += len(ran[i])
	}
	s := testkit.OpenStore(t, dsn)
	require.NoError(t, s.SchemaCurrent(t.Context()))
	var n int
	require.NoError(t, s.DB.Raw("SELECT count(*) FROM goose_db_version WHERE version_id > 0").Scan(&n).Error)
	require.Equal(t, n, total, "each migration ran once")
}

// Both dialects have the same tables and columns, and those are exactly the fields
// of the row types: nothing missing, nothing extra.
func TestSchemaIsWhatTheRowsSay(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		var known []string
		for _, row := range tables() {
			parsed, err := schema.Parse(row, &sync.Map{}, s.DB.NamingStrategy)
			require.NoError(t, err)
			known = append(known, parsed.Table)
			require.ElementsMatch(t, parsed.DBNames, columns(t, s, parsed.Table), parsed.Table)
		}
		names, err := s.DB.Migrator().GetTables()
		require.NoError(t, err)
		var stored []string
		for _, n := range names {
			if !strings.HasPrefix(n, "goose") && !strings.HasPrefix(n, "sqlite") {
				stored = append(stored, n)
			}
		}
		require.ElementsMatch(t, known, stored)
	})
}

func columns(t *testing.T, s *models.Store, table string) []string {
	t.Helper()
	types, err := s.DB.Migrator().ColumnTypes(table)
	require.NoError(t, err)
	var out []string
	for _, c := range types {
		out = append(out, c.Name())
	}
	return out
}

// Columns of fields that may be absent, and only those, may be NULL: what a zero
// value would be written as is never lost, and what was never written is noticed.
func TestNullableColumns(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		for _, row := range tables() {
			parsed, err := schema.Parse(row, &sync.Map{}, s.DB.NamingStrategy)
			require.NoError(t, err)
			types, err := s.DB.Migrator().ColumnTypes(parsed.Table)
			require.NoError(t, err)
			for _, c := range types {
				f := parsed.LookUpField(c.Name())
				nullable, ok := c.Nullable()
				require.True(t, ok)
				absent := f.FieldType.Kind() == reflect.Pointer || f.FieldType.Kind() == reflect.Slice
				if nullable && !f.PrimaryKey {
					require.True(t, absent, "%s.%s may be NULL but its field cannot be absent", parsed.Table, c.Name())
				}
				if f.FieldType.Kind() == reflect.Pointer {
					require.True(t, nullable, "%s.%s must not be NULL but its field may be absent", parsed.Table, c.Name())
				}
			}
		}
	})
}

// families of column types, in both dialects.
var families = map[string]string{
	"text": "text", "integer": "number", "bigint": "number", "int4": "number", "int8": "number", "boolean": "yes", "bool": "yes",
	"datetime": "time", "timestamptz": "time", "blob": "bytes", "bytea": "bytes",
	"real": "fraction", "float8": "fraction",
}

func family(f *schema.Field) string {
	t := f.FieldType
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case f.Serializer != nil:
		return "text"
	case t == reflect.TypeFor[time.Time]():
		return "time"
	case t.Kind() == reflect.Bool:
		return "yes"
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64 || t.Kind() == reflect.Uint32:
		return "number"
	case t.Kind() == reflect.Float64:
		return "fraction"
	case t == reflect.TypeFor[[]byte]():
		return "bytes"
	}
	return "text"
}

// Columns have the types of their fields. (GORM's AutoMigrate cannot tell: it
// takes every NOT NULL for drift, since the row types carry no tags.)
func TestColumnTypes(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		for _, row := range tables() {
			parsed, err := schema.Parse(row, &sync.Map{}, s.DB.NamingStrategy)
			require.NoError(t, err)
			types, err := s.DB.Migrator().ColumnTypes(parsed.Table)
			require.NoError(t, err)
			for _, c := range types {
				name := strings.ToLower(c.DatabaseTypeName())
				require.Equal(t, family(parsed.LookUpField(c.Name())), families[name], "%s.%s is %s", parsed.Table, c.Name(), name)
			}
		}
	})
}

// Every row type can be written and read again, with nothing changed.
func TestRowsKeepTheirValues(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		at := time.Date(2026, 9, 21, 1, 2, 3, 456789000, time.UTC)
		c := models.Case{ID: "c", No: "RD-1", Procedure: "identification", Version: 1, State: "accepted", Facts: models.Facts{Count: map[string]int{"x": 2}}, OpenedAt: at, UpdatedAt: at,
			DueAt: models.FarFuture, WakeAt: &at}
		require.NoError(t, s.DB.Create(&c).Error)
		var got models.Case
		require.NoError(t, s.DB.Where("id = ?", "c").Take(&got).Error)
		require.Equal(t, 2, got.Facts.Count["x"])
		require.True(t, got.OpenedAt.Equal(at), "to the microsecond")
		require.True(t, got.WakeAt.Equal(at))
		require.True(t, got.DueAt.Equal(models.FarFuture))
		require.Nil(t, got.ClosedAt)
		require.Nil(t, got.SoloKey)
	})
}

// Times compare the same on both databases, in whatever zone the caller has them.
func TestTimesInAnyZone(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		utc := time.Date(2026, 9, 21, 1, 0, 0, 0, time.UTC)
		county := utc.In(time.FixedZone("", 8*3600))
		require.NoError(t, s.DB.Create(&models.Meta{Name: "x"}).Error)
		row := models.ImportBatch{ID: "b", At: county}
		require.NoError(t, s.DB.Create(&row).Error)
		for _, x := range []struct {
			at   time.Time
			want int64
		}{{utc, 1}, {county, 1}, {utc.Add(-time.Microsecond), 0}, {county.Add(-time.Second), 0}, {utc.Add(time.Hour), 1}} {
			var n int64
			require.NoError(t, s.DB.Model(&models.ImportBatch{}).Where("at <= ?", x.at).Count(&n).Error)
			require.Equal(t, x.want, n, "%s", x.at)
		}
	})
}

func TestDuplicateAndMissing(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		region := models.Region{Code: "990101", Level: "county", Name: "青禾县", Path: "青禾县"}
		require.NoError(t, s.DB.Create(&region).Error)
		require.True(t, models.Duplicate(s.DB.Create(&region).Error), "primary key")
		u := models.User{ID: "1", Login: "a"}
		require.NoError(t, s.DB.Create(&u).Error)
		u.ID = "2"
		require.True(t, models.Duplicate(s.DB.Create(&u).Error), "unique column")
		require.True(t, models.Duplicate(fmt.Errorf("open: %w", s.DB.Create(&u).Error)), "wrapped")
		orphan := models.RoleGrant{ID: "g", UserID: "nobody"}
		err := s.DB.Create(&orphan).Error
		require.Error(t, err, "foreign keys are on")
		require.False(t, models.Duplicate(err))
		require.False(t, models.Duplicate(nil))
		require.False(t, models.Duplicate(sql.ErrNoRows))
		err = s.DB.Where("id = ?", "9").Take(&models.User{}).Error
		require.True(t, models.Missing(err))
		require.False(t, models.Missing(nil))
	})
}

// A household has one open case of a kind; NULL keys never clash.
func TestOneOpenCasePerHousehold(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		key := "identification:h"
		row := func(id string, solo *string) error {
			return s.DB.Create(&models.Case{ID: id, No: id, SoloKey: solo, OpenedAt: time.Now(), UpdatedAt: time.Now(), DueAt: models.FarFuture}).Error
		}
		require.NoError(t, row("1", &key))
		require.True(t, models.Duplicate(row("2", &key)))
		require.NoError(t, row("3", nil))
		require.NoError(t, row("4", nil))
		require.NoError(t, s.DB.Model(&models.Case{}).Where("id = ?", "1").Update("solo_key", nil).Error)
		require.NoError(t, row("5", &key))
	})
}

func TestTxRollsBack(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		failed := fmt.Errorf("no")
		err := s.Tx(t.Context(), func(tx *gorm.DB) error {
			require.NoError(t, tx.Create(&models.Meta{Name: "x"}).Error)
			return failed
		})
		require.ErrorIs(t, err, failed)
		var n int64
		require.NoError(t, s.DB.Model(&models.Meta{}).Count(&n).Error)
		require.Zero(t, n)
	})
}

// The ways in which GORM loses what one meant; our code must not go them, and
// this shows what would happen.
func TestGormTraps(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		ctx := t.Context()
		for i := range 2 {
			require.NoError(t, s.DB.Create(&models.Meta{Name: fmt.Sprint(i), Value: "v"}).Error)
		}
		lost, err := gorm.G[models.Meta](s.DB.Where("name = ?", "0")).Find(ctx)
		require.NoError(t, err)
		require.Len(t, lost, 2, "a scoped DB handed to G loses its condition")
		kept, err := gorm.G[models.Meta](s.DB).Where("name = ?", "0").Find(ctx)
		require.NoError(t, err)
		require.Len(t, kept, 1)

		var all, one []models.Meta
		require.NoError(t, s.DB.Where(models.Meta{Name: ""}).Find(&all).Error)
		require.Len(t, all, 2, "a zero value in a struct is no condition")
		require.NoError(t, s.DB.Where("name = ?", "").Find(&one).Error)
		require.Empty(t, one)

		require.NoError(t, s.DB.Model(&models.Meta{}).Where("name = ?", "0").Updates(models.Meta{Value: ""}).Error)
		require.NoError(t, s.DB.Where("name = ?", "0").Find(&one).Error)
		require.Equal(t, "v", one[0].Value, "Updates skips zero values")
		require.NoError(t, s.DB.Model(&models.Meta{}).Where("name = ?", "0").Updates(map[string]any{"value": ""}).Error)
		require.NoError(t, s.DB.Where("name = ?", "0").Find(&one).Error)
		require.Empty(t, one[0].Value)
		require.ErrorIs(t, s.DB.Delete(&models.Meta{}).Error, gorm.ErrMissingWhereClause)
	})
}
