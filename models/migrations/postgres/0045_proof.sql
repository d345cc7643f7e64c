-- +goose Up
-- What an engagement says is not changed once it is given; it is ended, once.
CREATE TRIGGER engagements_no_change BEFORE DELETE OR UPDATE OF id, no, user_id, title, basis, areas, procedures, from_day, until_day, region_code, given_by, given_role, given_at ON engagements FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER engagements_end_once BEFORE UPDATE OF ended_at, ended_by ON engagements FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER engagements_no_truncate BEFORE TRUNCATE ON engagements FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER engagement_samples_no_truncate BEFORE TRUNCATE ON engagement_samples FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Whose record was seen, beside the record itself: a case, a household; and by which token, if no person sat there.
ALTER TABLE access_logs ADD COLUMN case_id TEXT NOT NULL DEFAULT '';
ALTER TABLE access_logs ADD COLUMN household_id TEXT NOT NULL DEFAULT '';
ALTER TABLE access_logs ADD COLUMN token_id TEXT NOT NULL DEFAULT '';
CREATE INDEX access_logs_household ON access_logs (household_id, at);
CREATE INDEX access_logs_case ON access_logs (case_id, at);

-- +goose Down
DROP INDEX access_logs_case;
DROP INDEX access_logs_household;
ALTER TABLE access_logs DROP COLUMN token_id;
ALTER TABLE access_logs DROP COLUMN household_id;
ALTER TABLE access_logs DROP COLUMN case_id;
DROP TRIGGER engagement_samples_no_truncate ON engagement_samples;
DROP TRIGGER engagements_no_truncate ON engagements;
DROP TRIGGER engagements_end_once ON engagements;
DROP TRIGGER engagements_no_change ON engagements;
