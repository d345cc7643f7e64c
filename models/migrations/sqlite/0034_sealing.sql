-- +goose Up
-- The tree over all chains (RFC 6962): its leaves in their order, its inner hashes in tiles, and the signed notes about it.
CREATE TABLE log_leaves (
    idx INTEGER NOT NULL PRIMARY KEY,
    chain TEXT NOT NULL,
    seq INTEGER NOT NULL,
    ref TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL,
    UNIQUE (chain, seq)
);
CREATE TABLE log_tiles (
    level INTEGER NOT NULL,
    n INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (level, n)
);
CREATE TABLE log_checkpoints (
    size INTEGER NOT NULL PRIMARY KEY,
    at DATETIME NOT NULL,
    note TEXT NOT NULL
);
CREATE TABLE log_deliveries (
    size INTEGER NOT NULL REFERENCES log_checkpoints (size),
    target TEXT NOT NULL,
    at DATETIME NOT NULL,
    PRIMARY KEY (size, target)
);

-- +goose StatementBegin
CREATE TRIGGER log_leaves_no_update BEFORE UPDATE ON log_leaves
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER log_leaves_no_delete BEFORE DELETE ON log_leaves
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER log_checkpoints_no_update BEFORE UPDATE ON log_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER log_checkpoints_no_delete BEFORE DELETE ON log_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE log_deliveries;
DROP TABLE log_checkpoints;
DROP TABLE log_tiles;
DROP TABLE log_leaves;
