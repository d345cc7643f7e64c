-- +goose Up
-- A run may try a rule of the place before it takes effect: the rule, and some of the households it hits.
ALTER TABLE quality_runs ADD COLUMN rule TEXT NOT NULL DEFAULT '';
ALTER TABLE quality_runs ADD COLUMN sample TEXT NOT NULL DEFAULT '[]';
CREATE INDEX quality_runs_rule ON quality_runs (rule, ended_at) WHERE rule <> '';

-- +goose Down
DROP INDEX quality_runs_rule;
ALTER TABLE quality_runs DROP COLUMN sample;
ALTER TABLE quality_runs DROP COLUMN rule;
