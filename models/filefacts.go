package models

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// FileFacts are what the device and who stood before it said of a file: when and where a picture was taken, who signed,
// and what a picture was before it was made lighter. They are as sensitive as the file, and sealed beside it.
type FileFacts struct {
	// Salt keeps the hash that stands with the act from being guessed from.
	Salt     string        `json:"salt"`
	TakenAt  *time.Time    `json:"taken_at,omitempty"` // by the device's clock
	Place    *FilePlace    `json:"place,omitempty"`
	Signed   *FileSigned   `json:"signed,omitempty"`
	Original *FileOriginal `json:"original,omitempty"`
}

// FilePlace is where a picture was taken, in degrees, known to so many metres.
type FilePlace struct {
	Longitude float64 `json:"longitude"`
	Latitude  float64 `json:"latitude"`
	Accuracy  float64 `json:"accuracy"`
}

// FileSigned is who drew a signature: himself, or for the one whose place it is, with his relation and the reason.
type FileSigned struct {
	Place    string `json:"place,omitempty"` // the place to sign on the paper of a form, as it is titled there
	Name     string `json:"name"`
	Proxy    bool   `json:"proxy,omitempty"`
	Relation string `json:"relation,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// FileOriginal is the picture as it was taken: whoever has it can prove that it is this one.
type FileOriginal struct {
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

// Said reports whether anything is told at all.
func (f *FileFacts) Said() bool {
	return f.TakenAt != nil || f.Place != nil || f.Signed != nil || f.Original != nil
}

// SetFacts seals what is told of the file. Of the same file and words the hash is the same, so that an upload may come again.
func (a *Attachment) SetFacts(v *Vault, f FileFacts) error {
	if !f.Said() {
		return nil
	}
	f.Salt = v.Print("facts:" + a.ID)
	raw, err := json.Marshal(f)
	if err != nil {
		return err
	}
	a.SealedFacts = v.Seal("attachments", "sealed_facts", a.ID, raw)
	return nil
}

// Facts are what is told of the file, nil if nothing is.
func (a *Attachment) Facts(v *Vault) (*FileFacts, error) {
	raw, err := a.factsSaid(v)
	if raw == nil || err != nil {
		return nil, err
	}
	var f FileFacts
	return &f, json.Unmarshal(raw, &f)
}

// FactsHash is the hash of what is told of the file, "" if nothing is. The record of the upload keeps it.
func (a *Attachment) FactsHash(v *Vault) (string, error) {
	raw, err := a.factsSaid(v)
	if raw == nil || err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

func (a *Attachment) factsSaid(v *Vault) ([]byte, error) {
	if a.SealedFacts == nil {
		return nil, nil
	}
	return v.Open("attachments", "sealed_facts", a.ID, a.SealedFacts)
}
