-- +goose Up
-- A stop of clocks that follows that of another case, such as a form that of its campaign.
ALTER TABLE clock_stops ADD COLUMN follows_id TEXT NOT NULL DEFAULT '';
CREATE INDEX clock_stops_follows ON clock_stops (follows_id) WHERE follows_id <> '' AND resumed_at IS NULL;

-- Households that were assigned to another surveyor and whose forms are still to be handed over.
CREATE TABLE campaign_moves (
    campaign_id TEXT NOT NULL REFERENCES cases (id),
    household_id TEXT NOT NULL REFERENCES households (id),
    surveyor_id TEXT NOT NULL,
    key TEXT NOT NULL,
    moved_by TEXT NOT NULL,
    moved_role TEXT NOT NULL,
    PRIMARY KEY (campaign_id, household_id)
);

-- The households drawn for a spot check and what was found.
CREATE TABLE campaign_samples (
    campaign_id TEXT NOT NULL REFERENCES cases (id),
    round INTEGER NOT NULL,
    household_id TEXT NOT NULL REFERENCES households (id),
    region_code TEXT NOT NULL,
    surveyor_id TEXT NOT NULL,
    result TEXT NOT NULL,
    brief TEXT NOT NULL,
    found_by TEXT NOT NULL,
    found_at DATETIME,
    PRIMARY KEY (campaign_id, round, household_id)
);

-- The progress of a campaign at the end of each day.
CREATE TABLE campaign_days (
    campaign_id TEXT NOT NULL REFERENCES cases (id),
    day TEXT NOT NULL,
    progress TEXT NOT NULL,
    frozen_at DATETIME NOT NULL,
    PRIMARY KEY (campaign_id, day)
);

-- +goose StatementBegin
CREATE TRIGGER campaign_days_no_update BEFORE UPDATE ON campaign_days
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER campaign_days_no_delete BEFORE DELETE ON campaign_days
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- Figures count open cases by village, procedure and state from this alone.
CREATE INDEX cases_figures ON cases (region_code, procedure, state, due_at) WHERE closed_at IS NULL;
CREATE INDEX monitoring_episodes_open ON monitoring_episodes (region_code) WHERE closed_at IS NULL AND revoked_at IS NULL;

-- +goose Down
DROP INDEX monitoring_episodes_open;
DROP INDEX cases_figures;
DROP TABLE campaign_days;
DROP TABLE campaign_samples;
DROP TABLE campaign_moves;
DROP INDEX clock_stops_follows;
ALTER TABLE clock_stops DROP COLUMN follows_id;
