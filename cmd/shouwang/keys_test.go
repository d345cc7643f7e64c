package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/story"
	"shouwang/internal/testkit"
	"shouwang/models"
)

// Keys are changed under a server that runs and is used: everything is sealed with the new key afterwards, files included,
// and all of it still opens; then the key file is changed as well.
func TestKeysChangeUnderARunningServer(t *testing.T) {
	t.Parallel()
	keysChange(t, &Config{})
}

// On PostgreSQL the server may not touch what is recorded: changing keys, erasing and pruning are the owner's, while it runs
// as the role that it should.
func TestKeysChangeAsTheOwner(t *testing.T) {
	t.Parallel()
	dsn := testkit.MigratedDSN(t, "postgres")
	owner := testkit.OpenStore(t, dsn)
	role := "server_" + strings.ToLower(models.NewID())
	require.NoError(t, owner.DB.Exec("CREATE ROLE "+role+" LOGIN PASSWORD 'x' IN ROLE shouwang_app").Error)
	t.Cleanup(func() { require.NoError(t, owner.DB.Exec("DROP ROLE "+role).Error) })
	cfg := &Config{DB: strings.Replace(dsn, "postgres@", role+":x@", 1)}
	cfg.OwnerDB = dsn
	keysChange(t, cfg)
}

func keysChange(t *testing.T, served *Config) {
	v := newServerOf(t, served).settled()
	ctx := t.Context()
	watch, stop := context.WithCancel(ctx)
	t.Cleanup(stop)
	go v.app.engine.Store.WatchKeys(watch, func(err error) { t.Error(err) })
	v.register()
	id, err := v.play.Neglect(ctx, v.house)
	require.NoError(t, err)
	cadre := v.as("cadre")
	picture := append([]byte("\x89PNG\r\n\x1a\n"), bird("住址")...)
	file, err := cadre.Upload(ctx, id, "screening_form", "a.png", "image/png", picture)
	require.NoError(t, err)
	var x struct{ ID, State string }
	require.NoError(t, cadre.Post(ctx, "/exports", models.NewID(), map[string]any{"list": "persons", "reason": "季度核查", "filter": map[string]string{}}, &x))
	ready := func() []byte {
		var raw []byte
		require.Eventually(t, func() bool { return cadre.Get(ctx, "/exports/"+x.ID+"/file", nil, &raw) == nil }, time.Minute, 100*time.Millisecond)
		return raw
	}
	exported := ready()

	cmd := &Config{Data: v.cfg.Data, DB: v.cfg.DB, Namespace: "shouwang", Profile: "demo"}
	erasure := v.approvedErasure()
	if v.cfg.OwnerDB != "" {
		may, err := v.app.engine.Store.MayChangeRecord(ctx)
		require.NoError(t, err)
		require.False(t, may, "the server is only what it should be")
		_, err = v.app.engine.Store.NewKey(ctx)
		require.NoError(t, err)
		require.ErrorContains(t, keysRotateCmd{Resume: true}.Run(ctx, cmd), "permission denied")
		require.ErrorContains(t, eraseCmd{}.Run(ctx, cmd), "permission denied")
		cmd.OwnerDB = v.cfg.OwnerDB
	}
	key := v.app.engine.Store.Vault.Key() + 1
	require.NoError(t, keysRotateCmd{}.Run(ctx, cmd))
	require.EqualValues(t, key, v.app.engine.Store.Vault.Key(), "the server has noticed")
	counts, err := cmd.sealedWith(ctx, v.app.engine)
	require.NoError(t, err)
	require.Zero(t, counts[key-1])
	require.Greater(t, counts[key], 100)
	require.Equal(t, exported, ready())
	var raw []byte
	require.NoError(t, cadre.Get(ctx, "/attachments/"+file, nil, &raw))
	require.Equal(t, picture, raw)
	require.NoError(t, keysRotateCmd{Resume: true}.Run(ctx, cmd))

	require.NoError(t, keysDropCmd{}.Run(ctx, cmd))
	var left []uint32
	require.NoError(t, v.app.engine.Store.DB.Model(&models.DataKey{}).Pluck("id", &left).Error)
	require.Equal(t, []uint32{key}, left)

	v.indexKeyChanges(cmd)

	before, err := os.ReadFile(filepath.Join(v.cfg.Data, "keys.json"))
	require.NoError(t, err)
	require.NoError(t, keysRekeyCmd{}.Run(ctx, cmd))
	after, err := os.ReadFile(filepath.Join(v.cfg.Data, "keys.json"))
	require.NoError(t, err)
	require.NotEqual(t, before, after)
	require.NoError(t, keysStatusCmd{}.Run(ctx, cmd))
	require.NoError(t, eraseCmd{}.Run(ctx, cmd))
	var erased models.Erasure
	require.NoError(t, v.app.engine.Store.DB.Where("id = ?", erasure).Take(&erased).Error)
	require.NotNil(t, erased.DoneAt)
	require.Positive(t, erased.Erased["case_events"])
	require.NoError(t, evidencePruneCmd{By: "cadre", Purpose: "保存期满"}.Run(ctx, cmd))
	e, err := cmd.open(ctx, false)
	require.NoError(t, err)
	defer e.Store.Close()
	verdict, err := e.Verify(ctx)
	require.NoError(t, err)
	require.Empty(t, verdict.Bad)
	require.NoError(t, story.Anonymous(v.base).Get(ctx, "/health", nil, nil))
	require.NoError(t, cadre.Post(ctx, "/households/"+v.house.ID+"/unmask", "", map[string]string{"field": "phone", "purpose": "核对联系方式"}, &raw), "the server goes on with the keys it has opened")
	require.Contains(t, string(raw), bird("户联系电话"))
}

// indexKeyChanges changes the key of blind indexes twice; the server finds the household by the number of somebody all the while.
func (v *aviary) indexKeyChanges(cmd *Config) {
	t, ctx, store := v.t, v.t.Context(), v.app.engine.Store
	cadre := v.as("cadre")
	find := func() {
		t.Helper()
		var list struct{ Items []struct{ ID string } }
		require.NoError(t, cadre.Post(ctx, "/households/search", "", map[string]any{"id_no": v.headNumber()}, &list))
		require.Len(t, list.Items, 1)
		require.Equal(t, v.house.ID, list.Items[0].ID)
	}
	find()
	require.NoError(t, keysRotateCmd{Index: true}.Run(ctx, cmd))
	first := store.Vault.IndexKey()
	require.NotZero(t, first, "the server has noticed")
	find()
	require.NoError(t, keysRotateCmd{Index: true}.Run(ctx, cmd))
	require.Greater(t, store.Vault.IndexKey(), first)
	find()
	require.NoError(t, keysRotateCmd{Index: true, Resume: true}.Run(ctx, cmd))
	rows, err := store.IndexedWith(ctx)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Positive(t, rows[store.Vault.IndexKey()])
	require.NoError(t, keysDropCmd{}.Run(ctx, cmd))
	var left []uint32
	require.NoError(t, store.DB.Model(&models.DataKey{}).Where("kind = 'index'").Pluck("id", &left).Error)
	require.Equal(t, []uint32{store.Vault.IndexKey()}, left)
	find()
}

// headNumber is the identity number of the head of the household.
func (v *aviary) headNumber() string {
	v.t.Helper()
	var head models.Person
	require.NoError(v.t, v.app.engine.Store.DB.Where("household_id = ? AND is_head", v.house.ID).Take(&head).Error)
	secret, err := head.Secret(v.app.engine.Store.Vault)
	require.NoError(v.t, err)
	require.NotNil(v.t, head.IDIndex)
	return secret.IDNo
}

// approvedErasure has somebody of the household erased, as far as people decide it.
func (v *aviary) approvedErasure() string {
	v.t.Helper()
	p := &models.Person{ID: models.NewID(), HouseholdID: v.house.ID, Name: formBirds["P2"], Ord: 99} // whom the forms of the case speak of
	require.NoError(v.t, p.SetSecret(v.app.engine.Store.Vault, models.PersonSecret{IDNo: formBirds["P3"], Certificate: formBirds["P4"]}))
	require.NoError(v.t, v.app.engine.Store.DB.Create(p).Error)
	return v.approved(p)
}

// approved is an erasure that two people have decided.
func (v *aviary) approved(p *models.Person, files ...string) string {
	v.t.Helper()
	db := v.app.engine.Store.DB
	var users []string
	require.NoError(v.t, db.Model(&models.User{}).Order("id").Limit(2).Pluck("id", &users).Error)
	now := v.app.engine.Clock.Now()
	x := models.Erasure{ID: models.NewID(), Key: models.NewID(), HouseholdID: v.house.ID, PersonID: p.ID, RegionCode: v.house.Village, Ground: models.GroundWrong, Reason: "依据",
		Files: append([]string{}, files...), AskedBy: users[0], AskedAt: now, Decision: models.ErasureApproved, DecidedBy: users[1], DecidedAt: &now, Erased: map[string]int{}}
	require.NoError(v.t, db.Create(&x).Error)
	return x.ID
}
