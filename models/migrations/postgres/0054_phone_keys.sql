-- +goose Up
-- What an account's offline data on its phones is sealed with. A phone forgets it when the sign-in ends; whoever signs in
-- again with the same account is given it again.
CREATE TABLE phone_keys (
    user_id TEXT PRIMARY KEY REFERENCES users (id),
    sealed BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

-- +goose Down
DROP TABLE phone_keys;
