package main

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"shouwang/internal/ledger"
	"shouwang/models"
)

// measureLedger imports an invented ledger of some households into an empty PostgreSQL database and then writes the very rows that came of it into tables like those by COPY.
func measureLedger(t testing.TB, s *models.Store, dsn string, p plan) {
	var file bytes.Buffer
	options := ledger.GenerateOptions{Seed: 7, Households: p.ledger}
	_, err := ledger.Generate(&file, options)
	require.NoError(t, err)
	const county = ledger.FictionPrefix + "01"
	regions := []models.Region{{Code: county, Level: "county", Name: "示例县", Path: "示例县"},
		{Code: county + "101", Parent: county, Level: "township", Name: ledger.FictionTownship, Path: "示例县" + ledger.FictionTownship}}
	for i, name := range ledger.FictionVillages {
		regions = append(regions, models.Region{Code: fmt.Sprintf("%s101%d", county, 201+i), Parent: county + "101", Level: "village", Name: name, Path: "示例县" + ledger.FictionTownship + name})
	}
	require.NoError(t, s.DB.Create(&regions).Error)
	debug.SetGCPercent(400) // as the command does
	stop := profile(t, p.profile)
	defer stop()

	m := meter{}
	var l *ledger.Ledger
	m.measure("read the workbook", func() { l, err = ledger.Read(&file) })
	require.NoError(t, err)
	var made *ledger.Plan
	m.measure("check it, compare it with the register", func() {
		made, err = ledger.NewPlan(t.Context(), s, l, ledger.Scope{Regions: []string{county + "101"}, Now: time.Now()})
	})
	require.NoError(t, err)
	require.Equal(t, p.ledger, made.Created)
	m.measure("seal and write", func() { _, err = ledger.Apply(t.Context(), s, made, "") })
	require.NoError(t, err)
	m.measure("COPY of the same rows", copyAgain(t, dsn, "households", "people"))

	rows := float64(made.People)
	bare := m.list[len(m.list)-1].cost
	fmt.Printf("- %d households, %d rows in the workbook, %s, %d cores, %s, load %s\n\n| | s | rows/s | CPU s, ours + server | s against COPY | CPU against COPY |\n| --- | --- | --- | --- | --- | --- |\n",
		p.ledger, made.People, s.DB.Name(), runtime.GOMAXPROCS(0), runtime.Version(), load())
	inserted := m.list[1].cost.and(m.list[2].cost)
	m.list = append(m.list, metered{"check, compare, seal, write", inserted}, metered{"import: all of it", m.list[0].cost.and(inserted)})
	for _, x := range m.list {
		fmt.Printf("| %s | %.2f | %.0f | %.2f + %.2f | %.1f | %.1f |\n", x.what, x.took.Seconds(), rows/x.took.Seconds(), x.ours.Seconds(), x.server.Seconds(),
			x.took.Seconds()/bare.took.Seconds(), x.cpu().Seconds()/max(0.01, bare.cpu().Seconds()))
	}
}

// copyAgain keeps the rows of tables in memory; what it returns writes them into new tables with the same columns,
// indexes and keys.
func copyAgain(t testing.TB, dsn string, tables ...string) func() {
	db, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close(t.Context()) })
	rows := make([]bytes.Buffer, len(tables))
	for i, name := range tables {
		_, err = db.PgConn().CopyTo(t.Context(), &rows[i], "COPY "+name+" TO STDOUT BINARY")
		require.NoError(t, err)
		_, err = db.Exec(t.Context(), "CREATE TABLE again_"+name+" (LIKE "+name+" INCLUDING ALL)")
		require.NoError(t, err)
	}
	_, err = db.Exec(t.Context(), "ALTER TABLE again_people ADD FOREIGN KEY (household_id) REFERENCES again_households (id)")
	require.NoError(t, err)
	return func() {
		for i, name := range tables {
			_, err := db.PgConn().CopyFrom(t.Context(), &rows[i], "COPY again_"+name+" FROM STDIN BINARY")
			require.NoError(t, err)
		}
	}
}

// meter keeps what several things have cost.
type meter struct{ list []metered }

type metered struct {
	what string
	cost
}

func (m *meter) measure(what string, do func()) {
	runtime.GC()
	m.list = append(m.list, metered{what, costOf(do)})
}
