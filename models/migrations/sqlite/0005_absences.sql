-- +goose Up
-- Who is away from when until when, and who stands in for him in which of his
-- grants. Nothing runs when an absence begins or ends: whoever asks compares days.
CREATE TABLE absences (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    from_day TEXT NOT NULL,
    until_day TEXT NOT NULL,
    reason TEXT NOT NULL,
    entered_by TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    cancelled_at DATETIME,
    cancelled_by TEXT NOT NULL
);
CREATE INDEX absences_user ON absences (user_id, until_day);
CREATE TABLE substitutions (
    absence_id TEXT NOT NULL REFERENCES absences (id),
    grant_id TEXT NOT NULL REFERENCES role_grants (id),
    substitute_id TEXT NOT NULL REFERENCES users (id),
    until_day TEXT NOT NULL,
    PRIMARY KEY (absence_id, grant_id, substitute_id)
);
-- Every request asks whom its sender stands in for: what is over must cost nothing.
CREATE INDEX substitutions_substitute ON substitutions (substitute_id, until_day);
CREATE INDEX substitutions_grant ON substitutions (grant_id);

-- +goose StatementBegin
CREATE TRIGGER absences_no_change BEFORE UPDATE OF id, user_id, from_day, until_day, reason, entered_by, created_at ON absences
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER absences_no_delete BEFORE DELETE ON absences
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER substitutions_no_update BEFORE UPDATE ON substitutions
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER substitutions_no_delete BEFORE DELETE ON substitutions
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- In whose place an act was done or signed.
ALTER TABLE case_events ADD COLUMN for_id TEXT NOT NULL DEFAULT '';
ALTER TABLE case_events ADD COLUMN for_name TEXT NOT NULL DEFAULT '';
ALTER TABLE endorsements ADD COLUMN for_id TEXT NOT NULL DEFAULT '';
ALTER TABLE endorsements ADD COLUMN for_name TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE endorsements DROP COLUMN for_name;
ALTER TABLE endorsements DROP COLUMN for_id;
ALTER TABLE case_events DROP COLUMN for_name;
ALTER TABLE case_events DROP COLUMN for_id;
DROP TABLE substitutions;
DROP TABLE absences;
