package sealing_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/evidence"
	"shouwang/internal/sealing"
	"shouwang/models"
)

// exported is the proof of a case as it comes out of the file.
func (p *place) exported(id string, forms bool) *evidence.Bundle {
	p.T.Helper()
	b, err := (&sealing.Exporter{Engine: p.Engine, Sealer: p.sealer, Forms: forms}).Export(p.T.Context(), p.Case(id))
	require.NoError(p.T, err)
	var file bytes.Buffer
	require.NoError(p.T, b.Write(&file))
	again, err := evidence.Read(bytes.NewReader(file.Bytes()), int64(file.Len()))
	require.NoError(p.T, err)
	require.Equal(p.T, b, again, "nothing is lost in the file")
	return again
}

// The file alone proves a case: what was done, what was written on the forms, who has seen it, and since when all of it has
// been so.
func TestExportProvesACase(t *testing.T) {
	onBoth(t, func(t *testing.T, p *place) {
		a := p.Reach("risk_clue", "verifying")
		p.see(a.ID, "another")
		p.seal()
		sealedFirst := p.Now()
		p.SetNow(p.Now().Add(3 * time.Hour))
		p.Reach("risk_clue", "verifying")
		p.Do(a.ID, "close_no_risk")
		require.NoError(t, p.Store.DB.Create(&models.AccessLog{ID: models.NewID(), At: p.Now(), Action: "unmask", Table: "households", RecordID: a.HouseholdID, Purpose: "入户核实"}).Error)

		b := p.exported(a.ID, true)
		got, err := b.Verify(p.sealer.Key.Public)
		require.NoError(t, err)
		require.Equal(t, []int{5, 5, 0, 2}, []int{got.Acts, got.Forms, got.Erased, got.Access})
		require.False(t, got.OwnKey)
		require.EqualValues(t, 4+2+3+1, got.Checkpoint.Size)
		for i, at := range got.Sealed {
			want := sealedFirst
			if i >= 2 {
				want = p.Now()
			}
			require.True(t, at.Equal(want), "act %d sealed at %s", i+1, at)
		}
		require.Equal(t, "permanent", b.About.Keep)
		require.NotEmpty(t, b.About.Closed)

		bare := p.exported(a.ID, false)
		got, err = bare.Verify("")
		require.NoError(t, err)
		require.True(t, got.OwnKey)
		require.Zero(t, got.Forms)
		for _, x := range bare.Acts {
			require.Empty(t, x.Salt, "a short form could be guessed from salt and hash")
		}
	})
}

// A form erased by law stays proved by its hash.
func TestExportOfAnErasedForm(t *testing.T) {
	onBoth(t, func(t *testing.T, p *place) {
		s := scene{place: p, a: p.Reach("risk_clue", "verifying").ID}
		p.seal()
		s.act(s.a, 2, func(ev *models.CaseEvent) { ev.Payload = nil })
		b := p.exported(s.a, true)
		got, err := b.Verify(p.sealer.Key.Public)
		require.NoError(t, err)
		require.Equal(t, []int{2, 1, 1}, []int{got.Acts, got.Forms, got.Erased})
	})
}

// Whatever is changed in the file is found, and the record is named.
func TestChangedProofIsFound(t *testing.T) {
	onBoth(t, func(t *testing.T, p *place) {
		a, other := p.Reach("risk_clue", "verifying"), p.Reach("risk_clue", "verifying")
		p.see(a.ID)
		p.seal()
		p.Do(a.ID, "close_no_risk")
		foreign := p.exported(other.ID, true)
		otherKey, err := evidence.NewKey()
		require.NoError(t, err)
		for _, x := range []struct {
			name, fault string
			do          func(b *evidence.Bundle)
		}{
			{"an act", "第 2 条办理记录：不是封存时的记录", func(b *evidence.Bundle) {
				b.Acts[1].Act = strings.Replace(b.Acts[1].Act, `"name":"`, `"name":"某`, 1)
			}},
			{"the last act, and what is said of it", "第 5 条办理记录：不是封存时的记录", func(b *evidence.Bundle) {
				b.Acts[4].Act = strings.Replace(b.Acts[4].Act, `"name":"`, `"name":"某`, 1)
				b.About.Head = evidence.Digest([]byte(b.Acts[4].Act))
			}},
			{"a form", "第 2 条办理记录：表单", func(b *evidence.Bundle) { form := `{"x":1}`; b.Acts[1].Form = &form }},
			{"a salt", "第 2 条办理记录：表单", func(b *evidence.Bundle) { b.Acts[1].Salt = "x" }},
			{"an act left out", "第 3 条办理记录：序号", func(b *evidence.Bundle) { b.Acts = slices.Delete(b.Acts, 2, 3) }},
			{"the end left out", "第 5 条办理记录：末尾", func(b *evidence.Bundle) { b.Acts = b.Acts[:4] }},
			{"two swapped", "第 3 条办理记录：序号", func(b *evidence.Bundle) { b.Acts[2], b.Acts[3] = b.Acts[3], b.Acts[2] }},
			{"an act of another case", "第 2 条办理记录：属于另一个事项", func(b *evidence.Bundle) { b.Acts[1] = foreign.Acts[1] }},
			{"a place", "第 1 条办理记录：不是封存时的记录", func(b *evidence.Bundle) { b.Acts[0].Index++ }},
			{"a place that is not there", "第 1 条办理记录：不在检查点", func(b *evidence.Bundle) { b.Acts[0].Index = 1000 }},
			{"a proof", "第 4 条办理记录：不是封存时的记录", func(b *evidence.Bundle) { b.Acts[3].Proof[0][0] ^= 1 }},
			{"who saw it", "第 1 条查阅记录：不是封存时的记录", func(b *evidence.Bundle) {
				b.Access[0].Entry = strings.Replace(b.Access[0].Entry, `"user":"u"`, `"user":"v"`, 1)
			}},
			{"the checkpoint", "签名", func(b *evidence.Bundle) { b.Checkpoint = strings.Replace(b.Checkpoint, "time 2026", "time 2025", 1) }},
			{"an earlier checkpoint", "签名", func(b *evidence.Bundle) {
				b.Earlier[0].Note = strings.Replace(b.Earlier[0].Note, "time 2026", "time 2025", 1)
			}},
			{"the proof that it was the beginning", "不一致", func(b *evidence.Bundle) { b.Earlier[0].Proof[0][0] ^= 1 }},
			{"another key", "签名", func(b *evidence.Bundle) { b.Key = otherKey.Public }},
			{"no key", "公钥", func(b *evidence.Bundle) { b.Key = "nothing" }},
		} {
			b := p.exported(a.ID, true)
			x.do(b)
			_, err := b.Verify("")
			require.ErrorContains(t, err, x.fault, x.name)
		}
		_, err = p.exported(a.ID, true).Verify(otherKey.Public)
		require.ErrorContains(t, err, "签名")
	})
}

// Nothing is exported of a case whose records are not as they were sealed.
func TestTamperedCaseIsNotExported(t *testing.T) {
	onBoth(t, func(t *testing.T, p *place) {
		s := scene{place: p, a: p.Reach("risk_clue", "verifying").ID}
		p.seal()
		s.act(s.a, 2, func(ev *models.CaseEvent) { ev.ActorName = "别人" })
		_, err := (&sealing.Exporter{Engine: p.Engine, Sealer: p.sealer}).Export(t.Context(), p.Case(s.a))
		require.ErrorContains(t, err, "第 2 条办理记录")
	})
}

func TestReadRefusesOtherFiles(t *testing.T) {
	t.Parallel()
	_, err := evidence.Read(strings.NewReader("no zip"), 6)
	require.ErrorContains(t, err, "不是证明文件")
	var file bytes.Buffer
	require.NoError(t, (&evidence.Bundle{About: evidence.About{Format: "another/1"}}).Write(&file))
	_, err = evidence.Read(bytes.NewReader(file.Bytes()), int64(file.Len()))
	require.ErrorContains(t, err, "another/1")
}

// Entries of the access log go when they are old enough, by the command and the database alike; an audit holds, an export
// still proves what is left, and nothing younger can go.
func TestPrune(t *testing.T) {
	onBoth(t, func(t *testing.T, p *place) {
		now := time.Now().UTC().Truncate(time.Second)
		by := models.User{ID: "admin"}
		for i, months := range []int{40, 20, 7, 3, 0} {
			p.SetNow(now.AddDate(0, -months, 0))
			p.see(fmt.Sprint(i))
			p.seal()
			p.SetNow(p.Now().Add(time.Hour))
		}
		left := func() (ids []string) {
			require.NoError(t, p.Store.DB.Model(&models.AccessLog{}).Where("action = 'read'").Order("id").Pluck("record_id", &ids).Error)
			return ids
		}
		_, err := p.sealer.Prune(t.Context(), by, 5, "期满")
		require.ErrorContains(t, err, "6 个月")
		for _, x := range []struct {
			months int
			gone   int64
			left   []string
		}{{36, 1, []string{"1", "2", "3", "4"}}, {36, 0, []string{"1", "2", "3", "4"}}, {6, 2, []string{"3", "4"}}} {
			n, err := p.sealer.Prune(t.Context(), by, x.months, "期满")
			require.NoError(t, err)
			require.Equal(t, x.gone, n)
			require.Equal(t, x.left, left())
			rep := p.audit()
			require.Empty(t, rep.Bad)
		}
		require.Error(t, p.Store.DB.Exec("DELETE FROM access_logs WHERE record_id = '3'").Error, "the database does not let it go")
		require.Equal(t, []string{"3", "4"}, left())
		p.SetNow(now.AddDate(0, -8, 0))
		p.see("unsealed")
		require.Error(t, p.Store.DB.Exec("DELETE FROM access_logs WHERE record_id = 'unsealed'").Error, "old, but not sealed")

		s := scene{place: p}
		s.exec("DELETE FROM access_logs WHERE record_id = '3' AND action = 'read'")
		rep := p.audit()
		require.Len(t, rep.Bad, 1)
		require.Contains(t, rep.Bad[0].Fault, "不在了")
		require.Equal(t, 4, rep.Bad[0].Seq)
	})
}

// At the end of a long month there may be no such day so many months ago: the earlier of what Go and the database make of it
// counts, whatever time zone that is in.
func TestPruneAtTheEndOfAMonth(t *testing.T) {
	onBoth(t, func(t *testing.T, p *place) {
		for i, day := range []int{25, 28 + 2} { // 30 February is 2 March here, and 28 February there
			p.SetNow(time.Date(2025, 2, day, 12, 0, 0, 0, time.UTC))
			p.see(fmt.Sprint(i))
			p.seal()
		}
		p.SetNow(time.Date(2025, 8, 31, 12, 0, 0, 0, time.UTC))
		p.see("late")
		p.seal()
		n, err := p.sealer.Prune(t.Context(), models.User{ID: "admin"}, 6, "期满")
		require.NoError(t, err)
		require.EqualValues(t, 1, n)
		require.Empty(t, p.audit().Bad)
	})
}
