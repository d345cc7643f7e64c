-- +goose Up
-- Outlines of areas, as the offices supply them, by version.
CREATE TABLE region_boundaries (
    region_code TEXT NOT NULL,
    version BIGINT NOT NULL,
    shape TEXT NOT NULL,
    center_lon DOUBLE PRECISION NOT NULL,
    center_lat DOUBLE PRECISION NOT NULL,
    sha256 TEXT NOT NULL,
    imported_by TEXT NOT NULL,
    imported_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (region_code, version)
);
CREATE TRIGGER region_boundaries_no_change BEFORE UPDATE OR DELETE ON region_boundaries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER region_boundaries_no_truncate BEFORE TRUNCATE ON region_boundaries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE region_boundaries;
