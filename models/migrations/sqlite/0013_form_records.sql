-- +goose Up
CREATE TABLE form_records (
    id TEXT PRIMARY KEY,
    form TEXT NOT NULL,
    version INTEGER NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    region_code TEXT NOT NULL,
    period TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    state TEXT NOT NULL,
    policy_hash TEXT NOT NULL,
    collector_id TEXT NOT NULL,
    entered_by TEXT NOT NULL,
    reviewer_id TEXT NOT NULL,
    reviewed_at DATETIME,
    answers BLOB NOT NULL,
    computed BLOB NOT NULL,
    row_version INTEGER NOT NULL,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    finished_at DATETIME
);
CREATE UNIQUE INDEX form_records_once ON form_records (form, subject_kind, subject_id, period, campaign_id) WHERE state <> 'void';
CREATE INDEX form_records_region ON form_records (region_code, id);
CREATE INDEX form_records_subject ON form_records (subject_id, id);

CREATE TABLE form_record_acts (
    id TEXT PRIMARY KEY,
    record_id TEXT NOT NULL REFERENCES form_records (id),
    row_version INTEGER NOT NULL,
    action TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    actor_id TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    for_id TEXT NOT NULL,
    note BLOB NOT NULL,
    answers BLOB NOT NULL,
    at DATETIME NOT NULL,
    UNIQUE (record_id, row_version)
);

-- +goose StatementBegin
CREATE TRIGGER form_record_acts_no_update BEFORE UPDATE ON form_record_acts
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER form_record_acts_no_delete BEFORE DELETE ON form_record_acts
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE form_record_acts;
DROP TABLE form_records;
