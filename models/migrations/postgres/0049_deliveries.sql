-- +goose Up
-- A message goes out of the application once it is due: spread_at says that its deliveries are written. What is there already
-- stays where it is.
ALTER TABLE messages ADD COLUMN spread_at TIMESTAMPTZ;
UPDATE messages SET spread_at = created_at;
CREATE INDEX messages_to_spread ON messages (deliver_at, id) WHERE spread_at IS NULL;

CREATE TABLE notice_settings (
    user_id TEXT PRIMARY KEY REFERENCES users (id),
    sealed BYTEA,
    choices TEXT NOT NULL,
    quiet_from TEXT NOT NULL,
    quiet_until TEXT NOT NULL,
    mail_at TIMESTAMPTZ,
    code_until TIMESTAMPTZ,
    code_tries INTEGER NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE robots (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    region_code TEXT NOT NULL,
    dept TEXT NOT NULL,
    sealed BYTEA,
    disabled BOOLEAN NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    row_version INTEGER NOT NULL
);
CREATE INDEX robots_office ON robots (region_code, dept);

CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    way TEXT NOT NULL,
    target TEXT NOT NULL,
    kind TEXT NOT NULL,
    event TEXT NOT NULL,
    message_id TEXT NOT NULL,
    state TEXT NOT NULL,
    fault TEXT NOT NULL,
    tries INTEGER NOT NULL,
    hold_until TIMESTAMPTZ NOT NULL,
    retry_at TIMESTAMPTZ NOT NULL,
    give_up_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX deliveries_once ON deliveries (target, event);
CREATE INDEX deliveries_waiting ON deliveries (way, target, hold_until) WHERE state = 'waiting';
CREATE INDEX deliveries_of ON deliveries (target, created_at);
CREATE INDEX deliveries_by_way ON deliveries (way, created_at);

-- +goose Down
DROP TABLE deliveries;
DROP TABLE robots;
DROP TABLE notice_settings;
DROP INDEX messages_to_spread;
ALTER TABLE messages DROP COLUMN spread_at;
