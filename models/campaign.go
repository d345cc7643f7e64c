package models

import (
	"time"

	"shouwang/procedure"
)

// CampaignVillage is a village that a campaign goes through, with its village form.
// Its households are listed after the campaign has come to the field.
type CampaignVillage struct {
	CampaignID string `gorm:"primaryKey"`
	RegionCode string `gorm:"primaryKey"`
	FormID     string
	ListedAt   *time.Time
}

// Results of a household in a campaign (S001). "" means that there is none yet.
const (
	ResultSurveyed      = "surveyed"
	ResultRemote        = "remote"
	ResultProxy         = "proxy"
	ResultLostContact   = "lost_contact_flagged"
	ResultNotApplicable = "not_applicable"
)

// CampaignScope is one household in the scope of a campaign.
type CampaignScope struct {
	CampaignID  string `gorm:"primaryKey"`
	HouseholdID string `gorm:"primaryKey"`
	RegionCode  string
	SurveyorID  string // who is to visit it, "" when anybody of the village may
	FormID      string // its household form, "" until it is opened
	Result      string
	// Exception is why the campaign went on without a result: a code of its list.
	Exception string
	Code      string // 户表编码, unique within the campaign
	// How often its form was visited, handed in, passed by the instructor and sent back.
	Visited, HandedIn, Passed, Returned int
}

// TableName of CampaignScope.
func (CampaignScope) TableName() string { return "campaign_scope" }

// CampaignMove is a household that was assigned to another surveyor and whose form is
// still to be handed over; it goes when that is done.
type CampaignMove struct {
	CampaignID  string `gorm:"primaryKey"`
	HouseholdID string `gorm:"primaryKey"`
	SurveyorID  string
	Key         string // of the act that moved it
	MovedBy     string
	MovedRole   procedure.Role
}

// Results of a household in a spot check. "" means that there is none yet.
const (
	SamplePass = "pass"
	SampleFail = "fail"
)

// CampaignSample is a household drawn for a spot check (S001 抽查验收). Round counts the
// spot checks of the campaign from 1; SurveyorID is who had asked it.
type CampaignSample struct {
	CampaignID  string `gorm:"primaryKey"`
	Round       int    `gorm:"primaryKey"`
	HouseholdID string `gorm:"primaryKey"`
	RegionCode  string
	SurveyorID  string
	Result      string
	Brief       string // what is wrong, without names
	FoundBy     string
	FoundAt     *time.Time
}

// CampaignDay is the progress of a campaign at the end of a day, "2006-01-02", so that
// yesterday's figures never change (S1-050). Append-only.
type CampaignDay struct {
	CampaignID string           `gorm:"primaryKey"`
	Day        string           `gorm:"primaryKey"`
	Progress   CampaignProgress `gorm:"serializer:json"`
	FrozenAt   time.Time
}

// CampaignProgress is how far a campaign had come by the end of a day: households by
// village, group and surveyor, and problems by village.
type CampaignProgress struct {
	Lines    []ProgressLine `json:"lines"`
	Problems []ProblemLine  `json:"problems"`
}

// ProgressLine counts the households of one surveyor in one group of a village: given
// to him, visited, handed in or found not to apply, passed by the instructor, and how
// often forms came back. All counts are from the beginning of the campaign.
type ProgressLine struct {
	RegionCode string `json:"region_code"`
	Group      string `json:"group"`
	SurveyorID string `json:"surveyor_id"`
	Assigned   int    `json:"assigned"`
	Visited    int    `json:"visited"`
	HandedIn   int    `json:"handed_in"`
	Passed     int    `json:"passed"`
	Returned   int    `json:"returned"`
}

// ProblemLine counts the problems of one village by class: found so far, closed of
// them, and past their day while still open.
type ProblemLine struct {
	RegionCode string `json:"region_code"`
	Class      string `json:"class"`
	Found      int    `json:"found"`
	Closed     int    `json:"closed"`
	Overdue    int    `json:"overdue"`
}

// CampaignFigure is what the report of a campaign froze. Append-only.
type CampaignFigure struct {
	ID         string `gorm:"primaryKey"`
	CampaignID string
	Figures    CampaignNumbers `gorm:"serializer:json"`
	FrozenAt   time.Time
}

// CampaignNumbers are the numbers of a campaign: households in scope, by result and
// by exception, and its problems.
type CampaignNumbers struct {
	Villages   int              `json:"villages"`
	Households int              `json:"households"`
	Results    map[string]int   `json:"results"`
	Exceptions map[string]int   `json:"exceptions"`
	Problems   int              `json:"problems"`
	Corrected  int              `json:"corrected"`
	ByVillage  []VillageNumbers `json:"by_village"`
	// ByProblem and Natures count the problems by area and class, and by nature; Exits those who have left poverty, nil
	// without any. Figures frozen by older releases lack them.
	ByProblem []ProblemLine   `json:"by_problem,omitempty"`
	Natures   []NatureNumbers `json:"natures"`
	Exits     *ExitNumbers    `json:"exits,omitempty"`
}

// NatureNumbers count the problems of one nature: a code of problem_nature_set, "" before it is known. Late ones are
// past their day and neither done nor handed in.
type NatureNumbers struct {
	Nature string `json:"nature"`
	Total  int    `json:"total"`
	Done   int    `json:"done"`
	Late   int    `json:"late"`
}

// ExitNumbers count the households and persons that have left poverty during a campaign, and the households by the
// kinds of help they had (S2-025).
type ExitNumbers struct {
	Households int            `json:"households"`
	Persons    int            `json:"persons"`
	ByHelp     map[string]int `json:"by_help"`
}

// VillageNumbers are those of one village.
type VillageNumbers struct {
	RegionCode string `json:"region_code"`
	Households int    `json:"households"`
	Done       int    `json:"done"`
	Lost       int    `json:"lost,omitempty"` // could not be reached
}
