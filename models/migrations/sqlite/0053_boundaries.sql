-- +goose Up
-- Outlines of areas, as the offices supply them, by version.
CREATE TABLE region_boundaries (
    region_code TEXT NOT NULL,
    version INTEGER NOT NULL,
    shape TEXT NOT NULL,
    center_lon REAL NOT NULL,
    center_lat REAL NOT NULL,
    sha256 TEXT NOT NULL,
    imported_by TEXT NOT NULL,
    imported_at DATETIME NOT NULL,
    PRIMARY KEY (region_code, version)
);
-- +goose StatementBegin
CREATE TRIGGER region_boundaries_no_update BEFORE UPDATE ON region_boundaries
BEGIN
    SELECT RAISE(ABORT, 'region_boundaries is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER region_boundaries_no_delete BEFORE DELETE ON region_boundaries
BEGIN
    SELECT RAISE(ABORT, 'region_boundaries is append-only');
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE region_boundaries;
