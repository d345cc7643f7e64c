package models

import "time"

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
}

// TableName of CampaignScope.
func (CampaignScope) TableName() string { return "campaign_scope" }

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
}

// VillageNumbers are those of one village.
type VillageNumbers struct {
	RegionCode string `json:"region_code"`
	Households int    `json:"households"`
	Done       int    `json:"done"`
}
