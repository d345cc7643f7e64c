-- +goose Up
-- Programmes of rectification: many problems under one plan with phases, a cut-off
-- and events that problems are due before. What was done to a programme, the notices
-- sent with an assignment and the bulletins issued are records.
CREATE TABLE programmes (
    id TEXT PRIMARY KEY,
    no TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    region_code TEXT NOT NULL,
    source_paper TEXT NOT NULL,
    plan TEXT NOT NULL,
    cut_off TEXT NOT NULL,
    phases TEXT,
    events TEXT,
    seq INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL
);
CREATE INDEX programmes_region ON programmes (region_code, created_at);
CREATE TABLE programme_acts (
    id TEXT PRIMARY KEY,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    actor_id TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    at DATETIME NOT NULL,
    content TEXT NOT NULL,
    UNIQUE (programme_id, seq)
);
CREATE TABLE programme_problems (
    case_id TEXT PRIMARY KEY REFERENCES cases (id),
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    row_key TEXT NOT NULL,
    joined_at DATETIME NOT NULL,
    UNIQUE (programme_id, row_key)
);
CREATE TABLE bulletins (
    id TEXT PRIMARY KEY,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    no INTEGER NOT NULL,
    issued_by TEXT NOT NULL,
    issued_at DATETIME NOT NULL,
    numbers BLOB NOT NULL,
    sha256 TEXT NOT NULL,
    UNIQUE (programme_id, no)
);
CREATE TABLE supervision_notices (
    id TEXT PRIMARY KEY,
    no TEXT NOT NULL UNIQUE,
    case_id TEXT NOT NULL REFERENCES cases (id),
    event TEXT NOT NULL,
    due_on TEXT NOT NULL,
    issued_by TEXT NOT NULL,
    issued_role TEXT NOT NULL,
    issued_at DATETIME NOT NULL,
    replied_at DATETIME
);
CREATE INDEX supervision_notices_case ON supervision_notices (case_id, issued_at);

-- +goose StatementBegin
CREATE TRIGGER programme_acts_no_update BEFORE UPDATE ON programme_acts
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER programme_acts_no_delete BEFORE DELETE ON programme_acts
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER bulletins_no_update BEFORE UPDATE ON bulletins
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER bulletins_no_delete BEFORE DELETE ON bulletins
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER supervision_notices_no_change BEFORE UPDATE OF id, no, case_id, event, due_on, issued_by, issued_role, issued_at ON supervision_notices
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER supervision_notices_no_delete BEFORE DELETE ON supervision_notices
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE supervision_notices;
DROP TABLE bulletins;
DROP TABLE programme_problems;
DROP TABLE programme_acts;
DROP TABLE programmes;
