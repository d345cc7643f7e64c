-- +goose Up
-- The sum of what an act on a form says. It stands when that is erased, the salt goes; an act of before gets its own, once.
ALTER TABLE form_record_acts ADD COLUMN salt TEXT NOT NULL DEFAULT '';
ALTER TABLE form_record_acts ADD COLUMN payload_hash TEXT NOT NULL DEFAULT '';
CREATE TRIGGER form_record_acts_sum_once BEFORE UPDATE OF payload_hash ON form_record_acts FOR EACH ROW WHEN (OLD.payload_hash <> '') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER form_record_acts_salt_goes BEFORE UPDATE OF salt ON form_record_acts FOR EACH ROW WHEN (OLD.payload_hash <> '' AND NEW.salt <> '') EXECUTE FUNCTION refuse_change();
DROP TRIGGER form_record_acts_go_by_erasure ON form_record_acts;
CREATE TRIGGER form_record_acts_go_by_erasure BEFORE UPDATE OF answers, note, salt ON form_record_acts FOR EACH ROW
    WHEN (coalesce(length(NEW.answers), 0) = 0 AND length(OLD.answers) > 0 OR coalesce(length(NEW.note), 0) = 0 AND length(OLD.note) > 0 OR NEW.salt = '' AND OLD.salt <> '') EXECUTE FUNCTION goes_by_erasure();

-- +goose Down
DROP TRIGGER form_record_acts_go_by_erasure ON form_record_acts;
CREATE TRIGGER form_record_acts_go_by_erasure BEFORE UPDATE OF answers, note ON form_record_acts FOR EACH ROW
    WHEN (coalesce(length(NEW.answers), 0) = 0 AND length(OLD.answers) > 0 OR coalesce(length(NEW.note), 0) = 0 AND length(OLD.note) > 0) EXECUTE FUNCTION goes_by_erasure();
DROP TRIGGER form_record_acts_salt_goes ON form_record_acts;
DROP TRIGGER form_record_acts_sum_once ON form_record_acts;
ALTER TABLE form_record_acts DROP COLUMN payload_hash;
ALTER TABLE form_record_acts DROP COLUMN salt;
