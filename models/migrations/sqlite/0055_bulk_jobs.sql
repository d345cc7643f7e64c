-- +goose Up
-- One act on many tasks, chosen by a filter: looked at first, then done one by one. Each row has its own result.
CREATE TABLE bulk_jobs (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    action TEXT NOT NULL,
    event TEXT NOT NULL,
    assignee_id TEXT NOT NULL,
    filter TEXT NOT NULL,
    state TEXT NOT NULL,
    total INTEGER NOT NULL,
    lease_until DATETIME,
    created_at DATETIME NOT NULL,
    started_at DATETIME,
    ended_at DATETIME
);
CREATE INDEX bulk_jobs_mine ON bulk_jobs (user_id, created_at, id);
CREATE INDEX bulk_jobs_going ON bulk_jobs (created_at) WHERE state IN ('checking', 'running');
CREATE TABLE bulk_rows (
    id TEXT PRIMARY KEY,
    job_id TEXT NOT NULL REFERENCES bulk_jobs (id),
    no INTEGER NOT NULL,
    task_id TEXT NOT NULL,
    state TEXT NOT NULL,
    code TEXT NOT NULL,
    message BLOB
);
CREATE INDEX bulk_rows_state ON bulk_rows (job_id, state, no);

-- +goose Down
DROP TABLE bulk_rows;
DROP TABLE bulk_jobs;
