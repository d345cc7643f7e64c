-- +goose Up
-- When and where a picture was taken, and who drew a signature, sealed.
ALTER TABLE attachments ADD COLUMN sealed_facts BYTEA;

-- +goose Down
ALTER TABLE attachments DROP COLUMN sealed_facts;
