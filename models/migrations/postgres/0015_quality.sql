-- +goose Up
-- Keyed hashes of telephone numbers, so that the same one in two households is found without opening either.
ALTER TABLE households ADD COLUMN phone_mark BIGINT;
ALTER TABLE people ADD COLUMN phone_mark BIGINT;
CREATE INDEX households_phone ON households (phone_mark, id) WHERE phone_mark IS NOT NULL;
CREATE INDEX people_phone ON people (phone_mark, household_id) WHERE phone_mark IS NOT NULL AND left_at IS NULL;

-- Runs of the data rules and of screening over an area.
CREATE TABLE quality_runs (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    region_code TEXT NOT NULL,
    state TEXT NOT NULL,
    full_look BOOLEAN NOT NULL,
    channel TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    asked_by TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    started_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    cursor TEXT COLLATE "C" NOT NULL,
    total INTEGER NOT NULL,
    passed INTEGER NOT NULL,
    looked INTEGER NOT NULL,
    marked INTEGER NOT NULL,
    counts TEXT NOT NULL,
    fault TEXT NOT NULL
);
CREATE INDEX quality_runs_open ON quality_runs (created_at, id) WHERE ended_at IS NULL;

-- What a household looked like when it was last looked at.
CREATE TABLE quality_looks (
    household_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    print BIGINT NOT NULL,
    PRIMARY KEY (household_id, kind)
);

-- What a rule has found in a household, once for household, rule and member.
CREATE TABLE quality_hits (
    id TEXT COLLATE "C" PRIMARY KEY,
    kind TEXT NOT NULL,
    household_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    person_id TEXT NOT NULL,
    region_code TEXT NOT NULL,
    print BIGINT NOT NULL,
    sealed BYTEA,
    case_id TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    found_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    gone_at TIMESTAMPTZ,
    run_id TEXT NOT NULL,
    UNIQUE (household_id, kind, rule, person_id)
);
CREATE INDEX quality_hits_area ON quality_hits (kind, region_code, id) WHERE gone_at IS NULL;
CREATE INDEX quality_hits_case ON quality_hits (case_id);

-- +goose Down
DROP TABLE quality_hits;
DROP TABLE quality_looks;
DROP TABLE quality_runs;
DROP INDEX people_phone;
DROP INDEX households_phone;
ALTER TABLE people DROP COLUMN phone_mark;
ALTER TABLE households DROP COLUMN phone_mark;
