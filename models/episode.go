package models

import (
	"encoding/json"
	"time"
)

// MonitoringEpisode is one time for which a household is monitored (5.3), from its
// identification to the elimination of the risk. A rollback reopens the same
// episode, a later identification begins a new one.
type MonitoringEpisode struct {
	ID          string `gorm:"primaryKey"`
	HouseholdID string
	No          int // 1, 2, … of the household
	CaseID      string
	RegionCode  string
	OpenedAt    time.Time
	Category    string // a code of category_set
	FastLane    bool
	// ClosedAt is the day on which the risk was marked as eliminated, Method how
	// (assisted, natural), EliminationID the case that decided it.
	ClosedAt      *time.Time
	Method        string
	EliminationID string
	RolledBackAt  *time.Time
	RevokedAt     *time.Time
	Sealed        []byte // EpisodeSecret as JSON
}

// EpisodeSecret is the sealed part of an episode: class P3.
type EpisodeSecret struct {
	RiskTypes []string `json:"risk_types,omitempty"`
	OtherNote string   `json:"other_note,omitempty"`
	MustAdmit []string `json:"must_admit,omitempty"`
}

// SetSecret seals s into the episode.
func (m *MonitoringEpisode) SetSecret(v *Vault, s EpisodeSecret) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	m.Sealed = v.Seal("monitoring_episodes", "sealed", m.ID, raw)
	return nil
}

// Secret opens the sealed part.
func (m *MonitoringEpisode) Secret(v *Vault) (EpisodeSecret, error) {
	var s EpisodeSecret
	err := unseal(v, "monitoring_episodes", m.ID, m.Sealed, &s)
	return s, err
}
