-- +goose Up
-- Keyed hashes of the long texts of form records, beside those of acts: of a table of a form, line is the row, counted from 1.
CREATE TABLE record_texts (
    record_id TEXT NOT NULL REFERENCES form_records (id),
    field TEXT NOT NULL,
    line INTEGER NOT NULL,
    act_id TEXT NOT NULL,
    household_id TEXT NOT NULL,
    mark BIGINT NOT NULL,
    PRIMARY KEY (record_id, field, line)
);
CREATE INDEX record_texts_mark ON record_texts (mark, household_id);
-- Records from before are looked through by the worker.
ALTER TABLE form_records ADD COLUMN texts_marked BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX form_records_unmarked ON form_records (id) WHERE NOT texts_marked;
-- The same file under two cases or form records.
DROP INDEX attachments_sha256;
CREATE INDEX attachments_sha256 ON attachments (sha256);

-- +goose Down
DROP INDEX attachments_sha256;
CREATE INDEX attachments_sha256 ON attachments (sha256) WHERE case_id <> '';
DROP INDEX form_records_unmarked;
ALTER TABLE form_records DROP COLUMN texts_marked;
DROP TABLE record_texts;
