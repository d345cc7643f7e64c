-- +goose Up
-- The other village of a transfer sees and answers the case while it is open.
ALTER TABLE cases ADD COLUMN other_region TEXT NOT NULL DEFAULT '';
CREATE INDEX cases_other_region ON cases (other_region, id) WHERE other_region <> '';
-- As which department somebody signed.
ALTER TABLE endorsements ADD COLUMN dept TEXT NOT NULL DEFAULT '';
-- When a member joined the household by a change; those of the first register have no date.
ALTER TABLE people ADD COLUMN joined_at TIMESTAMPTZ;

-- +goose Down
ALTER TABLE people DROP COLUMN joined_at;
ALTER TABLE endorsements DROP COLUMN dept;
DROP INDEX cases_other_region;
ALTER TABLE cases DROP COLUMN other_region;
