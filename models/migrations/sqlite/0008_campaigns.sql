-- +goose Up
-- The villages of a campaign, and every household in its scope with its result: none
-- may stay without one.
CREATE TABLE campaign_villages (
    campaign_id TEXT NOT NULL REFERENCES cases (id),
    region_code TEXT NOT NULL,
    form_id TEXT NOT NULL,
    listed_at DATETIME,
    PRIMARY KEY (campaign_id, region_code)
);
-- What is still to be listed, and below what is still to be opened.
CREATE INDEX campaign_villages_waiting ON campaign_villages (campaign_id) WHERE listed_at IS NULL;

CREATE TABLE campaign_scope (
    campaign_id TEXT NOT NULL REFERENCES cases (id),
    household_id TEXT NOT NULL REFERENCES households (id),
    region_code TEXT NOT NULL,
    surveyor_id TEXT NOT NULL,
    form_id TEXT NOT NULL,
    result TEXT NOT NULL,
    exception TEXT NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (campaign_id, household_id)
);
CREATE INDEX campaign_scope_village ON campaign_scope (campaign_id, region_code);
CREATE INDEX campaign_scope_surveyor ON campaign_scope (campaign_id, surveyor_id);
CREATE INDEX campaign_scope_form ON campaign_scope (form_id);
CREATE INDEX campaign_scope_waiting ON campaign_scope (campaign_id) WHERE form_id = '';
CREATE INDEX campaign_scope_open ON campaign_scope (campaign_id) WHERE result = '' AND exception = '';
CREATE UNIQUE INDEX campaign_scope_code ON campaign_scope (campaign_id, code) WHERE code <> '';

-- The numbers of a campaign as its report froze them.
CREATE TABLE campaign_figures (
    id TEXT PRIMARY KEY,
    campaign_id TEXT NOT NULL REFERENCES cases (id),
    figures TEXT NOT NULL,
    frozen_at DATETIME NOT NULL
);
CREATE INDEX campaign_figures_campaign ON campaign_figures (campaign_id, id);

-- +goose StatementBegin
CREATE TRIGGER campaign_figures_no_update BEFORE UPDATE ON campaign_figures
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER campaign_figures_no_delete BEFORE DELETE ON campaign_figures
BEGIN
    SELECT RAISE(ABORT, 'recorded acts are append-only');
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE campaign_figures;
DROP TABLE campaign_scope;
DROP TABLE campaign_villages;
