-- +goose Up
CREATE TABLE clock_stops (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    cause TEXT NOT NULL,
    basis TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_for TEXT NOT NULL,
    asked_role TEXT NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at TIMESTAMPTZ,
    approved BOOLEAN NOT NULL,
    resumed_by TEXT NOT NULL,
    resumed_at TIMESTAMPTZ
);
CREATE INDEX clock_stops_case ON clock_stops (case_id, asked_at);

-- +goose Down
DROP TABLE clock_stops;
