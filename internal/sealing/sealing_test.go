package sealing_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"shouwang/activities"
	"shouwang/internal/evidence"
	"shouwang/internal/sealing"
	"shouwang/internal/testkit"
	"shouwang/models"
)

// place is a county whose records are sealed.
type place struct {
	*testkit.World
	sealer *sealing.Sealer
}

func newPlace(t *testing.T, s *models.Store) *place {
	t.Helper()
	key, err := evidence.NewKey()
	require.NoError(t, err)
	w := testkit.NewWorld(t, s)
	return &place{World: w, sealer: &sealing.Sealer{Store: s, Key: key, Dir: t.TempDir(), Now: w.Now}}
}

func (p *place) seal() models.LogCheckpoint {
	p.T.Helper()
	c, err := p.sealer.Seal(p.T.Context())
	require.NoError(p.T, err)
	return c
}

func (p *place) see(ids ...string) {
	p.T.Helper()
	for _, id := range ids {
		require.NoError(p.T, p.Store.DB.Create(&models.AccessLog{ID: models.NewID(), At: p.Now(), UserID: "u", Action: "read", Table: "cases", RecordID: id}).Error)
	}
}

func (p *place) audit(without ...string) sealing.Report {
	p.T.Helper()
	a := sealing.Audit{Store: p.Store, PublicKey: p.sealer.Key.Public, Dir: p.sealer.Dir, Without: without}
	rep, err := a.Run(p.T.Context())
	require.NoError(p.T, err)
	return rep
}

func onBoth(t *testing.T, f func(t *testing.T, p *place)) {
	t.Helper()
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) { f(t, newPlace(t, s)) })
}

// Every committed record gets a place in the tree, once, without gaps; the root is that of RFC 6962 over the leaves, and
// later checkpoints hold the earlier ones.
func TestSealing(t *testing.T) {
	onBoth(t, func(t *testing.T, p *place) {
		require.Zero(t, p.seal().Size, "nothing to sign yet")
		a := p.Reach("risk_clue", "verifying")
		p.see(a.ID, a.ID)
		first := p.seal()
		require.EqualValues(t, 4, first.Size)
		require.Equal(t, first.Note, p.seal().Note, "nothing new, nothing signed")

		b := p.Reach("risk_clue", "verifying")
		p.Do(a.ID, "close_no_risk")
		p.see(b.ID)
		second := p.seal()
		require.EqualValues(t, 4+2+3+1, second.Size)

		var leaves []models.LogLeaf
		require.NoError(t, p.Store.DB.Order("idx").Find(&leaves).Error)
		var f evidence.Frontier
		next := map[string]int64{}
		for i, l := range leaves {
			require.EqualValues(t, i, l.Idx)
			next[l.Chain]++
			require.Equal(t, next[l.Chain], l.Seq, "each chain in its order")
			f.Add(evidence.Leaf{Chain: evidence.ChainOf(l.Chain), Seq: l.Seq, Hash: l.Hash}.RecordHash())
			if f.Size() == first.Size {
				c, err := evidence.Open([]byte(first.Note), p.sealer.Key.Public)
				require.NoError(t, err)
				require.Equal(t, c.Root, f.Root())
				require.True(t, c.At.Equal(p.Now()))
			}
		}
		c, err := evidence.Open([]byte(second.Note), p.sealer.Key.Public)
		require.NoError(t, err)
		require.Equal(t, c.Root, f.Root())
		rep := p.audit()
		require.Empty(t, rep.Bad)
		require.EqualValues(t, 10, rep.Leaves)
		require.Equal(t, []int{2, 2}, []int{rep.Checkpoints, rep.Exported})
		require.Zero(t, rep.Unsealed)
		p.see(b.ID)
		require.EqualValues(t, 1, p.audit().Unsealed)
	})
}

// More records than fit into a batch, and into a tile, are sealed by one call.
func TestSealingManyRecords(t *testing.T) {
	onBoth(t, func(t *testing.T, p *place) {
		for _, n := range []int{2300, 1, 300} {
			rows := make([]*models.AccessLog, n)
			for i := range rows {
				rows[i] = &models.AccessLog{ID: models.NewID(), At: p.Now(), UserID: "u", Action: "read", Table: "cases", RecordID: "c"}
			}
			for part := range slices.Chunk(rows, 1000) {
				require.NoError(t, models.Insert(p.Store.DB, part...))
			}
			p.seal()
		}
		rep := p.audit()
		require.Empty(t, rep.Bad)
		require.EqualValues(t, 2601, rep.Leaves)
		var tiles []models.LogTile
		require.NoError(t, p.Store.DB.Order("level, n").Find(&tiles).Error)
		require.Len(t, tiles, 11+1)
		require.Len(t, tiles[11].Data, 10*tlog.HashSize, "ten full tiles are below")
	})
}

// A round signs once an hour, and what could not be delivered is delivered later, in order and once.
func TestRoundsAndDelivery(t *testing.T) {
	onBoth(t, func(t *testing.T, p *place) {
		var got []string
		var down, moved atomic.Bool
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if moved.Load() {
				if r.URL.Path != "/elsewhere" {
					http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
				}
				return
			}
			if down.Load() {
				http.Error(w, "not now", http.StatusServiceUnavailable)
				return
			}
			raw, _ := io.ReadAll(r.Body)
			got = append(got, string(raw))
			w.WriteHeader(http.StatusCreated)
		}))
		defer srv.Close()
		p.sealer.URL = srv.URL
		count := func() (n int64) {
			require.NoError(t, p.Store.DB.Model(&models.LogCheckpoint{}).Count(&n).Error)
			return n
		}
		p.see("a")
		require.NoError(t, p.sealer.Round(t.Context()))
		require.EqualValues(t, 1, count())
		p.see("b")
		p.SetNow(p.Now().Add(59 * time.Minute))
		require.NoError(t, p.sealer.Round(t.Context()))
		require.EqualValues(t, 1, count(), "not yet")

		down.Store(true)
		p.SetNow(p.Now().Add(time.Minute))
		err := p.sealer.Round(t.Context())
		require.ErrorContains(t, err, "503")
		require.NotContains(t, err.Error(), srv.URL)
		p.see("c")
		p.SetNow(p.Now().Add(time.Hour))
		require.Error(t, p.sealer.Round(t.Context()))
		require.EqualValues(t, 3, count())
		require.Len(t, got, 1)
		moved.Store(true)
		require.ErrorContains(t, p.sealer.Round(t.Context()), "307", "nobody sends us elsewhere")
		moved.Store(false)
		down.Store(false)
		require.NoError(t, p.sealer.Round(t.Context()))
		require.NoError(t, p.sealer.Round(t.Context()))
		require.Len(t, got, 3)
		for i, raw := range got {
			c, err := evidence.Open([]byte(raw), p.sealer.Key.Public)
			require.NoError(t, err)
			require.EqualValues(t, i+1, c.Size)
			file, err := os.ReadFile(filepath.Join(p.sealer.Dir, "checkpoint-00000000000"+string(rune('1'+i))+".txt"))
			require.NoError(t, err)
			require.Equal(t, raw, string(file), "the folder has the same")
		}
		leaves, err := filepath.Glob(filepath.Join(p.sealer.Dir, "leaves-*"))
		require.NoError(t, err)
		require.Len(t, leaves, 3)
		raw, err := os.ReadFile(leaves[2])
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(string(raw), "\n"))
		require.True(t, strings.HasPrefix(string(raw), "access 3 "))
	})
}

// Two servers do not seal at once.
func TestOneSealsAtATime(t *testing.T) {
	onBoth(t, func(t *testing.T, p *place) {
		p.see("a")
		mine, err := p.Store.Lease(t.Context(), "sealing", "another", time.Minute)
		require.NoError(t, err)
		require.True(t, mine)
		_, err = p.sealer.Seal(t.Context())
		require.ErrorIs(t, err, sealing.ErrBusy)
		require.NoError(t, p.sealer.Round(t.Context()), "it is being done")
		require.EqualValues(t, 1, p.audit().Unsealed)
		_, err = p.Store.Lease(t.Context(), "sealing", "another", 0)
		require.NoError(t, err)
		p.seal()
		other := &sealing.Sealer{Store: p.Store, Key: p.sealer.Key, Dir: p.sealer.Dir}
		p.see("b")
		_, err = other.Seal(t.Context())
		require.NoError(t, err, "the first has let go")
	})
}

// Who has put an old database in place of a newer one gets no signature under it.
func TestNoCheckpointForAnOlderTree(t *testing.T) {
	onBoth(t, func(t *testing.T, p *place) {
		p.see("a")
		p.seal()
		later, err := p.sealer.Key.Sign(evidence.Checkpoint{Size: 2, At: p.Now()})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(p.sealer.Dir, "checkpoint-000000000002.txt"), later, 0o600))
		for range 2 { // as small as it, and larger with another root
			p.see("b")
			_, err = p.sealer.Seal(t.Context())
			require.ErrorContains(t, err, "不相续")
		}
	})
}

// A key is made once, and a lost one is not made anew by reading.
func TestKeyFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sub", "record-key.json")
	_, err := evidence.LoadKey(file)
	require.ErrorIs(t, err, evidence.ErrNoKey)
	k, err := evidence.MakeKey(file)
	require.NoError(t, err)
	again, err := evidence.MakeKey(file)
	require.NoError(t, err)
	require.Equal(t, k, again)
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604} {
		require.NoError(t, os.Chmod(file, mode))
		_, err = evidence.MakeKey(file)
		require.ErrorContains(t, err, "chmod 600", "%o", mode)
	}
	require.NoError(t, os.Chmod(file, 0o400))
	_, err = evidence.LoadKey(file)
	require.NoError(t, err)
	require.NoError(t, os.Chmod(file, 0o600))
	require.NoError(t, os.WriteFile(file, []byte("{"), 0o600))
	_, err = evidence.MakeKey(file)
	require.Error(t, err)
	require.False(t, errors.Is(err, evidence.ErrNoKey))
}

// Acts on forms of before these had sums, and were sealed, are sealed at the next checkpoint, and were not put in later.
func TestOldActsOnFormsAreSealed(t *testing.T) {
	onBoth(t, func(t *testing.T, p *place) {
		p.see("one")
		p.seal()
		old := p.Now().AddDate(0, 0, -2)
		record := models.FormRecord{ID: models.NewID(), Form: "f3", SubjectKind: "household", State: models.RecordDraft, RowVersion: 1, CreatedAt: old, UpdatedAt: old}
		act := models.FormRecordAct{ID: "00" + models.NewID()[2:], RecordID: record.ID, RowVersion: 1, Action: activities.RecordCreate, Key: "old", At: old}
		require.NoError(t, record.Seal(p.Store.Vault, &act, map[string]any{"a": 1}, nil, "说明"))
		act.Salt, act.PayloadHash = "", ""
		require.NoError(t, p.Store.DB.Create(&record).Error)
		require.NoError(t, p.Store.DB.Create(&act).Error)
		rep := p.audit()
		require.Empty(t, rep.Bad)
		require.EqualValues(t, 1, rep.Unsealed)
		require.NoError(t, p.Store.SumFormActs(t.Context()))
		p.sealer = &sealing.Sealer{Store: p.Store, Key: p.sealer.Key, Dir: p.sealer.Dir, Now: p.Now} // the server is started anew
		p.SetNow(p.Now().Add(time.Hour))
		require.EqualValues(t, 2, p.seal().Size)
		rep = p.audit()
		require.Empty(t, rep.Bad)
		require.Zero(t, rep.Unsealed)
		v, err := p.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
		require.NoError(t, p.Store.SumFormActs(t.Context()))
		require.ErrorContains(t, p.Store.DB.Exec("UPDATE form_record_acts SET payload_hash = 'x'").Error, "append-only")
		// From now on what is dated before has been put in.
		act.ID, act.Key, act.RowVersion = models.NewID(), "forged", 2
		require.NoError(t, record.Seal(p.Store.Vault, &act, map[string]any{"a": 1}, nil, "说明"))
		require.NoError(t, p.Store.DB.Create(&act).Error)
		require.Contains(t, p.audit().Bad[0].Fault, "后来加进去的")
	})
}
