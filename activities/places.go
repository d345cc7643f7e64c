package activities

import (
	"context"
	"slices"
	"strings"

	"shouwang/forms"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// HouseholdPlace is where a household lives, and from which record that is known.
type HouseholdPlace struct {
	HouseholdID string
	policy.Place
	Source string // the title of the form or procedure
}

// placeForm is the form for the places of households (S0-047).
const placeForm = "f3"

// mostPlaces bounds the places of one village that are read at once.
const mostPlaces = 5000

// placeActs are the acts that record where a household lives, the less certain first: a form of a campaign tells where it was
// filled in.
var placeActs = []struct{ procedure, event string }{{"household_form", "visit"}, {"identification", "submit_verification"}}

// Places are the recorded places of the households of a village: of form F3, of their identification, or else of the last
// visit of a campaign. They are sealed with those records and kept nowhere else, so that each is read where it was written.
// More tells that there are others.
func (e *Engine) Places(ctx context.Context, village string) (places []HouseholdPlace, more bool, err error) {
	at := map[string]HouseholdPlace{}
	for _, act := range placeActs {
		rows, cut, err := e.placeEvents(ctx, village, act.procedure, act.event)
		if err != nil {
			return nil, false, err
		}
		more = more || cut
		for i := range rows {
			form, err := e.Payload(&rows[i].CaseEvent)
			if err != nil {
				return nil, false, err
			}
			if p := placeOf(form); p != nil {
				at[rows[i].Home] = HouseholdPlace{rows[i].Home, *p, procedureTitle(act.procedure)}
			}
		}
	}
	var records []models.FormRecord
	err = e.Store.DB.WithContext(ctx).Where("region_code = ? AND form = ? AND state = ?", village, placeForm, models.RecordFinal).Order("id").Limit(mostPlaces).Find(&records).Error
	if err != nil {
		return nil, false, err
	}
	for i := range records {
		var answers, computed map[string]any
		if err := records[i].Open(e.Store.Vault, &answers, &computed); err != nil {
			return nil, false, err
		}
		if p := placeOf(answers); p != nil {
			at[records[i].SubjectID] = HouseholdPlace{records[i].SubjectID, *p, formTitle(&records[i])}
		}
	}
	for _, p := range at {
		places = append(places, p)
	}
	slices.SortFunc(places, func(a, b HouseholdPlace) int { return strings.Compare(a.HouseholdID, b.HouseholdID) })
	return places, more, nil
}

// placeEvent is an act with the household that its case is about.
type placeEvent struct {
	models.CaseEvent
	Home string
}

// placeEvents are the acts of a kind in the cases of a village, oldest first.
func (e *Engine) placeEvents(ctx context.Context, village, name, event string) (rows []placeEvent, more bool, err error) {
	err = e.Store.DB.WithContext(ctx).Model(&models.CaseEvent{}).Select("case_events.*, cases.household_id AS home").
		Joins("JOIN cases ON cases.id = case_events.case_id").
		Where("cases.region_code = ? AND cases.procedure = ? AND case_events.kind = ? AND case_events.event = ?", village, name, "event", event).
		Order("case_events.at DESC, case_events.id DESC").Limit(mostPlaces + 1).Scan(&rows).Error
	if more = len(rows) > mostPlaces; more {
		rows = rows[:mostPlaces]
	}
	slices.Reverse(rows)
	return rows, more, err
}

func formTitle(r *models.FormRecord) string {
	if f, ok := forms.Standard.Find(forms.Key(r.Form, r.Version)); ok {
		return f.Title
	}
	return r.Form
}

func procedureTitle(name string) string {
	d, _ := procedure.Latest(name)
	return d.Title
}
