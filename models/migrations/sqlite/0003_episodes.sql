-- +goose Up
-- For which times a household was monitored. A rollback reopens an episode, so rows
-- change; none is ever removed.
CREATE TABLE monitoring_episodes (
    id TEXT PRIMARY KEY,
    household_id TEXT NOT NULL REFERENCES households (id),
    no INTEGER NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    region_code TEXT NOT NULL,
    opened_at DATETIME NOT NULL,
    category TEXT NOT NULL,
    fast_lane BOOLEAN NOT NULL,
    closed_at DATETIME,
    method TEXT NOT NULL,
    elimination_id TEXT NOT NULL,
    rolled_back_at DATETIME,
    revoked_at DATETIME,
    sealed BLOB,
    UNIQUE (household_id, no)
);

-- +goose StatementBegin
CREATE TRIGGER monitoring_episodes_no_change BEFORE UPDATE OF id, household_id, no, case_id, opened_at, category ON monitoring_episodes
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER monitoring_episodes_no_delete BEFORE DELETE ON monitoring_episodes
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE monitoring_episodes;
