-- +goose Up
-- Keys of blind indexes stand beside the data keys. One is known to all servers before it is used (used_at), and the older ones are
-- asked until nothing bears them any more (done_at).
ALTER TABLE data_keys ADD COLUMN kind TEXT NOT NULL DEFAULT 'data';
ALTER TABLE data_keys ADD COLUMN used_at DATETIME;
ALTER TABLE data_keys ADD COLUMN done_at DATETIME;

-- Under which key the indexes of a row were computed; 0 is that of the key file.
ALTER TABLE people ADD COLUMN index_key INTEGER NOT NULL DEFAULT 0;
ALTER TABLE households ADD COLUMN index_key INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dept_matches ADD COLUMN index_key INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE dept_matches DROP COLUMN index_key;
ALTER TABLE households DROP COLUMN index_key;
ALTER TABLE people DROP COLUMN index_key;
DELETE FROM data_keys WHERE kind <> 'data';
ALTER TABLE data_keys DROP COLUMN done_at;
ALTER TABLE data_keys DROP COLUMN used_at;
ALTER TABLE data_keys DROP COLUMN kind;
