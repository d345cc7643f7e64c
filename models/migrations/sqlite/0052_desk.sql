-- +goose Up
-- What somebody has done, and what he has opened, the newest first.
CREATE INDEX case_events_actor ON case_events (actor_id, at, id) WHERE actor_id <> '';
CREATE INDEX cases_started ON cases (opened_by, opened_at, id) WHERE opened_by <> '';

-- Who is told of an act without having to act himself (抄送): by a colleague, or because the procedure says so (from_id '').
CREATE TABLE case_copies (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    seq INTEGER NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    from_id TEXT NOT NULL,
    at DATETIME NOT NULL,
    read_at DATETIME,
    UNIQUE (case_id, seq, user_id)
);
CREATE INDEX case_copies_user ON case_copies (user_id, at, id);

-- 常用意见 of a person, in his order.
CREATE TABLE usual_opinions (
    user_id TEXT NOT NULL REFERENCES users (id),
    place INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (user_id, place)
);

-- +goose Down
DROP TABLE usual_opinions;
DROP TABLE case_copies;
DROP INDEX cases_started;
DROP INDEX case_events_actor;
