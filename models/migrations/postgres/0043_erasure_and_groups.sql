-- +goose Up
-- The one case that a city office has asked for in writing; '' for what auditors are given.
ALTER TABLE engagements ADD COLUMN case_id TEXT NOT NULL DEFAULT '';
-- The group of a village that the head of a group is for. Whoever had the post of a village with one group is for that; the
-- others reach nothing until they are given the post for a group.
ALTER TABLE role_grants ADD COLUMN group_name TEXT NOT NULL DEFAULT '';
UPDATE role_grants SET group_name = (SELECT min(h.group_name) FROM households h WHERE h.region_code = role_grants.region_code)
WHERE role = 'grid_member' AND (SELECT count(DISTINCT h.group_name) FROM households h WHERE h.region_code = role_grants.region_code) = 1;

-- What is sealed in a recorded act goes by an erasure alone: one that was approved for the household and is not done yet.

-- +goose StatementBegin
CREATE FUNCTION goes_by_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    home text;
BEGIN
    IF TG_TABLE_NAME = 'form_record_acts' THEN
        SELECT subject_id INTO home FROM form_records WHERE id = OLD.record_id;
    ELSE
        SELECT household_id INTO home FROM cases WHERE id = OLD.case_id;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM erasures WHERE household_id = home AND decision = 'approved' AND done_at IS NULL) THEN
        RAISE EXCEPTION 'recorded acts are append-only';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER case_events_go_by_erasure BEFORE UPDATE OF payload, salt ON case_events FOR EACH ROW
    WHEN (NEW.salt <> OLD.salt OR OLD.payload IS NOT NULL AND coalesce(length(NEW.payload), 0) = 0 OR OLD.payload IS NULL AND NEW.payload IS NOT NULL) EXECUTE FUNCTION goes_by_erasure();
CREATE TRIGGER issued_papers_go_by_erasure BEFORE UPDATE OF frozen ON issued_papers FOR EACH ROW
    WHEN (length(NEW.frozen) = 0 AND length(OLD.frozen) > 0) EXECUTE FUNCTION goes_by_erasure();
CREATE TRIGGER form_record_acts_go_by_erasure BEFORE UPDATE OF answers, note ON form_record_acts FOR EACH ROW
    WHEN (coalesce(length(NEW.answers), 0) = 0 AND length(OLD.answers) > 0 OR coalesce(length(NEW.note), 0) = 0 AND length(OLD.note) > 0) EXECUTE FUNCTION goes_by_erasure();
CREATE TRIGGER issued_papers_no_truncate BEFORE TRUNCATE ON issued_papers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER form_record_acts_no_truncate BEFORE TRUNCATE ON form_record_acts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TRIGGER form_record_acts_no_truncate ON form_record_acts;
DROP TRIGGER issued_papers_no_truncate ON issued_papers;
DROP TRIGGER form_record_acts_go_by_erasure ON form_record_acts;
DROP TRIGGER issued_papers_go_by_erasure ON issued_papers;
DROP TRIGGER case_events_go_by_erasure ON case_events;
DROP FUNCTION goes_by_erasure();
ALTER TABLE role_grants DROP COLUMN group_name;
ALTER TABLE engagements DROP COLUMN case_id;
