-- +goose Up
-- What an engagement says is not changed once it is given; it is ended, once.
-- +goose StatementBegin
CREATE TRIGGER engagements_no_change BEFORE UPDATE OF id, no, user_id, title, basis, areas, procedures, from_day, until_day, region_code, given_by, given_role, given_at ON engagements
BEGIN
    SELECT RAISE(ABORT, 'engagements are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER engagements_end_once BEFORE UPDATE OF ended_at, ended_by ON engagements
WHEN OLD.ended_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'engagements are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER engagements_no_delete BEFORE DELETE ON engagements
BEGIN
    SELECT RAISE(ABORT, 'engagements are append-only');
END;
-- +goose StatementEnd

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
DROP TRIGGER engagements_no_delete;
DROP TRIGGER engagements_end_once;
DROP TRIGGER engagements_no_change;
