-- +goose Up
-- How often each act of a household form was done, counted as it is done: the cockpit of a county would otherwise read every act of
-- tens of thousands of forms.
ALTER TABLE campaign_scope ADD COLUMN visited INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign_scope ADD COLUMN handed_in INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign_scope ADD COLUMN passed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign_scope ADD COLUMN returned INTEGER NOT NULL DEFAULT 0;
UPDATE campaign_scope SET
  visited = (SELECT count(*) FROM case_events e WHERE e.case_id = form_id AND e.kind = 'event' AND e.event = 'visit'),
  handed_in = (SELECT count(*) FROM case_events e WHERE e.case_id = form_id AND e.kind = 'event' AND e.event IN ('hand_in', 'skip')),
  passed = (SELECT count(*) FROM case_events e WHERE e.case_id = form_id AND e.kind = 'event' AND e.event = 'instructor_pass'),
  returned = (SELECT count(*) FROM case_events e WHERE e.case_id = form_id AND e.kind = 'event' AND e.event IN ('instructor_return', 'joint_return', 'office_return', 'feedback'))
WHERE form_id <> '';

-- Closed cases are listed without passing over the open ones.
CREATE INDEX cases_county_closed ON cases (substr(region_code, 1, 6), due_at, id) WHERE closed_at IS NOT NULL;

-- +goose Down
DROP INDEX cases_county_closed;
ALTER TABLE campaign_scope DROP COLUMN visited;
ALTER TABLE campaign_scope DROP COLUMN handed_in;
ALTER TABLE campaign_scope DROP COLUMN passed;
ALTER TABLE campaign_scope DROP COLUMN returned;
