-- +goose Up
CREATE TABLE resident_months (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    region_code TEXT NOT NULL,
    month TEXT NOT NULL,
    seq INTEGER NOT NULL,
    key TEXT NOT NULL UNIQUE,
    days INTEGER NOT NULL,
    long_plan BOOLEAN NOT NULL,
    annual_plan BOOLEAN NOT NULL,
    accident_insured BOOLEAN NOT NULL,
    illness_insured BOOLEAN NOT NULL,
    tasks_done BOOLEAN NOT NULL,
    note TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at DATETIME NOT NULL,
    UNIQUE (user_id, region_code, month, seq)
);

-- +goose StatementBegin
CREATE TRIGGER resident_months_no_update BEFORE UPDATE ON resident_months
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER resident_months_no_delete BEFORE DELETE ON resident_months
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE resident_months;
