package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	"go.temporal.io/server/tools/common/schema"
	sqltool "go.temporal.io/server/tools/sql"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	mainStore       = "main"
	visibilityStore = "visibility"
)

// searchAttributes are the codes by which workflows can be listed. They hold
// no personal data: the server stores them in clear.
var searchAttributes = map[string]enumspb.IndexedValueType{
	"ShouwangProcedure": enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"ShouwangState":     enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"ShouwangRegion":    enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	"ShouwangDue":       enumspb.INDEXED_VALUE_TYPE_DATETIME,
}

// openStore makes the databases and their tables where they are missing,
// brings them to the server's version, and puts the namespace in.
func openStore(ctx context.Context, o options, s *stack) (config.Persistence, error) {
	var main, visibility *config.SQL
	var shards int32
	var err error
	if strings.HasPrefix(o.DB, "postgres://") || strings.HasPrefix(o.DB, "postgresql://") {
		shards = 16
		main, visibility, err = openPostgres(o.DB, s.logger)
	} else {
		shards = 4 // SQLite has one writer; a few shards are enough to keep it busy
		if s.lock, err = lockFile(ctx, o.DB); err == nil {
			main, err = openSQLite(o.DB)
			visibility = main
		}
	}
	if err != nil {
		return config.Persistence{}, fmt.Errorf("open store: %w", err)
	}
	if err := createNamespace(main, o); err != nil {
		return config.Persistence{}, err
	}
	return config.Persistence{
		DefaultStore:     mainStore,
		VisibilityStore:  visibilityStore,
		NumHistoryShards: shards,
		DataStores: map[string]config.DataStore{
			mainStore:       {SQL: main},
			visibilityStore: {SQL: visibility},
		},
	}, nil
}

func openSQLite(file string) (*config.SQL, error) {
	cfg := &config.SQL{
		PluginName:   sqlite.PluginName,
		DatabaseName: file,
		ConnectAttributes: map[string]string{
			"mode":         "rwc",
			"journal_mode": "wal",
			"synchronous":  "full", // an answered Update survives a power cut
			"busy_timeout": "10000",
		},
	}
	if info, err := os.Stat(file); err == nil && info.Size() > 0 {
		return cfg, nil
	}
	// Built beside and moved into place, so that a kill in between leaves no half-made file.
	fresh := *cfg
	fresh.DatabaseName = file + ".new"
	fresh.ConnectAttributes = map[string]string{"mode": "rwc"}
	if err := os.Remove(fresh.DatabaseName); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	if err := sqliteschema.SetupSchema(&fresh); err != nil {
		return nil, err
	}
	return cfg, os.Rename(fresh.DatabaseName, file)
}

// openPostgres keeps executions in the database that the URL names and the
// visibility records in NAME_visibility on the same server, so that one base
// backup holds both at the same instant.
func openPostgres(dsn string, logger log.Logger) (main, visibility *config.SQL, err error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, nil, fmt.Errorf("database URL is not valid") // the URL may hold a password: not repeated
	}
	name := strings.Trim(u.Path, "/")
	if name == "" {
		name = "temporal"
	}
	main, visibility = postgresConfig(u, name, 20), postgresConfig(u, name+"_visibility", 10)
	if err := migrate(main, "postgresql/v12/temporal", logger); err != nil {
		return nil, nil, err
	}
	return main, visibility, migrate(visibility, "postgresql/v12/visibility", logger)
}

func postgresConfig(u *url.URL, database string, conns int) *config.SQL {
	attrs := map[string]string{}
	for key, values := range u.Query() {
		attrs[key] = values[0]
	}
	password, _ := u.User.Password()
	addr := u.Host
	if addr != "" && u.Port() == "" {
		addr += ":5432"
	}
	return &config.SQL{
		PluginName:        postgresql.PluginNamePGX,
		ConnectAddr:       addr,
		ConnectAttributes: attrs,
		User:              url.QueryEscape(u.User.Username()),
		Password:          password,
		DatabaseName:      database,
		MaxConns:          conns,
		MaxIdleConns:      conns,
		MaxConnLifetime:   time.Hour,
	}
}

// migrate creates the database if needed and runs the server's own versioned
// schema steps that it lacks; running it again changes nothing.
func migrate(cfg *config.SQL, schemaName string, logger log.Logger) error {
	admin := *cfg
	if err := sqltool.DoCreateDatabase(&admin, "postgres", logger); err != nil {
		return fmt.Errorf("create database %s: %w", cfg.DatabaseName, err)
	}
	conn, err := sqltool.NewConnection(cfg, logger)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", cfg.DatabaseName, err)
	}
	defer conn.Close()
	if _, err := conn.ReadSchemaVersion(); err != nil {
		setup := &schema.SetupConfig{InitialVersion: "0.0"}
		if err := schema.NewSetupSchemaTask(conn, setup, logger).Run(); err != nil {
			return fmt.Errorf("set up %s: %w", cfg.DatabaseName, err)
		}
	}
	update := &schema.UpdateConfig{DBName: cfg.DatabaseName, SchemaName: schemaName}
	if err := schema.NewUpdateSchemaTask(conn, update, logger).Run(); err != nil {
		return fmt.Errorf("migrate %s: %w", cfg.DatabaseName, err)
	}
	return nil
}

// createNamespace puts the namespace into the store before the server starts,
// with each search attribute bound to one of the columns that the visibility
// schema reserves. Registered over the API it would take up to ten seconds to
// be seen. The helper lives in the SQLite package but works on any SQL store.
func createNamespace(cfg *config.SQL, o options) error {
	ns, err := sqliteschema.NewNamespaceConfig(clusterName, o.Namespace, false, searchAttributes)
	if err != nil {
		return fmt.Errorf("namespace %s: %w", o.Namespace, err)
	}
	ns.Detail.Config.Retention = durationpb.New(o.Retention)
	if err := sqliteschema.CreateNamespaces(cfg, ns); err != nil {
		return fmt.Errorf("namespace %s: %w", o.Namespace, err)
	}
	return nil
}

// lockPath is the lock beside a SQLite file.
func lockPath(db string) string { return filepath.Clean(db) + ".lock" }
