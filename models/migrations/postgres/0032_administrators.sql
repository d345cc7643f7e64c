-- +goose Up
-- The area whose administrators keep an account; '' for those that are kept by where they have their posts.
ALTER TABLE users ADD COLUMN area TEXT NOT NULL DEFAULT '';
-- Who granted a post, '' for the command line and for posts that follow from a case. Nobody grants himself.
ALTER TABLE role_grants ADD COLUMN granted_by TEXT NOT NULL DEFAULT '' CHECK (granted_by = '' OR granted_by <> user_id);

-- What two administrators of different kinds decide together: one asks, the other answers, and it is about neither.
CREATE TABLE admin_requests (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    grant_id TEXT NOT NULL,
    role TEXT NOT NULL,
    region_code TEXT NOT NULL,
    valid_from TIMESTAMPTZ,
    valid_to TIMESTAMPTZ,
    reason TEXT NOT NULL,
    asked_by TEXT NOT NULL REFERENCES users (id),
    asked_role TEXT NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    state TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_role TEXT NOT NULL,
    decided_at TIMESTAMPTZ,
    note TEXT NOT NULL,
    CHECK (asked_by <> user_id AND decided_by <> user_id AND decided_by <> asked_by AND (decided_role = '' OR decided_role <> asked_role))
);
CREATE INDEX admin_requests_user ON admin_requests (user_id, state);
CREATE INDEX admin_requests_asked ON admin_requests (asked_at, id);

-- What administrators have done, here or on the command line.
CREATE TABLE admin_acts (
    seq BIGINT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at TIMESTAMPTZ NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    kind TEXT NOT NULL,
    region_code TEXT NOT NULL,
    target TEXT NOT NULL,
    target_id TEXT NOT NULL,
    target_name TEXT NOT NULL,
    detail TEXT NOT NULL,
    prev TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX admin_acts_region ON admin_acts (region_code, seq);
CREATE INDEX access_logs_at ON access_logs (at, id);

CREATE TRIGGER admin_acts_append_only BEFORE UPDATE OR DELETE ON admin_acts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER admin_acts_no_truncate BEFORE TRUNCATE ON admin_acts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Whoever administers the system has no other post at the same time, and does nothing in a case. The account is
-- locked, so that two posts that are granted at once see each other.
-- +goose StatementBegin
CREATE FUNCTION refuse_second_post() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM users WHERE id = NEW.user_id FOR UPDATE;
    IF EXISTS (
        SELECT 1 FROM role_grants o WHERE o.user_id = NEW.user_id AND o.id <> NEW.id AND o.role <> NEW.role
            AND (o.role IN ('sys_admin', 'sec_admin', 'log_admin') OR NEW.role IN ('sys_admin', 'sec_admin', 'log_admin'))
            AND (o.valid_to IS NULL OR o.valid_to > NEW.valid_from) AND (NEW.valid_to IS NULL OR NEW.valid_to > o.valid_from)) THEN
        RAISE EXCEPTION 'administrators have no other post';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER role_grants_exclusive BEFORE INSERT OR UPDATE ON role_grants FOR EACH ROW EXECUTE FUNCTION refuse_second_post();
ALTER TABLE case_events ADD CONSTRAINT case_events_no_administrator CHECK (actor_role NOT IN ('sys_admin', 'sec_admin', 'log_admin'));

-- +goose Down
ALTER TABLE case_events DROP CONSTRAINT case_events_no_administrator;
DROP TRIGGER role_grants_exclusive ON role_grants;
DROP FUNCTION refuse_second_post();
DROP INDEX access_logs_at;
DROP TABLE admin_acts;
DROP TABLE admin_requests;
ALTER TABLE role_grants DROP COLUMN granted_by;
ALTER TABLE users DROP COLUMN area;
