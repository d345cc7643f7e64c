-- +goose Up
ALTER TABLE access_logs ADD COLUMN for_id TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE access_logs DROP COLUMN for_id;
