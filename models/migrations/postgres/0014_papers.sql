-- +goose Up
CREATE TABLE paper_numbers (
    office TEXT NOT NULL,
    year INTEGER NOT NULL,
    series TEXT NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (office, year, series)
);
CREATE TABLE issued_papers (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    office TEXT NOT NULL,
    office_name TEXT NOT NULL,
    year INTEGER NOT NULL,
    series TEXT NOT NULL,
    seq INTEGER NOT NULL,
    number TEXT NOT NULL,
    region_code TEXT NOT NULL,
    case_id TEXT NOT NULL,
    programme_id TEXT NOT NULL,
    person TEXT NOT NULL,
    class TEXT NOT NULL,
    frozen BYTEA NOT NULL,
    hash TEXT NOT NULL,
    pdf_sha256 TEXT NOT NULL,
    pdf_size BIGINT NOT NULL,
    docx_sha256 TEXT NOT NULL,
    docx_size BIGINT NOT NULL,
    issued_by TEXT NOT NULL REFERENCES users (id),
    issued_role TEXT NOT NULL,
    issued_at TIMESTAMPTZ NOT NULL,
    UNIQUE (office, year, series, seq)
);
CREATE INDEX issued_papers_case ON issued_papers (case_id);
CREATE INDEX issued_papers_region ON issued_papers (region_code, issued_at);
CREATE TRIGGER issued_papers_append_only BEFORE UPDATE OR DELETE ON issued_papers FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TABLE voided_papers (
    paper_id TEXT PRIMARY KEY REFERENCES issued_papers (id),
    key TEXT NOT NULL UNIQUE,
    reason TEXT NOT NULL,
    voided_by TEXT NOT NULL REFERENCES users (id),
    voided_role TEXT NOT NULL,
    voided_at TIMESTAMPTZ NOT NULL
);
CREATE TRIGGER voided_papers_append_only BEFORE UPDATE OR DELETE ON voided_papers FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE voided_papers;
DROP TABLE issued_papers;
DROP TABLE paper_numbers;
