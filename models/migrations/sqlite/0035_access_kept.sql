-- +goose Up
-- An entry of the access log may go when it is sealed and older than six months: its hash stays in log_leaves. The law wants six
-- months; how much longer is policy, which the command that removes entries looks at.
DROP TRIGGER access_logs_no_delete;

-- +goose StatementBegin
CREATE TRIGGER access_logs_no_delete BEFORE DELETE ON access_logs
WHEN coalesce(julianday(OLD.at) >= julianday('now', '-6 months'), 1) OR NOT EXISTS (SELECT 1 FROM log_leaves WHERE ref = OLD.id)
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER access_logs_no_delete;

-- +goose StatementBegin
CREATE TRIGGER access_logs_no_delete BEFORE DELETE ON access_logs
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd
