-- +goose Up
-- What an auditor may look at, and when: without one that is valid, he reaches nothing.
CREATE TABLE engagements (
    id TEXT PRIMARY KEY,
    no TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id),
    title TEXT NOT NULL,
    basis TEXT NOT NULL,
    areas TEXT NOT NULL,
    procedures TEXT NOT NULL,
    from_day TEXT NOT NULL,
    until_day TEXT NOT NULL,
    region_code TEXT NOT NULL,
    given_by TEXT NOT NULL,
    given_role TEXT NOT NULL,
    given_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    ended_by TEXT NOT NULL
);
CREATE INDEX engagements_user ON engagements (user_id, until_day);
CREATE INDEX engagements_region ON engagements (region_code, id);

-- Cases drawn at random, so that anybody can draw the same again from the same cases by the same seed.
CREATE TABLE engagement_samples (
    id TEXT PRIMARY KEY,
    engagement_id TEXT NOT NULL REFERENCES engagements (id),
    procedure TEXT NOT NULL,
    village TEXT NOT NULL,
    opened_before TIMESTAMPTZ NOT NULL,
    seed TEXT NOT NULL,
    size INTEGER NOT NULL,
    population INTEGER NOT NULL,
    population_hash TEXT NOT NULL,
    case_ids TEXT NOT NULL,
    drawn_by TEXT NOT NULL,
    drawn_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX engagement_samples_engagement ON engagement_samples (engagement_id, id);
CREATE TRIGGER engagement_samples_append_only BEFORE UPDATE OR DELETE ON engagement_samples FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE engagement_samples;
DROP TABLE engagements;
