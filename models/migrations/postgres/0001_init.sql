-- +goose Up
CREATE TABLE regions (
    code TEXT PRIMARY KEY,
    parent TEXT NOT NULL,
    level TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL
);
CREATE INDEX regions_parent ON regions (parent);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    disabled BOOLEAN NOT NULL,
    failed_logins INTEGER NOT NULL,
    locked_until TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE role_grants (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    region_code TEXT NOT NULL,
    dept TEXT NOT NULL,
    household_id TEXT NOT NULL,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);
CREATE INDEX role_grants_user ON role_grants (user_id);
CREATE INDEX role_grants_role ON role_grants (role, region_code);
CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    ip TEXT NOT NULL,
    agent TEXT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

-- What is searched by its beginning compares byte by byte, as in SQLite.
CREATE TABLE households (
    id TEXT PRIMARY KEY,
    no TEXT COLLATE "C" NOT NULL UNIQUE,
    region_code TEXT NOT NULL,
    group_name TEXT NOT NULL,
    head_name TEXT COLLATE "C" NOT NULL,
    head_pinyin TEXT COLLATE "C" NOT NULL,
    head_abbr TEXT COLLATE "C" NOT NULL,
    population INTEGER NOT NULL,
    base_type TEXT NOT NULL,
    status TEXT NOT NULL,
    sealed BYTEA,
    source_hash TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    row_version INTEGER NOT NULL
);
CREATE INDEX households_region ON households (region_code, id);
CREATE INDEX households_status ON households (status, region_code, id);
-- Searches stay within a county, so that a common name costs no more in a province.
CREATE INDEX households_name ON households (substr(region_code, 1, 6), head_name, id);
CREATE INDEX households_pinyin ON households (substr(region_code, 1, 6), head_pinyin, id);
CREATE INDEX households_abbr ON households (substr(region_code, 1, 6), head_abbr, id);
CREATE INDEX households_number ON households (substr(region_code, 1, 6), no, id);
CREATE TABLE people (
    id TEXT PRIMARY KEY,
    household_id TEXT NOT NULL REFERENCES households (id),
    ord INTEGER NOT NULL,
    name TEXT NOT NULL,
    is_head BOOLEAN NOT NULL,
    id_index TEXT UNIQUE,
    sealed BYTEA,
    left_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX people_household ON people (household_id, ord);

CREATE TABLE policy_rows (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    region_code TEXT NOT NULL,
    value TEXT NOT NULL,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ,
    basis TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX policy_rows_key ON policy_rows (key, region_code, valid_from);
CREATE TABLE policy_snapshots (
    hash TEXT PRIMARY KEY,
    body BYTEA NOT NULL
);

CREATE TABLE cases (
    id TEXT PRIMARY KEY,
    no TEXT COLLATE "C" NOT NULL UNIQUE,
    procedure TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    former_state TEXT NOT NULL,
    step INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    step_seq INTEGER NOT NULL,
    head_hash TEXT NOT NULL,
    household_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    region_code TEXT NOT NULL,
    dept TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    facts TEXT NOT NULL,
    returns INTEGER NOT NULL,
    policy_hash TEXT NOT NULL,
    opened_by TEXT NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    wake_at TIMESTAMPTZ,
    closed_at TIMESTAMPTZ,
    solo_key TEXT UNIQUE,
    stuck TEXT NOT NULL
);
CREATE INDEX cases_household ON cases (household_id, procedure);
CREATE INDEX cases_parent ON cases (parent_id);
CREATE INDEX cases_region ON cases (region_code, due_at, id);
CREATE INDEX cases_state ON cases (substr(region_code, 1, 6), procedure, state, due_at, id);
-- One list by due date for the offices of each level.
CREATE INDEX cases_township ON cases (substr(region_code, 1, 9), due_at, id);
CREATE INDEX cases_county ON cases (substr(region_code, 1, 6), due_at, id);
CREATE INDEX cases_number ON cases (substr(region_code, 1, 6), no, id);
CREATE INDEX cases_dept ON cases (substr(region_code, 1, 6), dept, due_at, id) WHERE dept <> '';
CREATE INDEX cases_opener ON cases (opened_by, region_code);
CREATE INDEX cases_open ON cases (due_at, id) WHERE closed_at IS NULL;

CREATE TABLE case_events (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    seq INTEGER NOT NULL,
    step INTEGER NOT NULL,
    kind TEXT NOT NULL,
    event TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    actor_org TEXT NOT NULL,
    on_behalf BOOLEAN NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    policy_hash TEXT NOT NULL,
    payload BYTEA,
    salt TEXT NOT NULL,
    payload_hash TEXT NOT NULL,
    prev TEXT NOT NULL,
    hash TEXT NOT NULL,
    reply TEXT,
    run_id TEXT NOT NULL,
    UNIQUE (case_id, seq),
    UNIQUE (case_id, key)
);
CREATE INDEX case_events_opened ON case_events (key) WHERE kind = 'open';
CREATE TABLE submissions (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL,
    key TEXT NOT NULL,
    event TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    body BYTEA,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (case_id, key)
);
CREATE INDEX submissions_body ON submissions (created_at) WHERE body IS NOT NULL;
CREATE TABLE endorsements (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL,
    step INTEGER NOT NULL,
    event TEXT NOT NULL,
    user_id TEXT NOT NULL,
    user_name TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (case_id, step, event, user_id)
);

CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    step INTEGER NOT NULL,
    procedure TEXT NOT NULL,
    state TEXT NOT NULL,
    role TEXT NOT NULL,
    queue TEXT NOT NULL,
    region_code TEXT NOT NULL,
    subject TEXT NOT NULL,
    assignee_id TEXT NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    closed_at TIMESTAMPTZ,
    closed_by TEXT NOT NULL
);
CREATE INDEX tasks_inbox ON tasks (queue, due_at, id) WHERE closed_at IS NULL;
CREATE INDEX tasks_mine ON tasks (assignee_id, due_at, id) WHERE closed_at IS NULL AND assignee_id <> '';
CREATE INDEX tasks_field_work ON tasks (region_code, case_id) WHERE role = 'surveyor';
CREATE INDEX tasks_case ON tasks (case_id, closed_at);

CREATE TABLE clocks (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    code TEXT NOT NULL,
    run INTEGER NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    anchor_at TIMESTAMPTZ NOT NULL,
    budget TEXT NOT NULL,
    ladder TEXT NOT NULL,
    lost_days INTEGER NOT NULL,
    lost_until TEXT NOT NULL,
    last_day TEXT NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    provisional BOOLEAN NOT NULL,
    paused_at TIMESTAMPTZ,
    stopped_at TIMESTAMPTZ,
    last_no INTEGER NOT NULL,
    next_at TIMESTAMPTZ,
    fire_at TIMESTAMPTZ,
    UNIQUE (case_id, code, run)
);
CREATE INDEX clocks_running ON clocks (case_id) WHERE stopped_at IS NULL;
CREATE INDEX clocks_provisional ON clocks (provisional) WHERE stopped_at IS NULL AND provisional;
CREATE TABLE clock_rungs (
    clock_id TEXT NOT NULL REFERENCES clocks (id),
    no INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    action TEXT NOT NULL,
    level TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    fired_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (clock_id, no)
);
CREATE INDEX clock_rungs_case ON clock_rungs (case_id);
CREATE TABLE messages (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    clock_id TEXT NOT NULL,
    rung_no INTEGER NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    urgent BOOLEAN NOT NULL,
    deliver_at TIMESTAMPTZ NOT NULL,
    read_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (clock_id, rung_no, user_id)
);
CREATE INDEX messages_user ON messages (user_id, deliver_at, id);

CREATE TABLE attachments (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    mime TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    class TEXT NOT NULL,
    uploaded_by TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX attachments_case ON attachments (case_id, kind);
CREATE TABLE public_notices (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    region_code TEXT NOT NULL,
    title TEXT NOT NULL,
    sheet TEXT NOT NULL,
    phone TEXT NOT NULL,
    posted_at TIMESTAMPTZ NOT NULL,
    until_at TIMESTAMPTZ NOT NULL,
    taken_down TIMESTAMPTZ
);
CREATE INDEX public_notices_region ON public_notices (region_code, posted_at, id);
CREATE INDEX public_notices_case ON public_notices (case_id);

CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    target_id TEXT NOT NULL,
    event TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    done_at TIMESTAMPTZ,
    note TEXT NOT NULL
);
CREATE INDEX outbox_open ON outbox (case_id, id) WHERE done_at IS NULL;
CREATE TABLE workflow_runs (
    run_id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    closed_at TIMESTAMPTZ,
    history BYTEA
);
CREATE INDEX workflow_runs_case ON workflow_runs (case_id);
CREATE INDEX workflow_runs_unarchived ON workflow_runs (started_at) WHERE history IS NULL;

CREATE TABLE access_logs (
    id TEXT PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,
    user_id TEXT NOT NULL,
    role TEXT NOT NULL,
    action TEXT NOT NULL,
    tbl TEXT NOT NULL,
    record_id TEXT NOT NULL,
    field TEXT NOT NULL,
    class TEXT NOT NULL,
    purpose TEXT NOT NULL,
    request_id TEXT NOT NULL
);
CREATE INDEX access_logs_record ON access_logs (tbl, record_id, at);
CREATE TABLE import_batches (
    id TEXT PRIMARY KEY,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    user_id TEXT NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'recorded acts are append-only';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER case_events_append_only BEFORE UPDATE OR DELETE ON case_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER access_logs_append_only BEFORE UPDATE OR DELETE ON access_logs FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE meta;
DROP TABLE import_batches;
DROP TABLE access_logs;
DROP TABLE workflow_runs;
DROP TABLE outbox;
DROP TABLE public_notices;
DROP TABLE attachments;
DROP TABLE messages;
DROP TABLE clock_rungs;
DROP TABLE clocks;
DROP TABLE tasks;
DROP TABLE endorsements;
DROP TABLE submissions;
DROP TABLE case_events;
DROP TABLE cases;
DROP TABLE policy_snapshots;
DROP TABLE policy_rows;
DROP TABLE people;
DROP TABLE households;
DROP TABLE sessions;
DROP TABLE role_grants;
DROP TABLE users;
DROP TABLE regions;
DROP FUNCTION refuse_change();
