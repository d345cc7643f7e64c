-- +goose Up
-- What a surveyor has had to do with is found at once, without passing over the forms of his village that were given to others.
CREATE INDEX tasks_field_work_forms ON tasks (region_code, assignee_id, case_id) WHERE role = 'surveyor' AND procedure = 'household_form';
CREATE INDEX tasks_field_work_others ON tasks (region_code, case_id) WHERE role = 'surveyor' AND procedure <> 'household_form';

-- +goose Down
DROP INDEX tasks_field_work_forms;
DROP INDEX tasks_field_work_others;
