-- +goose Up
-- People are listed and searched by name, village by village. Where the household of a person is stands with him, so that no search
-- leaves the county; how his name is spelled stands beside it, that of a child as a keyed hash (decision 32).
ALTER TABLE people ADD COLUMN region_code TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN name_pinyin TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN name_abbr TEXT COLLATE "C" NOT NULL DEFAULT '';
-- What is searched by its beginning compares byte by byte, as in SQLite.
ALTER TABLE people ALTER COLUMN name TYPE TEXT COLLATE "C";
CREATE INDEX people_place ON people (region_code, household_id, id);
CREATE INDEX people_county_name ON people (substr(region_code, 1, 6), name, id);
CREATE INDEX people_given ON people (substr(region_code, 1, 6), substr(name, 2), id);
CREATE INDEX people_pinyin ON people (substr(region_code, 1, 6), name_pinyin, id);
CREATE INDEX people_abbr ON people (substr(region_code, 1, 6), name_abbr, id);
-- Rows of before, which wait to be placed and spelled.
CREATE INDEX people_unplaced ON people (id) WHERE region_code = '';
-- +goose StatementBegin
CREATE FUNCTION place_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.region_code := (SELECT region_code FROM households WHERE id = NEW.household_id);
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER people_placed BEFORE INSERT OR UPDATE OF household_id ON people FOR EACH ROW EXECUTE FUNCTION place_person();

-- One index for each way a list is sorted.
CREATE INDEX households_village_pinyin ON households (region_code, head_pinyin, id);
CREATE INDEX households_village_updated ON households (region_code, updated_at, id);
CREATE INDEX households_updated ON households (substr(region_code, 1, 6), updated_at, id);
CREATE INDEX cases_region_opened ON cases (region_code, opened_at, id);
CREATE INDEX cases_township_opened ON cases (substr(region_code, 1, 9), opened_at, id);
CREATE INDEX cases_county_opened ON cases (substr(region_code, 1, 6), opened_at, id);
CREATE INDEX tasks_inbox_opened ON tasks (queue, opened_at, id) WHERE closed_at IS NULL;

-- How somebody has a list shown, and the conditions he keeps for it.
CREATE TABLE list_settings (
    user_id TEXT NOT NULL REFERENCES users (id),
    list TEXT NOT NULL,
    columns TEXT NOT NULL,
    density TEXT NOT NULL,
    saved TEXT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, list)
);

-- +goose Down
DROP TABLE list_settings;
DROP INDEX tasks_inbox_opened;
DROP INDEX cases_county_opened;
DROP INDEX cases_township_opened;
DROP INDEX cases_region_opened;
DROP INDEX households_updated;
DROP INDEX households_village_updated;
DROP INDEX households_village_pinyin;
DROP TRIGGER people_placed ON people;
DROP FUNCTION place_person();
DROP INDEX people_unplaced;
DROP INDEX people_abbr;
DROP INDEX people_pinyin;
DROP INDEX people_given;
DROP INDEX people_county_name;
DROP INDEX people_place;
ALTER TABLE people ALTER COLUMN name TYPE TEXT COLLATE "default";
ALTER TABLE people DROP COLUMN name_abbr;
ALTER TABLE people DROP COLUMN name_pinyin;
ALTER TABLE people DROP COLUMN region_code;
