-- +goose Up
-- A form of a campaign may be about a unit of a place: a department of the township, a working group. Of each there is one.
ALTER TABLE form_records ADD COLUMN unit TEXT NOT NULL DEFAULT '';
DROP INDEX form_records_once;
CREATE UNIQUE INDEX form_records_once ON form_records (form, subject_kind, subject_id, period, campaign_id, unit) WHERE state <> 'void';
CREATE INDEX form_records_campaign ON form_records (campaign_id, form) WHERE campaign_id <> '';

-- +goose Down
DROP INDEX form_records_campaign;
DROP INDEX form_records_once;
UPDATE form_records SET state = 'void' WHERE unit <> '';
ALTER TABLE form_records DROP COLUMN unit;
CREATE UNIQUE INDEX form_records_once ON form_records (form, subject_kind, subject_id, period, campaign_id) WHERE state <> 'void';
