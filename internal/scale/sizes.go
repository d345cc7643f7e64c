package main

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// size is what a table takes: its rows, and the bytes of its pages and of those of
// its indexes.
type size struct{ rows, bytes int64 }

// sizes are those of the tables of a database.
type sizes map[string]size

// look opens a database beside the server that uses it, to count only. A file is
// read with the driver of the product.
func look(t testing.TB, dsn string) *gorm.DB {
	dial := gorm.Dialector(sqlite.Dialector{DriverName: "sqlite", DSN: "file:" + dsn + "?_pragma=busy_timeout(10000)"})
	if strings.Contains(dsn, "://") {
		dial = postgres.Open(dsn)
	}
	db, err := gorm.Open(dial, &gorm.Config{Logger: logger.Discard})
	require.NoError(t, err)
	pool, err := db.DB()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, pool.Close()) })
	return db
}

// measureSizes reads the sizes of all tables.
func measureSizes(t testing.TB, db *gorm.DB) sizes {
	query := "SELECT m.tbl_name AS name, SUM(d.pgsize) AS bytes FROM dbstat d JOIN sqlite_master m ON m.name = d.name GROUP BY m.tbl_name"
	if db.Name() == "postgres" {
		query = "SELECT relname AS name, pg_total_relation_size(oid) AS bytes FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
	}
	var list []struct {
		Name  string
		Bytes int64
	}
	require.NoError(t, db.Raw(query).Scan(&list).Error)
	out := sizes{}
	for _, x := range list {
		s := size{bytes: x.Bytes}
		require.NoError(t, db.Table(x.Name).Count(&s.rows).Error, x.Name)
		out[x.Name] = s
	}
	return out
}

// perCase prints how tables have grown for each of n cases.
func perCase(title string, before, after sizes, n int) {
	type line struct {
		name string
		size
	}
	var list []line
	var sum size
	for _, name := range slices.Sorted(maps.Keys(after)) {
		d := size{after[name].rows - before[name].rows, after[name].bytes - before[name].bytes}
		sum = size{sum.rows + d.rows, sum.bytes + d.bytes}
		if d.bytes >= int64(n) || d.rows >= int64(n)/10 {
			list = append(list, line{name, d})
		}
	}
	slices.SortStableFunc(list, func(a, b line) int { return cmp.Compare(b.bytes, a.bytes) })
	fmt.Printf("\n| %s | rows per case | bytes per case |\n| --- | --- | --- |\n", title)
	for _, l := range append(list, line{"**all tables**", sum}) {
		fmt.Printf("| %s | %.2f | %d |\n", l.name, float64(l.rows)/float64(n), l.bytes/int64(n))
	}
}

// other is a database beside another one, on the same server.
func other(dsn, suffix string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		return dsn
	}
	u.Path += suffix
	return u.String()
}

// processes are the processes that this one has started, by a part of their name,
// and this one itself for "".
func processes(name string) []int {
	if name == "" {
		return []int{os.Getpid()}
	}
	var out []int
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, f := range files {
		raw, _ := os.ReadFile(f)
		head, rest, _ := strings.Cut(string(raw), ") ")
		fields := strings.Fields(rest)
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(f)))
		if len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) && strings.Contains(head, name) {
			out = append(out, pid)
		}
	}
	return out
}

// memory is what processes keep in memory, in MB; 0 where there is no /proc.
func memory(name string) (mb int64) {
	for _, pid := range processes(name) {
		raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		_, rest, _ := strings.Cut(string(raw), "VmRSS:")
		var kb int64
		_, _ = fmt.Sscan(rest, &kb)
		mb += kb / 1024
	}
	return mb
}

// cpuTime is what processes have computed so far.
func cpuTime(name string) (sum time.Duration) {
	for _, pid := range processes(name) {
		sum += ticks(stat(pid), 11, 12)
	}
	return sum
}

// serverCPU is what the private PostgreSQL server has computed so far, the connections that have ended included; 0 where
// the server is none of ours.
func serverCPU() (sum time.Duration) {
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, server := range processes("postgres") {
		sum += ticks(stat(server), 11, 12, 13, 14)
		for _, f := range all {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(f)))
			if fields := stat(pid); len(fields) > 1 && fields[1] == strconv.Itoa(server) {
				sum += ticks(fields, 11, 12)
			}
		}
	}
	return sum
}

// stat are the fields of a process behind its name.
func stat(pid int) []string {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(raw), ") ")
	return strings.Fields(rest)
}

// ticks adds fields that count hundredths of a second: user and system are 11 and 12, those of children that have ended
// 13 and 14.
func ticks(fields []string, at ...int) (sum time.Duration) {
	for _, i := range at {
		if i < len(fields) {
			n, _ := strconv.ParseInt(fields[i], 10, 64)
			sum += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return sum
}
