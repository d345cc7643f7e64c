-- +goose Up
-- What is looked for may be a name or a number: it is sealed. What was kept in the clear goes, and so does what still waited for it.
ALTER TABLE exports ADD COLUMN sealed_search BYTEA;
ALTER TABLE bulk_jobs ADD COLUMN sealed_search BYTEA;
UPDATE exports SET state = 'cancelled' WHERE filter LIKE '%"q":%' AND state IN ('waiting', 'running');
UPDATE exports SET filter = '{}' WHERE filter LIKE '%"q":%';
UPDATE bulk_jobs SET filter = '{}' WHERE filter LIKE '%"q":%';

-- +goose Down
ALTER TABLE exports DROP COLUMN sealed_search;
ALTER TABLE bulk_jobs DROP COLUMN sealed_search;
