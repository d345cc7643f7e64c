-- +goose Up
-- Keyed hashes of the long texts of acts, so that a text told of two households can be found without opening any.
CREATE TABLE event_texts (
    event_id TEXT NOT NULL REFERENCES case_events (id),
    field TEXT NOT NULL,
    case_id TEXT NOT NULL,
    household_id TEXT NOT NULL,
    mark BIGINT NOT NULL,
    PRIMARY KEY (event_id, field)
);
CREATE INDEX event_texts_mark ON event_texts (mark, household_id);
CREATE INDEX event_texts_case ON event_texts (case_id);
-- The same file under two cases.
CREATE INDEX attachments_sha256 ON attachments (sha256) WHERE case_id <> '';

-- +goose Down
DROP INDEX attachments_sha256;
DROP TABLE event_texts;
