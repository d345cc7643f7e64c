// Package evidence is the form in which the record is proved: what the hash of an act covers, the leaves of the tree over
// all acts, its signed checkpoints, and the file with which one case is proved by itself. It needs no database and no
// server; docs/evidence.md says the same for those who write a verifier of their own.
package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Act is what the hash of a recorded act covers, in this order. All values are strings, whole numbers and booleans, so
// that encoding/json writes the same bytes everywhere.
type Act struct {
	Case    string `json:"case"`
	Seq     int    `json:"seq"`
	Step    int    `json:"step"`
	Kind    string `json:"kind"`
	Event   string `json:"event"`
	From    string `json:"from"`
	To      string `json:"to"`
	Actor   string `json:"actor"`
	Name    string `json:"name"`
	Role    string `json:"role"`
	Org     string `json:"org"`
	Behalf  bool   `json:"on_behalf"`
	For     string `json:"for,omitempty"` // left out where nobody stood in: older acts have no such field
	ForName string `json:"for_name,omitempty"`
	At      string `json:"at"`
	Key     string `json:"key"`
	Version int    `json:"version"`
	Policy  string `json:"policy"`
	Payload string `json:"payload"`
	Prev    string `json:"prev"`
}

// Entry is what the hash of an entry of the access log covers: who saw what. Seq is its number in the log and Prev the
// hash of the entry before it; both are given when it is sealed.
type Entry struct {
	Seq     int64  `json:"seq"`
	ID      string `json:"id"`
	At      string `json:"at"`
	User    string `json:"user"`
	For     string `json:"for"`
	Role    string `json:"role"`
	Action  string `json:"action"`
	Table   string `json:"table"`
	Record  string `json:"record"`
	Field   string `json:"field"`
	Class   string `json:"class"`
	Purpose string `json:"purpose"`
	Request string `json:"request"`
	// What follows is left out where there is nothing of it: older entries have no such fields.
	Case      string `json:"case,omitempty"`
	Household string `json:"household,omitempty"`
	Token     string `json:"token,omitempty"`
	Prev      string `json:"prev"`
}

// FormAct is what the hash of an act on a form record covers. Version is the number of the act on its record; Seq and Prev are
// given when it is sealed, as those of an Entry.
type FormAct struct {
	Seq     int64  `json:"seq"`
	ID      string `json:"id"`
	Record  string `json:"record"`
	Version int    `json:"version"`
	Action  string `json:"action"`
	Key     string `json:"key"`
	Actor   string `json:"actor"`
	Role    string `json:"role"`
	For     string `json:"for"`
	At      string `json:"at"`
	Payload string `json:"payload"`
	Prev    string `json:"prev"`
}

// Text is an Act, an Entry or a FormAct as it is hashed.
func Text[T Act | Entry | FormAct](v *T) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings, numbers and booleans always encode
	}
	return raw
}

// Hash is the SHA-256, in hex, over that text, which holds the hash of the one before it.
func Hash[T Act | Entry | FormAct](v *T) string { return Digest(Text(v)) }

// Digest is the SHA-256 of bytes in hex.
func Digest(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// FormHash covers the form of an act and its salt, without which a short form could be guessed from its hash.
func FormHash(salt string, form []byte) string {
	h := sha256.New()
	h.Write([]byte(salt))
	h.Write(form)
	return hex.EncodeToString(h.Sum(nil))
}

// Moment is a time as it is hashed.
func Moment(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
