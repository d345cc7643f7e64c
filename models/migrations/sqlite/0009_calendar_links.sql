-- +goose Up
-- One private address per account at which calendar programs fetch its deadlines;
-- only the hash of its secret part is kept.
CREATE TABLE calendar_links (
    user_id TEXT PRIMARY KEY REFERENCES users (id),
    token_hash TEXT NOT NULL UNIQUE,
    created_at DATETIME NOT NULL,
    fetched_at DATETIME
);

-- +goose Down
DROP TABLE calendar_links;
