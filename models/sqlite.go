package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"
	"time"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	sqlitedrv "modernc.org/sqlite"
)

const (
	// keptStatements bounds what one connection to SQLite keeps prepared.
	keptStatements = 128
	// writeTurn is how long a writer waits for its turn before SQLite itself decides
	// who is next.
	writeTurn = 10 * time.Second
)

// liteConnector opens connections to SQLite that keep their statements prepared,
// and lets writers in one after another: SQLite takes one at a time and has the
// others sleep and ask again, which serves whoever happens to wake up.
type liteConnector struct {
	driver.Connector
	turn chan struct{} // holds one token while somebody writes
}

// Connect implements driver.Connector.
func (c liteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &liteConn{fullConn: conn.(fullConn), turn: c.turn, kept: map[string]*liteStmt{}}, nil
}

// liteDialector opens an SQLite file; writers of all that share turn take turns.
func liteDialector(dsn string, turn chan struct{}) (gorm.Dialector, error) {
	base, err := sqlitedrv.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sqlite.New(sqlite.Config{Conn: sql.OpenDB(liteConnector{Connector: base, turn: turn})}), nil
}

// fullConn is what a connection of the driver can do.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type liteConn struct {
	fullConn
	turn chan struct{}
	inTx bool
	kept map[string]*liteStmt
}

// liteStmt is a statement that stays prepared. It can run once at a time: while
// its rows are being read, the same text is prepared anew.
type liteStmt struct {
	driver.Stmt
	busy bool
}

// BeginTx implements driver.ConnBeginTx.
func (c *liteConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	release, err := c.wait(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := c.fullConn.BeginTx(ctx, opts)
	if err != nil {
		release()
		return nil, err
	}
	c.inTx = true
	return &liteTx{Tx: tx, end: func() { c.inTx = false; release() }}, nil
}

// wait waits for the turn of a writer.
func (c *liteConn) wait(ctx context.Context) (release func(), err error) {
	late := time.NewTimer(writeTurn)
	defer late.Stop()
	select {
	case c.turn <- struct{}{}:
		return func() { <-c.turn }, nil
	case <-late.C:
		return func() {}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type liteTx struct {
	driver.Tx
	end func()
}

// Commit implements driver.Tx.
func (t *liteTx) Commit() error {
	defer t.end()
	return t.Tx.Commit()
}

// Rollback implements driver.Tx.
func (t *liteTx) Rollback() error {
	defer t.end()
	return t.Tx.Rollback()
}

// ExecContext implements driver.ExecerContext.
func (c *liteConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.fullConn.ExecContext(ctx, query, args)
	}
	if !c.inTx { // a transaction of its own
		release, err := c.wait(ctx)
		if err != nil {
			return nil, err
		}
		defer release()
	}
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

// QueryContext implements driver.QueryerContext.
func (c *liteConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.fullConn.QueryContext(ctx, query, args)
	}
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return &liteRows{fullRows: rows.(fullRows), stmt: s}, nil
}

// prepared is the kept statement of a query, nil when it is not one to keep or is
// in use. Scripts and settings are not kept.
func (c *liteConn) prepared(ctx context.Context, query string) (*liteStmt, error) {
	if s, ok := c.kept[query]; ok {
		if s.busy {
			return nil, nil
		}
		return s, nil
	}
	if !keepable(query) {
		return nil, nil
	}
	if len(c.kept) >= keptStatements {
		c.forget()
	}
	stmt, err := c.fullConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s := &liteStmt{Stmt: stmt}
	c.kept[query] = s
	return s, nil
}

func keepable(query string) bool {
	verb, _, _ := strings.Cut(query, " ")
	switch verb {
	case "SELECT", "INSERT", "UPDATE", "DELETE":
		return !strings.Contains(query, ";")
	}
	return false
}

// forget closes all statements that are not in use.
func (c *liteConn) forget() {
	for query, s := range c.kept {
		if !s.busy {
			_ = s.Close()
			delete(c.kept, query)
		}
	}
}

// Close implements driver.Conn.
func (c *liteConn) Close() error {
	for _, s := range c.kept {
		_ = s.Close()
	}
	clear(c.kept)
	return c.fullConn.Close()
}

// fullRows is what rows of the driver can tell.
type fullRows interface {
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

type liteRows struct {
	fullRows
	stmt *liteStmt
}

// Close implements driver.Rows.
func (r *liteRows) Close() error {
	r.stmt.busy = false
	return r.fullRows.Close()
}
