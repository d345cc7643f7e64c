package procedure

// Kind is the type of a form field; it decides the input on the screen and the
// JSON type of the answer.
type Kind string

// JSON types: text, long, choice, date ("2006-01-02") and datetime (RFC 3339)
// are strings; integer, money (fen) and number are numbers; yes is a boolean;
// choices and files are arrays of strings; rows is an array of objects.
const (
	Text     Kind = "text"
	Long     Kind = "long"
	Date     Kind = "date"
	DateTime Kind = "datetime"
	Integer  Kind = "integer"
	Money    Kind = "money"
	Number   Kind = "number"
	Yes      Kind = "yes"
	Choice   Kind = "choice"
	Choices  Kind = "choices"
	Files    Kind = "files"
	Rows     Kind = "rows"
)

// Lists that a case gives, for OptionsFrom: the accounts that may be given the case,
// the events of its programme that a problem may be due before, and what a campaign
// takes its people and places from.
const (
	FromStaff           = "staff"
	FromHelpers         = "helpers" // who may be paired with the household
	FromProgrammeEvents = "programme_events"
	FromCampaignPeople  = "campaign_people"    // surveyors, instructors and group leaders of its area
	FromCampaignAreas   = "campaign_areas"     // its villages and townships
	FromProgrammes      = "programmes"         // the plans of rectification of its area
	FromTrainees        = "campaign_trainees"  // the surveyors it has named
	FromUncovered       = "campaign_uncovered" // its households without a result
)

// Class is the data class of section 3.3; it decides who sees an answer.
type Class string

// P0 public notice, P1 ordinary, P2 personal, P3 sensitive, P4 comparison
// results, P5 a complainant's identity.
const (
	P0 Class = "P0"
	P1 Class = "P1"
	P2 Class = "P2"
	P3 Class = "P3"
	P4 Class = "P4"
	P5 Class = "P5"
)

// ComputedField is where the record of an act keeps the checks it was taken on; no
// field of a form has this code.
const ComputedField = "computed"

// Option is one choice of a field.
type Option struct {
	Code  string `json:"code"`
	Title string `json:"title"`
}

// When makes a field apply only if another field has one of the given answers.
type When struct {
	Field string   `json:"field"`
	In    []string `json:"in"`
}

// Field is one question of a form.
type Field struct {
	Code     string   `json:"code"`
	Title    string   `json:"title"`
	Kind     Kind     `json:"kind"`
	Required bool     `json:"required,omitempty"`
	Class    Class    `json:"class"`
	Help     string   `json:"help,omitempty"`
	Options  []Option `json:"options,omitempty"`
	// OptionsKey is the policy code set that gives the options.
	OptionsKey string `json:"options_key,omitempty"`
	// OptionsFrom, in place of them, names a list that the case itself gives, such as
	// the accounts it may be assigned to. Only fields of events may have it.
	OptionsFrom string `json:"options_from,omitempty"`
	// Must is the only answer accepted for a yes field ("true"), as for 已告知农户.
	Must bool `json:"must,omitempty"`
	// Past refuses a date or a time that is still to come.
	Past bool     `json:"past,omitempty"`
	Min  *float64 `json:"min,omitempty"`
	Max  *float64 `json:"max,omitempty"`
	// MaxLen bounds a text in characters; 0 means 2000.
	MaxLen int   `json:"max_len,omitempty"`
	When   *When `json:"when,omitempty"`
	// Columns are the fields of each row of a Rows field.
	Columns []Field `json:"columns,omitempty"`
	// MaxRows bounds the rows of a table; 0 means as many as tables usually have.
	MaxRows int `json:"max_rows,omitempty"`
	// Fact keeps the answer with the case, where guards and later steps read it.
	// Only answers of class P0 or P1 may be facts.
	Fact bool `json:"fact,omitempty"`
	// Unit is that of a number, printed behind it: 升, 米, 平方米. Money is in fen and
	// shown in yuan, without one.
	Unit string `json:"unit,omitempty"`
	// Prefill names what the register gives as the first answer, such as household.head.
	Prefill string `json:"prefill,omitempty"`
}

func text(code, title string) Field {
	return Field{Code: code, Title: title, Kind: Text, Required: true, Class: P1, MaxLen: 200}
}
func long(code, title string) Field {
	return Field{Code: code, Title: title, Kind: Long, Required: true, Class: P1}
}
func date(code, title string) Field {
	return Field{Code: code, Title: title, Kind: Date, Required: true, Class: P1}
}
func instant(code, title string) Field {
	return Field{Code: code, Title: title, Kind: DateTime, Required: true, Class: P1}
}
func files(code, title string) Field {
	return Field{Code: code, Title: title, Kind: Files, Required: true, Class: P3}
}
func money(code, title string) Field {
	return Field{Code: code, Title: title, Kind: Money, Required: true, Class: P2, Min: num(0)}
}
func yes(code, title string) Field {
	return Field{Code: code, Title: title, Kind: Yes, Required: true, Class: P1}
}
func must(code, title string) Field {
	return Field{Code: code, Title: title, Kind: Yes, Required: true, Class: P1, Must: true}
}
func integer(code, title string, min, max float64) Field {
	return Field{Code: code, Title: title, Kind: Integer, Required: true, Class: P1, Min: &min, Max: &max}
}
func choice(code, title string, opts ...Option) Field {
	return Field{Code: code, Title: title, Kind: Choice, Required: true, Class: P1, Options: opts}
}
func choiceOf(code, title, key string) Field {
	return Field{Code: code, Title: title, Kind: Choice, Required: true, Class: P1, OptionsKey: key}
}
func choiceFrom(code, title, from string) Field {
	return Field{Code: code, Title: title, Kind: Choice, Required: true, Class: P1, OptionsFrom: from}
}
func choicesOf(code, title, key string) Field {
	return Field{Code: code, Title: title, Kind: Choices, Required: true, Class: P1, OptionsKey: key}
}

func (f Field) optional() Field     { f.Required = false; return f }
func (f Field) fact() Field         { f.Fact = true; return f }
func (f Field) class(c Class) Field { f.Class = c; return f }
func (f Field) past() Field         { f.Past = true; return f }
func (f Field) help(h string) Field { f.Help = h; return f }
func (f Field) maxLen(n int) Field  { f.MaxLen = n; return f }
func (f Field) when(field string, in ...string) Field {
	f.When = &When{Field: field, In: in}
	return f
}

func num(v float64) *float64 { return &v }

// reason is the written reason that every return, refusal and cancellation carries (2.0 #4).
var reason = long("reason", "理由")
