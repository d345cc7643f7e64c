-- +goose Up
-- Everybody signs in again: sessions have a number of their own now, by which one is ended.
DELETE FROM sessions;
ALTER TABLE sessions ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN step TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN via TEXT NOT NULL DEFAULT 'password';
ALTER TABLE users ADD COLUMN password_set_at DATETIME;
ALTER TABLE users ADD COLUMN must_change BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE users ADD COLUMN ends_at DATETIME;
CREATE TABLE used_passwords (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    hash TEXT NOT NULL,
    set_at DATETIME NOT NULL
);
CREATE INDEX used_passwords_user ON used_passwords (user_id, set_at);
CREATE TABLE second_factors (
    user_id TEXT PRIMARY KEY REFERENCES users (id),
    sealed BLOB,
    last_step BIGINT NOT NULL,
    created_at DATETIME NOT NULL,
    confirmed_at DATETIME
);
CREATE TABLE recovery_codes (
    hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    used_at DATETIME
);
CREATE INDEX recovery_codes_user ON recovery_codes (user_id);
CREATE TABLE api_tokens (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    used_at DATETIME,
    revoked_at DATETIME
);
CREATE INDEX api_tokens_user ON api_tokens (user_id, created_at);

-- +goose Down
DROP TABLE api_tokens;
DROP TABLE recovery_codes;
DROP TABLE second_factors;
DROP TABLE used_passwords;
ALTER TABLE users DROP COLUMN ends_at;
ALTER TABLE users DROP COLUMN must_change;
ALTER TABLE users DROP COLUMN password_set_at;
ALTER TABLE sessions DROP COLUMN via;
ALTER TABLE sessions DROP COLUMN step;
ALTER TABLE sessions DROP COLUMN id;
