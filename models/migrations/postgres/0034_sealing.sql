-- +goose Up
-- The tree over all chains (RFC 6962): its leaves in their order, its inner hashes in tiles, and the signed notes about it.
CREATE TABLE log_leaves (
    idx BIGINT PRIMARY KEY,
    chain TEXT NOT NULL,
    seq BIGINT NOT NULL,
    ref TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL,
    UNIQUE (chain, seq)
);
CREATE TABLE log_tiles (
    level INTEGER NOT NULL,
    n BIGINT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (level, n)
);
CREATE TABLE log_checkpoints (
    size BIGINT PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,
    note TEXT NOT NULL
);
CREATE TABLE log_deliveries (
    size BIGINT NOT NULL REFERENCES log_checkpoints (size),
    target TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (size, target)
);
CREATE TRIGGER log_leaves_append_only BEFORE UPDATE OR DELETE ON log_leaves FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_checkpoints_append_only BEFORE UPDATE OR DELETE ON log_checkpoints FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER case_events_no_truncate BEFORE TRUNCATE ON case_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER access_logs_no_truncate BEFORE TRUNCATE ON access_logs FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_leaves_no_truncate BEFORE TRUNCATE ON log_leaves FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_checkpoints_no_truncate BEFORE TRUNCATE ON log_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TRIGGER case_events_no_truncate ON case_events;
DROP TRIGGER access_logs_no_truncate ON access_logs;
DROP TABLE log_deliveries;
DROP TABLE log_checkpoints;
DROP TABLE log_tiles;
DROP TABLE log_leaves;
