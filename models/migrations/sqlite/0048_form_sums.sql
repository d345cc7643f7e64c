-- +goose Up
-- The sum of what an act on a form says. It stands when that is erased, the salt goes; an act of before gets its own, once.
ALTER TABLE form_record_acts ADD COLUMN salt TEXT NOT NULL DEFAULT '';
ALTER TABLE form_record_acts ADD COLUMN payload_hash TEXT NOT NULL DEFAULT '';

-- +goose StatementBegin
CREATE TRIGGER form_record_acts_sum_once BEFORE UPDATE OF payload_hash ON form_record_acts WHEN OLD.payload_hash <> ''
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER form_record_acts_salt_goes BEFORE UPDATE OF salt ON form_record_acts WHEN OLD.payload_hash <> '' AND NEW.salt <> ''
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd
DROP TRIGGER form_record_acts_go_by_erasure;

-- +goose StatementBegin
CREATE TRIGGER form_record_acts_go_by_erasure BEFORE UPDATE OF answers, note, salt ON form_record_acts
WHEN (coalesce(length(NEW.answers), 0) = 0 AND length(OLD.answers) > 0 OR coalesce(length(NEW.note), 0) = 0 AND length(OLD.note) > 0 OR NEW.salt = '' AND OLD.salt <> '')
    AND NOT EXISTS (SELECT 1 FROM erasures x JOIN form_records r ON r.subject_id = x.household_id WHERE r.id = OLD.record_id AND x.decision = 'approved' AND x.done_at IS NULL)
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER form_record_acts_go_by_erasure;

-- +goose StatementBegin
CREATE TRIGGER form_record_acts_go_by_erasure BEFORE UPDATE OF answers, note ON form_record_acts
WHEN (coalesce(length(NEW.answers), 0) = 0 AND length(OLD.answers) > 0 OR coalesce(length(NEW.note), 0) = 0 AND length(OLD.note) > 0)
    AND NOT EXISTS (SELECT 1 FROM erasures x JOIN form_records r ON r.subject_id = x.household_id WHERE r.id = OLD.record_id AND x.decision = 'approved' AND x.done_at IS NULL)
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd
DROP TRIGGER form_record_acts_salt_goes;
DROP TRIGGER form_record_acts_sum_once;
ALTER TABLE form_record_acts DROP COLUMN payload_hash;
ALTER TABLE form_record_acts DROP COLUMN salt;
