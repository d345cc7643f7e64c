package models

import (
	"context"
	_ "embed"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
)

//go:embed grants.sql
var grants string

// grant gives the role of the server what it may do, when the one who is connected owns the tables.
func (s *Store) grant(ctx context.Context) error {
	if !s.Postgres() {
		return nil
	}
	var owner bool
	db := s.DB.WithContext(ctx)
	if err := db.Raw("SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'case_events'::regclass").Scan(&owner).Error; err != nil || !owner {
		return err
	}
	if err := db.Exec(grants).Error; err != nil {
		return fmt.Errorf("grant: %w", err)
	}
	return nil
}

// MayChangeRecord reports whether the connected role may change or remove recorded acts as far as the database is asked; on
// SQLite whoever has the file may, and only triggers stand before it.
func (s *Store) MayChangeRecord(ctx context.Context) (bool, error) {
	if !s.Postgres() {
		return true, nil
	}
	var may bool
	err := s.DB.WithContext(ctx).Raw(`SELECT bool_or(has_any_column_privilege(t, 'UPDATE') OR has_table_privilege(t, 'DELETE') OR has_table_privilege(t, 'TRUNCATE'))
		FROM unnest(ARRAY['case_events', 'access_logs', 'log_leaves', 'log_checkpoints']) t`).Scan(&may).Error
	return may, err
}

// trigger is one that the migrations make.
type trigger struct{ name, text string }

var triggerStatements = regexp.MustCompile(`(?is)\b(CREATE TRIGGER\s+(\w+)\b.*?(?:\bEND;|\(\);)|DROP TRIGGER\s+(\w+))`)

// triggers are those that must be there once all migrations have run, by name.
func (s *Store) triggers() (map[string]trigger, error) {
	dir := "migrations/sqlite"
	if s.Postgres() {
		dir = "migrations/postgres"
	}
	files, err := fs.Glob(migrations, dir+"/*.sql") // in their order
	if err != nil {
		return nil, err
	}
	out := map[string]trigger{}
	for _, f := range files {
		raw, err := migrations.ReadFile(f)
		if err != nil {
			return nil, err
		}
		up, _, _ := strings.Cut(string(raw), "-- +goose Down")
		for _, m := range triggerStatements.FindAllStringSubmatch(up, -1) {
			switch {
			case m[3] != "":
				delete(out, m[3])
			case guarding(m[1]):
				out[m[2]] = trigger{m[2], plainText(m[1])}
			}
		}
	}
	return out, nil
}

// guarding reports whether a trigger refuses: others fill in a column, and stand before nothing.
func guarding(text string) bool {
	return strings.Contains(text, "RAISE(") || strings.Contains(text, " FUNCTION ") && !strings.Contains(text, " FUNCTION place_")
}

// plainText is a statement without the differences that mean nothing.
func plainText(sql string) string {
	return strings.TrimSuffix(strings.Join(strings.Fields(sql), " "), ";")
}

// guards is what a trigger of PostgreSQL stands before, of which table, and by which function: that writes the same in other
// words than the migrations do, and its condition in words of its own.
func guards(text string) string {
	_, rest, _ := strings.Cut(strings.ReplaceAll(text, `"`, ""), " BEFORE ")
	before, rest, _ := strings.Cut(rest, " ON ")
	table, rest, _ := strings.Cut(rest, " ")
	_, function, _ := strings.Cut(rest, " FUNCTION ")
	events := strings.Split(before, " OR ")
	slices.Sort(events)
	return fmt.Sprint(events, table[strings.LastIndex(table, ".")+1:], function)
}

// Unguarded names the triggers of the migrations that are gone, out of work or not what they were: what is recorded could be
// changed or removed.
func (s *Store) Unguarded(ctx context.Context) ([]string, error) {
	want, err := s.triggers()
	if err != nil {
		return nil, err
	}
	// PostgreSQL keeps no text: a trigger works when it is on, guards the same, refuses by its function, and has no more
	// conditions than it had.
	same := func(text, want string) bool { return plainText(text) == want }
	query := "SELECT name, sql AS text, FALSE AS lame, FALSE AS sometimes FROM sqlite_master WHERE type = 'trigger'"
	if s.Postgres() {
		same = func(text, want string) bool { return guards(text) == guards(want) }
		query = `SELECT t.tgname AS name, pg_get_triggerdef(t.oid) AS text, t.tgenabled NOT IN ('O', 'A') OR p.prosrc NOT LIKE '%RAISE EXCEPTION%' AS lame, t.tgqual IS NOT NULL AS sometimes
			FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
			WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal`
	}
	var found []struct {
		Name, Text      string
		Lame, Sometimes bool
	}
	if err := s.DB.WithContext(ctx).Raw(query).Scan(&found).Error; err != nil {
		return nil, err
	}
	for _, g := range found {
		w := want[g.Name]
		if !g.Lame && same(g.Text, w.text) && (!g.Sometimes || strings.Contains(w.text, " WHEN ")) {
			delete(want, g.Name)
		}
	}
	return slices.Sorted(maps.Keys(want)), nil
}
