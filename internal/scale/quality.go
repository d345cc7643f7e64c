package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
)

// measureQuality runs the data rules and screening over all households of an empty PostgreSQL database that it fills,
// on one core of ours, beside reading the same rows and doing nothing, and reading and opening them.
func measureQuality(t testing.TB, s *models.Store, dsn string, p plan) {
	var there int64
	require.NoError(t, s.DB.Model(&models.Household{}).Count(&there).Error)
	if there == 0 {
		began := time.Now()
		fillFamilies(t, s, dsn, p.households)
		fmt.Printf("- %d households, %d persons filled in %s\n", p.households, 4*p.households, time.Since(began).Round(time.Second))
		if p.fillOnly {
			return
		}
	} else {
		p.households = int(there)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	debug.SetGCPercent(400) // as the command does
	now := time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)
	e := &activities.Engine{Store: s, Calendar: policy.DefaultCalendar(), Clock: &casetime.Clock{Real: func() time.Time { return now }}}
	stop := profile(t, p.profile)
	defer stop()
	fmt.Printf("- %s, one core of ours, %s, load %s\n\n| | s | households/s | CPU s, ours + server | CPU against reading | s against reading | peak MB |\n| --- | --- | --- | --- | --- | --- | --- |\n", s.DB.Name(), runtime.Version(), load())
	var bare cost
	line := func(what string, do func()) {
		runtime.GC()
		peak := watchHeap()
		c := costOf(do)
		if bare.took == 0 {
			bare = c
		}
		fmt.Printf("| %s | %.1f | %.0f | %.1f + %.1f | %.1f | %.1f | %d |\n", what, c.took.Seconds(), float64(p.households)/c.took.Seconds(), c.ours.Seconds(), c.server.Seconds(),
			(c.ours+c.server).Seconds()/max(0.01, (bare.ours+bare.server).Seconds()), c.took.Seconds()/bare.took.Seconds(), peak()>>20)
	}
	readBare(t, dsn) // from the disk into memory
	line("read the rows, do nothing", func() { readBare(t, dsn) })
	run := func(r activities.RunRequest) func() {
		return func() {
			r.Region = area
			x, err := e.StartRun(t.Context(), r)
			require.NoError(t, err)
			require.NoError(t, e.WorkRun(t.Context(), x.ID, "scale", nil))
			x, err = e.Run(t.Context(), x.ID)
			require.NoError(t, err)
			require.Equal(t, models.RunDone, x.State, x.Fault)
			require.Equal(t, p.households, x.Passed)
			p.told = append(p.told, fmt.Sprintf("%s: %d looked at, %d cases opened, %d standing", x.Kind, x.Looked, x.Counts.Opened, x.Counts.Standing))
		}
	}
	line("read and open them, as a run does", func() { require.NoError(t, e.ReadThrough(t.Context(), area)) })
	line("data rules, all for the first time", run(activities.RunRequest{Kind: models.RunQuality}))
	line("data rules again, all", run(activities.RunRequest{Kind: models.RunQuality, Full: true}))
	line("data rules again, only what has changed: nothing", run(activities.RunRequest{Kind: models.RunQuality}))
	line("screening, all for the first time", run(activities.RunRequest{Kind: models.RunScreening}))
	line("screening again, all", run(activities.RunRequest{Kind: models.RunScreening, Full: true}))
	fmt.Printf("\n- %s\n- load at the end %s\n", strings.Join(p.told, "\n- "), load())
}

// cost is what something has taken: time, computing of ours, and of the database server.
type cost struct{ took, ours, server time.Duration }

func (c cost) cpu() time.Duration { return c.ours + c.server }

func (c cost) and(o cost) cost { return cost{c.took + o.took, c.ours + o.ours, c.server + o.server} }

func costOf(do func()) cost {
	server := serverCPU() // first: looking for its processes is work of ours
	ours, start := cpuTime(""), time.Now()
	do()
	c := cost{time.Since(start), cpuTime("") - ours, 0}
	c.server = serverCPU() - server
	return c
}

// area is what all the counties lie in.
const area = "9902"

// profile writes a CPU profile into a file, if one is named.
func profile(t testing.TB, file string) func() {
	if file == "" {
		return func() {}
	}
	f, err := os.Create(file)
	require.NoError(t, err)
	require.NoError(t, pprof.StartCPUProfile(f))
	return func() {
		pprof.StopCPUProfile()
		require.NoError(t, f.Close())
	}
}

// watchHeap samples how much memory the heap takes; what it returns tells the most.
func watchHeap() func() uint64 {
	var most atomic.Uint64
	done := make(chan struct{})
	go func() {
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			most.Store(max(most.Load(), m.HeapInuse+m.StackInuse))
			select {
			case <-done:
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { close(done); return most.Load() }
}

// readBare reads the rows that a run reads, in the same order, on one connection, and lets them go.
func readBare(t testing.TB, dsn string) {
	db, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer db.Close(context.WithoutCancel(t.Context()))
	for _, text := range []string{
		"SELECT id, no, region_code, head_name, population, base_type, status, sealed, phone_mark FROM households ORDER BY region_code, id",
		"SELECT id, household_id, ord, name, is_head, id_index, sealed, phone_mark, joined_at FROM people WHERE left_at IS NULL ORDER BY household_id, ord",
	} {
		rows, err := db.Query(t.Context(), text)
		require.NoError(t, err)
		for rows.Next() {
			_ = rows.RawValues()
		}
		require.NoError(t, rows.Err())
	}
}

// fillFamilies writes n families of four, by COPY, village after village, as ledgers are imported. One in a hundred has a wrong population, one in five hundred a house
// of grade D.
func fillFamilies(t testing.TB, s *models.Store, dsn string, n int) {
	b := newBulk(t, s, dsn, &models.Region{}, &models.PolicyRow{}, &models.Household{}, &models.Person{})
	b.add(&models.Region{Code: area, Level: "city", Name: "示例市", Path: "示例市"})
	fillRegions(b)
	b.add(&models.PolicyRow{ID: "line", Key: "income_line", RegionCode: area, Value: []byte(`{"fen":700000,"concept":"net"}`), ValidFrom: testkit.Start.AddDate(-1, 0, 0), CreatedAt: testkit.Start})
	for i := range n {
		fillFamily(t, b, s.Vault, i, i*counties*townships*villages/n)
	}
	b.close()
}

// fillFamily writes one of a village: man, wife, a child at school, a grandmother.
func fillFamily(t testing.TB, b *bulk, vault *models.Vault, i, village int) {
	chars, pinyin, abbr := name(i)
	at, region := testkit.Start, villageCode(village)
	h := &models.Household{ID: householdID(i), No: fmt.Sprintf("%s%07d", region, i), RegionCode: region, GroupName: "一组", HeadName: chars, HeadPinyin: pinyin, HeadAbbr: abbr,
		Population: 4, BaseType: "ordinary", Status: "none", SourceHash: "x", CreatedAt: at, UpdatedAt: at, RowVersion: 1}
	if i%100 == 99 {
		h.Population = 5
	}
	secret := models.HouseholdSecret{Phone: fmt.Sprintf("139%08d", i%100_000_000), Address: fmt.Sprintf("一组%d号", i%300), House: "A", Income: int64(2_000_000 + i%9000*100)}
	if i%500 == 7 {
		secret.House = "D"
	}
	require.NoError(t, h.SetSecret(vault, secret))
	b.add(h)
	for k, m := range []struct {
		name, relation, sex, school, labour, education string
		year                                           int
	}{{chars, "户主", "男", "非在校生", "普通劳动力", "初中", 1980}, {chars + "妻", "配偶", "女", "非在校生", "普通劳动力", "初中", 1982},
		{chars + "儿", "之子", "男", "小学三年级", "无劳动力", "", 2017}, {chars + "母", "之母", "女", "非在校生", "无劳动力", "小学", 1955}} {
		number := idNumber(fmt.Sprintf("510101%d%02d%02d%02d", m.year, i%12+1, i/12%28+1, k*2+i/336%5*10+10), m.sex, i/1680)
		p := &models.Person{ID: fmt.Sprintf("P%d%s", k, h.ID[2:]), HouseholdID: h.ID, Ord: k, Name: m.name, IsHead: k == 0, CreatedAt: at, UpdatedAt: at}
		index := vault.Index(fmt.Sprint(number, i)) // numbers repeat in so large a register; their index may not
		p.IDIndex = &index
		ps := models.PersonSecret{IDNo: number, Relation: m.relation, Sex: m.sex, BirthDate: number[6:10] + "-" + number[10:12] + "-" + number[12:14], Ethnicity: "汉族",
			School: m.school, Health: "健康", Labour: m.labour, Education: m.education, Medical: "城乡居民基本医疗保险"}
		if m.school != "非在校生" {
			ps.Education = ""
		}
		if k == 0 {
			ps.Phone = secret.Phone
		}
		require.NoError(t, p.SetSecret(vault, ps))
		b.add(p)
	}
}

// idNumber completes an invented number: 16 digits, one that tells the sex, and the check digit of GB 11643.
func idNumber(sixteen, sex string, n int) string {
	digit := n % 5 * 2
	if sex == "男" {
		digit++
	}
	seventeen := fmt.Sprintf("%s%d", sixteen, digit)
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(seventeen[i]-'0') * w
	}
	return seventeen + string("10X98765432"[sum%11])
}
