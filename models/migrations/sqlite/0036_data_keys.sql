-- +goose Up
CREATE TABLE data_keys (
    id INTEGER PRIMARY KEY,
    wrapped BLOB NOT NULL,
    created_at DATETIME NOT NULL,
    retired_at DATETIME
);

-- The name of a file may tell of a person.
ALTER TABLE attachments ADD COLUMN sealed_name BLOB;

-- What is sealed in recorded acts may be sealed anew, or go where the law says so: it is proved by hashes that stand
-- beside it, which nobody changes.
DROP TRIGGER case_events_no_update;

-- +goose StatementBegin
CREATE TRIGGER case_events_no_update BEFORE UPDATE OF id, case_id, seq, step, kind, event, from_state, to_state, actor_id, actor_name, actor_role, actor_org, on_behalf, for_id, for_name, at, key, version, policy_hash, payload_hash, prev, hash, reply, run_id ON case_events
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER case_events_salt_goes BEFORE UPDATE OF salt ON case_events WHEN NEW.salt <> ''
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd
DROP TRIGGER issued_papers_no_update;

-- +goose StatementBegin
CREATE TRIGGER issued_papers_no_update BEFORE UPDATE OF id, key, kind, title, office, office_name, year, series, seq, number, region_code, case_id, programme_id, person, class, hash, pdf_sha256, pdf_size, docx_sha256, docx_size, issued_by, issued_role, issued_at ON issued_papers
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd
DROP TRIGGER form_record_acts_no_update;

-- +goose StatementBegin
CREATE TRIGGER form_record_acts_no_update BEFORE UPDATE OF id, record_id, row_version, action, key, actor_id, actor_role, for_id, at ON form_record_acts
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER form_record_acts_no_update;

-- +goose StatementBegin
CREATE TRIGGER form_record_acts_no_update BEFORE UPDATE ON form_record_acts
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd
DROP TRIGGER issued_papers_no_update;

-- +goose StatementBegin
CREATE TRIGGER issued_papers_no_update BEFORE UPDATE ON issued_papers
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd
DROP TRIGGER case_events_salt_goes;
DROP TRIGGER case_events_no_update;

-- +goose StatementBegin
CREATE TRIGGER case_events_no_update BEFORE UPDATE ON case_events
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd
ALTER TABLE attachments DROP COLUMN sealed_name;
DROP TABLE data_keys;
