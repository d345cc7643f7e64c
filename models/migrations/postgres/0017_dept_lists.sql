-- +goose Up
-- How the columns of a department's list are read, by version: the last one counts.
CREATE TABLE dept_mappings (
    id TEXT PRIMARY KEY,
    region_code TEXT NOT NULL,
    dept TEXT NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    columns TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (region_code, dept, kind, version)
);

-- A list as it was imported. The file itself is not kept; the same one is known by its hash.
CREATE TABLE dept_lists (
    id TEXT PRIMARY KEY,
    region_code TEXT NOT NULL,
    dept TEXT NOT NULL,
    kind TEXT NOT NULL,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    as_of TEXT NOT NULL,
    mapping TEXT NOT NULL,
    corrects TEXT NOT NULL,
    state TEXT NOT NULL,
    rows INTEGER NOT NULL,
    read_rows INTEGER NOT NULL,
    effects_to TEXT NOT NULL,
    matched INTEGER NOT NULL,
    doubtful INTEGER NOT NULL,
    outside INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    refreshed INTEGER NOT NULL,
    older INTEGER NOT NULL,
    clues INTEGER NOT NULL,
    alerts INTEGER NOT NULL,
    corrections INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    UNIQUE (region_code, dept, kind, sha256)
);
CREATE INDEX dept_lists_recent ON dept_lists (dept, created_at, id);
CREATE INDEX dept_lists_open ON dept_lists (updated_at) WHERE state <> 'done';

-- Doubts about whom a list means, and what was decided: it holds for later lists.
CREATE TABLE dept_matches (
    id TEXT PRIMARY KEY,
    match_key TEXT NOT NULL,
    area TEXT NOT NULL,
    region_code TEXT NOT NULL,
    list_id TEXT NOT NULL REFERENCES dept_lists (id),
    line INTEGER NOT NULL,
    reason TEXT NOT NULL,
    sealed BYTEA,
    candidates TEXT NOT NULL,
    decision TEXT NOT NULL,
    person_id TEXT NOT NULL,
    note TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at TIMESTAMPTZ,
    seq INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (area, match_key)
);
CREATE INDEX dept_matches_open ON dept_matches (region_code, id) WHERE decision = '';

-- The rows about persons of the register; the values are sealed. Of each fact one row is current, the newest by its date.
CREATE TABLE dept_rows (
    id TEXT PRIMARY KEY,
    list_id TEXT NOT NULL REFERENCES dept_lists (id),
    line INTEGER NOT NULL,
    sheet TEXT NOT NULL,
    kind TEXT NOT NULL,
    as_of TEXT NOT NULL,
    state TEXT NOT NULL,
    match_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    household_id TEXT NOT NULL,
    fact_key TEXT NOT NULL,
    before_id TEXT NOT NULL,
    effect TEXT NOT NULL,
    case_id TEXT NOT NULL,
    sealed BYTEA,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (list_id, sheet, line)
);
CREATE UNIQUE INDEX dept_rows_current ON dept_rows (fact_key) WHERE state = 'current';
CREATE INDEX dept_rows_household ON dept_rows (household_id, kind);
CREATE INDEX dept_rows_effects ON dept_rows (list_id, household_id);
CREATE INDEX dept_rows_match ON dept_rows (match_id) WHERE match_id <> '';
CREATE INDEX people_name ON people (name);

-- +goose Down
DROP INDEX people_name;
DROP TABLE dept_rows;
DROP TABLE dept_matches;
DROP TABLE dept_lists;
DROP TABLE dept_mappings;
