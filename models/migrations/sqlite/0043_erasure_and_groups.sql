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
CREATE TRIGGER case_events_go_by_erasure BEFORE UPDATE OF payload, salt ON case_events
WHEN (NEW.salt <> OLD.salt OR OLD.payload IS NOT NULL AND coalesce(length(NEW.payload), 0) = 0 OR OLD.payload IS NULL AND NEW.payload IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM erasures x JOIN cases c ON c.household_id = x.household_id WHERE c.id = OLD.case_id AND x.decision = 'approved' AND x.done_at IS NULL)
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER issued_papers_go_by_erasure BEFORE UPDATE OF frozen ON issued_papers
WHEN length(NEW.frozen) = 0 AND length(OLD.frozen) > 0
    AND NOT EXISTS (SELECT 1 FROM erasures x JOIN cases c ON c.household_id = x.household_id WHERE c.id = OLD.case_id AND x.decision = 'approved' AND x.done_at IS NULL)
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER form_record_acts_go_by_erasure BEFORE UPDATE OF answers, note ON form_record_acts
WHEN (coalesce(length(NEW.answers), 0) = 0 AND length(OLD.answers) > 0 OR coalesce(length(NEW.note), 0) = 0 AND length(OLD.note) > 0)
    AND NOT EXISTS (SELECT 1 FROM erasures x JOIN form_records r ON r.subject_id = x.household_id WHERE r.id = OLD.record_id AND x.decision = 'approved' AND x.done_at IS NULL)
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER form_record_acts_go_by_erasure;
DROP TRIGGER issued_papers_go_by_erasure;
DROP TRIGGER case_events_go_by_erasure;
ALTER TABLE role_grants DROP COLUMN group_name;
ALTER TABLE engagements DROP COLUMN case_id;
