-- +goose Up
-- Which duties to visit have been made: one for a household, a rule and a period.
CREATE TABLE visit_duties (
    household_id TEXT NOT NULL,
    duty TEXT NOT NULL,
    period TEXT NOT NULL,
    case_id TEXT NOT NULL,
    PRIMARY KEY (household_id, duty, period)
);
-- What visitors wrote, as keyed hashes and sealed sketches: copied texts are found by them.
CREATE TABLE visit_texts (
    case_id TEXT PRIMARY KEY,
    household_id TEXT NOT NULL,
    visitor_id TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    sketch BYTEA,
    flag TEXT NOT NULL,
    like_case_id TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
CREATE INDEX visit_texts_visitor ON visit_texts (visitor_id, at);
CREATE INDEX role_grants_household ON role_grants (household_id) WHERE household_id <> '';

-- +goose Down
DROP INDEX role_grants_household;
DROP TABLE visit_texts;
DROP TABLE visit_duties;
