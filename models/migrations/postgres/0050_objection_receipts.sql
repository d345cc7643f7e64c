-- +goose Up
-- What an objector is given to ask with, as a hash, and the case that tells how his objection stands.
CREATE TABLE objection_receipts (
    code_hash TEXT PRIMARY KEY,
    case_id TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

-- +goose Down
DROP TABLE objection_receipts;
