-- +goose Up
-- Which of the cases without a workflow must be looked at next.
CREATE INDEX cases_wake ON cases (wake_at, id) WHERE closed_at IS NULL AND wake_at IS NOT NULL;

-- +goose Down
DROP INDEX cases_wake;
