-- +goose Up
-- How many cases an evidence package is to hold; 0 for a list.
ALTER TABLE exports ADD COLUMN total INTEGER NOT NULL DEFAULT 0;

-- The cases that an evidence package or a replay was asked for, fixed when it was asked.
CREATE TABLE audit_cases (
    run_id TEXT NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    PRIMARY KEY (run_id, case_id)
);

-- +goose StatementBegin
CREATE TRIGGER audit_cases_no_update BEFORE UPDATE ON audit_cases
BEGIN
    SELECT RAISE(ABORT, 'the cases of a run are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_cases_no_delete BEFORE DELETE ON audit_cases
BEGIN
    SELECT RAISE(ABORT, 'the cases of a run are append-only');
END;
-- +goose StatementEnd

-- Replays of many cases from the desk of an auditor. The cursor is the last case that is done.
CREATE TABLE audit_replays (
    id TEXT PRIMARY KEY,
    no TEXT NOT NULL UNIQUE,
    engagement_id TEXT NOT NULL REFERENCES engagements (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    choice TEXT NOT NULL,
    state TEXT NOT NULL,
    code TEXT NOT NULL,
    total INTEGER NOT NULL,
    done INTEGER NOT NULL,
    events INTEGER NOT NULL,
    histories INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    bad INTEGER NOT NULL,
    cursor TEXT NOT NULL,
    busy_millis BIGINT NOT NULL,
    created_at DATETIME NOT NULL,
    started_at DATETIME,
    ended_at DATETIME
);
CREATE INDEX audit_replays_mine ON audit_replays (engagement_id, user_id, created_at, id);
CREATE INDEX audit_replays_open ON audit_replays (created_at, id) WHERE ended_at IS NULL;

CREATE TABLE audit_replay_faults (
    replay_id TEXT NOT NULL REFERENCES audit_replays (id),
    n INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    fault TEXT NOT NULL,
    PRIMARY KEY (replay_id, n)
);

-- +goose Down
DROP TABLE audit_replay_faults;
DROP TABLE audit_replays;
DROP TABLE audit_cases;
ALTER TABLE exports DROP COLUMN total;
