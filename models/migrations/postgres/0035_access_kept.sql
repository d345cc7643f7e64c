-- +goose Up
-- An entry of the access log may go when it is sealed and older than six months: its hash stays in log_leaves. The law wants six
-- months; how much longer is policy, which the command that removes entries looks at.
-- +goose StatementBegin
CREATE FUNCTION keep_access_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.at >= now() - interval '6 months' OR NOT EXISTS (SELECT 1 FROM log_leaves WHERE ref = OLD.id) THEN
        RAISE EXCEPTION 'recorded acts are append-only';
    END IF;
    RETURN OLD;
END
$$;
-- +goose StatementEnd
DROP TRIGGER access_logs_append_only ON access_logs;
CREATE TRIGGER access_logs_append_only BEFORE UPDATE ON access_logs FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER access_logs_kept BEFORE DELETE ON access_logs FOR EACH ROW EXECUTE FUNCTION keep_access_log();

-- +goose Down
DROP TRIGGER access_logs_kept ON access_logs;
DROP TRIGGER access_logs_append_only ON access_logs;
CREATE TRIGGER access_logs_append_only BEFORE UPDATE OR DELETE ON access_logs FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP FUNCTION keep_access_log();
