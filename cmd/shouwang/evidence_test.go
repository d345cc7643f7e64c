package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
)

// sealedPlace is a database with a case in it whose records are sealed.
func sealedPlace(t *testing.T) (*Config, string) {
	t.Helper()
	cfg := &Config{Data: t.TempDir(), Profile: "production"}
	e := opened(t, cfg, true)
	c := testkit.NewWorld(t, e.Store).Reach("risk_clue", "verifying")
	storeFiles(t, cfg, e)
	sealNow(t, cfg, e)
	require.NoError(t, e.Store.Close())
	return cfg, c.ID
}

// storeFiles keeps what a played case has attached.
func storeFiles(t *testing.T, cfg *Config, e *activities.Engine) {
	t.Helper()
	var ids []string
	require.NoError(t, e.Store.DB.Model(&models.Attachment{}).Pluck("id", &ids).Error)
	for _, id := range ids {
		_, _, err := cfg.files(e.Store.Vault).Put(t.Context(), strings.NewReader(id))
		require.NoError(t, err)
	}
}

func opened(t *testing.T, cfg *Config, migrate bool) *activities.Engine {
	t.Helper()
	e, err := cfg.open(t.Context(), migrate)
	require.NoError(t, err)
	return e
}

func sealNow(t *testing.T, cfg *Config, e *activities.Engine) {
	t.Helper()
	s, err := cfg.sealer(t.Context(), e.Store)
	require.NoError(t, err)
	_, err = s.Seal(t.Context())
	require.NoError(t, err)
}

// A case is exported and proved by the file alone; what is changed in the file is found.
func TestEvidenceByCommand(t *testing.T) {
	cfg, id := sealedPlace(t)
	ctx := t.Context()
	require.NoError(t, verifyCmd{Progress: true}.Run(ctx, cfg))
	require.NoError(t, replayCmd{All: true}.Run(ctx, cfg))
	require.Error(t, replayCmd{All: true, Case: id}.Run(ctx, cfg))
	require.Error(t, replayCmd{}.Run(ctx, cfg))
	out := filepath.Join(t.TempDir(), "case.zip")
	require.NoError(t, evidenceExportCmd{Case: id, Out: out}.Run(ctx, cfg))
	public, err := os.ReadFile(filepath.Join(cfg.Data, "checkpoints", "key.txt"))
	require.NoError(t, err)
	nowhere := &Config{Data: filepath.Join(t.TempDir(), "nothing")}
	require.NoError(t, verifyCmd{Offline: out}.Run(ctx, nowhere))
	require.NoError(t, verifyCmd{Offline: out, Key: strings.TrimSpace(string(public)), JSON: true}.Run(ctx, nowhere))
	require.NoDirExists(t, nowhere.Data, "neither database nor key was looked for")

	with := evidenceExportCmd{Case: id, Out: out, Forms: true}
	require.ErrorContains(t, with.Run(ctx, cfg), "--purpose")
	with.By, with.Purpose = "nobody", "复核"
	require.ErrorContains(t, with.Run(ctx, cfg), "nobody")
	e := opened(t, cfg, false)
	var login string
	require.NoError(t, e.Store.DB.Model(&models.User{}).Limit(1).Pluck("login", &login).Error)
	with.By = login
	require.NoError(t, with.Run(ctx, cfg))
	var entry models.AccessLog
	require.NoError(t, e.Store.DB.Where("action = 'export' AND record_id = ?", id).Take(&entry).Error)
	require.Equal(t, []string{"复核", "P3"}, []string{entry.Purpose, entry.Class})
	require.NoError(t, e.Store.Close())
	require.NoError(t, verifyCmd{Offline: out, Key: filepath.Join(cfg.Data, "checkpoints", "key.txt")}.Run(ctx, nowhere))

	raw, err := os.ReadFile(out)
	require.NoError(t, err)
	raw[len(raw)/2] ^= 1
	require.NoError(t, os.WriteFile(out, raw, 0o600))
	require.Error(t, verifyCmd{Offline: out}.Run(ctx, nowhere))
}

// An older copy of the whole database is found, as long as the checkpoints were kept elsewhere.
func TestVerifyFindsAnOlderDatabase(t *testing.T) {
	cfg, _ := sealedPlace(t)
	file := cfg.db()
	yesterday, err := os.ReadFile(file)
	require.NoError(t, err)
	e := opened(t, cfg, false)
	require.NoError(t, e.Store.DB.Create(&models.AccessLog{ID: models.NewID(), At: time.Now(), Action: "read", Table: "cases"}).Error)
	sealNow(t, cfg, e)
	require.NoError(t, e.Store.Close())
	require.NoError(t, verifyCmd{}.Run(t.Context(), cfg))
	require.NoError(t, os.WriteFile(file, yesterday, 0o600))
	require.ErrorContains(t, verifyCmd{}.Run(t.Context(), cfg), "1 处记录")
	latest, err := filepath.Glob(filepath.Join(cfg.Data, "checkpoints", "checkpoint-*.txt"))
	require.NoError(t, err)
	kept := filepath.Join(t.TempDir(), "kept.txt")
	require.NoError(t, os.Rename(latest[len(latest)-1], kept))
	require.NoError(t, verifyCmd{}.Run(t.Context(), cfg), "nothing outside says otherwise")
	require.Error(t, verifyCmd{Against: []string{kept}}.Run(t.Context(), cfg), "but one that was kept elsewhere does")
}

// A stored file that is lost or damaged is found, unless files are not looked at.
func TestVerifyReadsFiles(t *testing.T) {
	cfg, _ := sealedPlace(t)
	e := opened(t, cfg, false)
	blobs := cfg.files(e.Store.Vault)
	sha, size, err := blobs.Put(t.Context(), strings.NewReader("一张照片"))
	require.NoError(t, err)
	record := models.FormRecord{ID: "record", Form: "f3", SubjectKind: "household", State: "draft", RowVersion: 1, CreatedAt: time.Now(), UpdatedAt: time.Now()}
	act := models.FormRecordAct{ID: models.NewID(), RecordID: "record", RowVersion: 1, Action: "attach", Key: "k", At: time.Now()}
	require.NoError(t, record.Seal(e.Store.Vault, &act, map[string]any{}, map[string]any{}, "a "+sha))
	require.NoError(t, e.Store.DB.Create(&record).Error)
	require.NoError(t, e.Store.DB.Create(&act).Error)
	require.ErrorContains(t, verifyCmd{}.Run(t.Context(), cfg), "2 处", "the act tells of a file that is not there, and there are fewer than acts")
	require.NoError(t, e.Store.DB.Create(&models.Attachment{ID: "a", RecordID: "record", Kind: "photo", SHA256: sha, Size: size, Class: "P3", CreatedAt: time.Now()}).Error)
	require.NoError(t, verifyCmd{}.Run(t.Context(), cfg))
	other, _, err := blobs.Put(t.Context(), strings.NewReader("另一张照片"))
	require.NoError(t, err)
	swap := func(to string) {
		require.NoError(t, e.Store.DB.Model(&models.Attachment{}).Where("id = 'a'").Update("sha256", to).Error)
	}
	swap(other)
	require.ErrorContains(t, verifyCmd{}.Run(t.Context(), cfg), "1 处", "another file in its place")
	swap(sha)
	path := filepath.Join(string(blobs.Dir), sha[:2], sha[2:4], sha)
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	damaged := bytes.Clone(raw)
	damaged[len(damaged)-1] ^= 1
	for _, content := range [][]byte{damaged, nil} {
		require.NoError(t, os.WriteFile(path, content, 0o600))
		require.ErrorContains(t, verifyCmd{}.Run(t.Context(), cfg), "1 处")
		require.NoError(t, verifyCmd{NoFiles: true}.Run(t.Context(), cfg), "the acts agree; the files were not asked for")
	}
	require.NoError(t, os.Remove(path))
	require.ErrorContains(t, verifyCmd{}.Run(t.Context(), cfg), "1 处")
	require.NoError(t, e.Store.DB.Model(&models.Attachment{}).Where("id = 'a'").Update("erased_at", time.Now()).Error)
	require.NoError(t, verifyCmd{}.Run(t.Context(), cfg), "it had to go")
	require.NoError(t, e.Store.Close())
}

// A lost key is not replaced by another in silence, and a trigger that is gone stops the server.
func TestTheRecordIsGuarded(t *testing.T) {
	cfg, _ := sealedPlace(t)
	e := opened(t, cfg, false)
	defer e.Store.Close()
	require.NoError(t, cfg.guarded(t.Context(), e.Store))
	require.NoError(t, e.Store.DB.Exec("DROP TRIGGER case_events_no_update").Error)
	require.ErrorContains(t, cfg.guarded(t.Context(), e.Store), "case_events")
	require.ErrorContains(t, verifyCmd{}.Run(t.Context(), cfg), "1 处")

	require.NoError(t, os.Remove(cfg.recordKey()))
	_, err := cfg.sealer(t.Context(), e.Store)
	require.ErrorContains(t, err, "请放回")
	require.ErrorContains(t, verifyCmd{}.Run(t.Context(), cfg), "--key")
	require.NoError(t, os.Remove(cfg.db()))
	cfg.DB = filepath.Join(t.TempDir(), "new.db")
	fresh := opened(t, cfg, true)
	defer fresh.Store.Close()
	_, err = cfg.sealer(t.Context(), fresh.Store)
	require.NoError(t, err, "where nothing was signed a key is made")
}

// A production server on PostgreSQL does not start with a role that may change the record.
func TestProductionWantsARoleOfItsOwn(t *testing.T) {
	dsn := testkit.NewDSN(t, "postgres")
	cfg := &Config{Data: t.TempDir(), DB: dsn, Profile: "production"}
	e := opened(t, cfg, true)
	require.ErrorContains(t, cfg.guarded(t.Context(), e.Store), "shouwang_app")
	role := "server_" + strings.ToLower(models.NewID())
	require.NoError(t, e.Store.DB.Exec("CREATE ROLE "+role+" LOGIN PASSWORD 'x' IN ROLE shouwang_app").Error)
	t.Cleanup(func() {
		_ = e.Store.DB.Exec("DROP ROLE " + role).Error
		require.NoError(t, e.Store.Close())
	})
	as := *cfg
	as.OwnerDB, as.DB = dsn, strings.Replace(dsn, "postgres@", role+":x@", 1)
	require.NotEqual(t, dsn, as.DB)
	server := opened(t, &as, true)
	defer server.Store.Close()
	require.NoError(t, as.guarded(t.Context(), server.Store))
	cfg.Profile = "demo"
	require.NoError(t, cfg.guarded(t.Context(), e.Store))
}

// The access log is kept as long as the strictest area wants, and what is older goes with one command.
func TestPruneByCommand(t *testing.T) {
	cfg, _ := sealedPlace(t)
	ctx := t.Context()
	e := opened(t, cfg, false)
	months, err := logMonths(ctx, e)
	require.NoError(t, err)
	require.Equal(t, 36, months)
	long := time.Now().UTC().AddDate(-10, 0, 0)
	for region, months := range map[string]string{testkit.County: "12", testkit.Township: "48"} {
		require.NoError(t, e.Store.DB.Create(&models.PolicyRow{ID: models.NewID(), Key: "log_retention_months", RegionCode: region, Value: []byte(months), ValidFrom: long, CreatedAt: long}).Error)
	}
	months, err = logMonths(ctx, e)
	require.NoError(t, err)
	require.Equal(t, 48, months)
	var login string
	require.NoError(t, e.Store.DB.Model(&models.User{}).Limit(1).Pluck("login", &login).Error)
	s, err := cfg.sealer(ctx, e.Store)
	require.NoError(t, err)
	add := func(years int) {
		at := time.Now().UTC().AddDate(-years, 0, 0)
		require.NoError(t, e.Store.DB.Create(&models.AccessLog{ID: models.NewID(), At: at, Action: "read", Table: "cases"}).Error)
		s.Now = func() time.Time { return at.Add(time.Minute) }
		_, err = s.Seal(ctx)
		require.NoError(t, err)
	}
	add(5)
	add(3)
	require.NoError(t, e.Store.Close())
	prune := evidencePruneCmd{By: login, Purpose: "保存期满"}
	require.NoError(t, prune.Run(ctx, cfg))
	require.NoError(t, verifyCmd{}.Run(ctx, cfg))
	e = opened(t, cfg, false)
	defer e.Store.Close()
	var left []string
	require.NoError(t, e.Store.DB.Model(&models.AccessLog{}).Order("id").Pluck("action", &left).Error)
	require.Equal(t, []string{"read", "prune"}, left)
	prune.By = "nobody"
	require.ErrorContains(t, prune.Run(ctx, cfg), "nobody")
}
