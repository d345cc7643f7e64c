-- +goose Up
-- A file may belong to a form record in place of a case; exactly one of case_id and record_id is set.
ALTER TABLE attachments ADD COLUMN record_id TEXT NOT NULL DEFAULT '';
CREATE INDEX attachments_record ON attachments (record_id, id) WHERE record_id <> '';

-- +goose Down
DROP INDEX attachments_record;
DELETE FROM attachments WHERE record_id <> '';
ALTER TABLE attachments DROP COLUMN record_id;
