package models

import (
	"time"

	"shouwang/procedure"
)

// Programme is a plan of rectification that many problems belong to: where it came
// from, its phases, its cut-off and the events that problems are due before (S003).
type Programme struct {
	ID         string `gorm:"primaryKey"`
	No         string
	Title      string
	RegionCode string
	// SourcePaper names the paper that found the problems, Plan is the text of the plan.
	SourcePaper string
	Plan        string
	// CutOff is the last day of the whole programme, 2006-01-02; "" when there is none.
	CutOff string
	Phases []Phase          `gorm:"serializer:json"`
	Events []ProgrammeEvent `gorm:"serializer:json"`
	// Seq counts the acts on the programme; who has not seen the last one is refused.
	Seq       int
	CreatedBy string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Kinds of phases: mobilisation, rectification, consolidation (S003).
const (
	PhaseMobilise    = "mobilise"
	PhaseRectify     = "rectify"
	PhaseConsolidate = "consolidate"
)

// Phase is a part of a programme, from its first to its last day, 2006-01-02.
type Phase struct {
	Kind  string `json:"kind"`
	Title string `json:"title"`
	From  string `json:"from"`
	Until string `json:"until"`
}

// ProgrammeEvent is something that problems are due before. On is its day,
// 2006-01-02, "" until it is known.
type ProgrammeEvent struct {
	Code  string `json:"code"`
	Title string `json:"title"`
	On    string `json:"on"`
}

// Event finds an event of the programme by its code.
func (p *Programme) Event(code string) (ProgrammeEvent, bool) {
	for _, e := range p.Events {
		if e.Code == code {
			return e, true
		}
	}
	return ProgrammeEvent{}, false
}

// Consolidation is the phase in which the close-outs are looked back upon.
func (p *Programme) Consolidation() (Phase, bool) {
	for _, ph := range p.Phases {
		if ph.Kind == PhaseConsolidate {
			return ph, true
		}
	}
	return Phase{}, false
}

// ProgrammeAct is one recorded act on a programme: append-only, numbered.
type ProgrammeAct struct {
	ID          string `gorm:"primaryKey"`
	ProgrammeID string
	Seq         int
	Kind        string // create, edit, bulletin, import
	Key         string
	ActorID     string
	ActorRole   procedure.Role
	At          time.Time
	Content     string // JSON
}

// ProgrammeProblem says that a problem belongs to a programme. RowKey tells problems
// of one programme apart by what they are about, so that none is listed twice.
type ProgrammeProblem struct {
	CaseID      string `gorm:"primaryKey"`
	ProgrammeID string
	RowKey      string
	JoinedAt    time.Time
}

// Bulletin is a 通报: the numbers of a programme frozen at a moment. Append-only.
type Bulletin struct {
	ID          string `gorm:"primaryKey"`
	ProgrammeID string
	No          int
	IssuedBy    string
	IssuedAt    time.Time
	Numbers     []byte // JSON
	SHA256      string `gorm:"column:sha256"`
}

// SupervisionNotice is the 督办通知 that goes with the assignment of a problem which
// is not put right on the spot, or, issued by the timer, with a limit that is over.
// Event is what brought it about: an event, or clock and rung as in "due.supervise".
// Append-only but for the moment of the reply.
type SupervisionNotice struct {
	ID         string `gorm:"primaryKey"`
	No         string
	CaseID     string
	Event      string
	DueOn      string
	IssuedBy   string
	IssuedRole procedure.Role
	IssuedAt   time.Time
	RepliedAt  *time.Time
}
