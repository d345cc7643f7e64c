-- +goose Up
CREATE TABLE data_keys (
    id BIGINT PRIMARY KEY,
    wrapped BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    retired_at TIMESTAMPTZ
);

-- The name of a file may tell of a person.
ALTER TABLE attachments ADD COLUMN sealed_name BYTEA;

-- What is sealed in recorded acts may be sealed anew, or go where the law says so: it is proved by hashes that stand
-- beside it, which nobody changes.
DROP TRIGGER case_events_append_only ON case_events;
CREATE TRIGGER case_events_append_only BEFORE DELETE OR UPDATE OF id, case_id, seq, step, kind, event, from_state, to_state, actor_id, actor_name, actor_role,
    actor_org, on_behalf, for_id, for_name, at, key, version, policy_hash, payload_hash, prev, hash, reply, run_id ON case_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER case_events_salt_goes BEFORE UPDATE OF salt ON case_events FOR EACH ROW WHEN (NEW.salt <> '') EXECUTE FUNCTION refuse_change();
DROP TRIGGER issued_papers_append_only ON issued_papers;
CREATE TRIGGER issued_papers_append_only BEFORE DELETE OR UPDATE OF id, key, kind, title, office, office_name, year, series, seq, number, region_code, case_id,
    programme_id, person, class, hash, pdf_sha256, pdf_size, docx_sha256, docx_size, issued_by, issued_role, issued_at ON issued_papers FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER form_record_acts_append_only ON form_record_acts;
CREATE TRIGGER form_record_acts_append_only BEFORE DELETE OR UPDATE OF id, record_id, row_version, action, key, actor_id, actor_role, for_id, at ON form_record_acts FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TRIGGER form_record_acts_append_only ON form_record_acts;
CREATE TRIGGER form_record_acts_append_only BEFORE UPDATE OR DELETE ON form_record_acts FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER issued_papers_append_only ON issued_papers;
CREATE TRIGGER issued_papers_append_only BEFORE UPDATE OR DELETE ON issued_papers FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER case_events_salt_goes ON case_events;
DROP TRIGGER case_events_append_only ON case_events;
CREATE TRIGGER case_events_append_only BEFORE UPDATE OR DELETE ON case_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE attachments DROP COLUMN sealed_name;
DROP TABLE data_keys;
