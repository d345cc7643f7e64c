-- +goose Up
-- Who took which list out of the system, when, why and how much of it.
CREATE TABLE exports (
    id TEXT PRIMARY KEY,
    no TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id),
    for_id TEXT NOT NULL,
    role TEXT NOT NULL,
    region_code TEXT NOT NULL,
    list TEXT NOT NULL,
    filter TEXT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    code TEXT NOT NULL,
    rows INTEGER NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    lease_until TIMESTAMPTZ,
    attempts INTEGER NOT NULL,
    downloads INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ
);
CREATE INDEX exports_mine ON exports (user_id, created_at, id);
CREATE INDEX exports_waiting ON exports (created_at) WHERE state IN ('waiting', 'running');
CREATE INDEX exports_expiring ON exports (expires_at) WHERE state = 'ready';

-- +goose Down
DROP TABLE exports;
