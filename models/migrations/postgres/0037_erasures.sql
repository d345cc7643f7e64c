-- +goose Up
-- That what is sealed about one person is to go, and has gone.
CREATE TABLE erasures (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    household_id TEXT NOT NULL REFERENCES households (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    region_code TEXT NOT NULL,
    ground TEXT NOT NULL,
    reason TEXT NOT NULL,
    files TEXT NOT NULL,
    asked_by TEXT NOT NULL REFERENCES users (id),
    asked_role TEXT NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    decision TEXT NOT NULL,
    decided_by TEXT NOT NULL CHECK (decided_by <> asked_by),
    decided_role TEXT NOT NULL,
    decided_at TIMESTAMPTZ,
    note TEXT NOT NULL,
    done_at TIMESTAMPTZ,
    erased TEXT NOT NULL,
    CHECK (done_at IS NULL OR decision = 'approved')
);
CREATE INDEX erasures_region ON erasures (region_code, id);
CREATE UNIQUE INDEX erasures_once ON erasures (person_id) WHERE decision <> 'refused';
ALTER TABLE attachments ADD COLUMN erased_at TIMESTAMPTZ;
CREATE TRIGGER erasures_no_change BEFORE DELETE OR UPDATE OF id, key, household_id, person_id, region_code, ground, reason, files, asked_by, asked_role, asked_at ON erasures FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erasures_decided_once BEFORE UPDATE OF decision, decided_by, decided_role, decided_at, note ON erasures FOR EACH ROW WHEN (OLD.decision <> '') EXECUTE FUNCTION refuse_change();

-- +goose Down
ALTER TABLE attachments DROP COLUMN erased_at;
DROP TABLE erasures;
