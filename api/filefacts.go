package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"shouwang/api/gen"
	"shouwang/forms"
	"shouwang/models"
	"shouwang/procedure"
)

// What is told of a file: when and where a picture was taken, who drew a signature. The device says it, so it is looked at
// like anything else that is typed, and shown only to who may open the file.

// drawnSignature is the kind of a file of a form that was drawn on a screen.
const drawnSignature = "signature"

// mostFacts bounds what is told of a file, in bytes.
const mostFacts = 4 << 10

// asksSignature are the questions that a signature answers.
var asksSignature = regexp.MustCompile(`(^|_)signatures?$`)

var sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)

// readFacts reads what is told of a file as one JSON value without unknown members.
func readFacts(part io.Reader) (models.FileFacts, error) {
	wrong := badRequest("wrong_format", "facts 的写法不对")
	raw, err := io.ReadAll(io.LimitReader(part, mostFacts+1))
	if err != nil {
		return models.FileFacts{}, formError(err)
	}
	if len(raw) > mostFacts || !isText(string(raw)) {
		return models.FileFacts{}, wrong
	}
	var in gen.FileFacts
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	if dec.Decode(&in) != nil {
		return models.FileFacts{}, wrong
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return models.FileFacts{}, wrong
	}
	if !factsUsable(&in) {
		return models.FileFacts{}, wrong
	}
	return factsGiven(&in), nil
}

// factsUsable reports whether what is told can be shown again: the bounds of the specification.
func factsUsable(in *gen.FileFacts) bool {
	in.Signed.Name = strings.TrimSpace(in.Signed.Name)
	within := func(s string, most int) bool { return utf8.RuneCountInString(s) <= most }
	at, place, s := in.TakenAt, in.Place, in.Signed
	return (at.IsZero() || at.Year() >= 2000 && at.Year() < 2200) &&
		(place == gen.FilePlace{} || place.Longitude >= 73 && place.Longitude <= 136 && place.Latitude >= 3 && place.Latitude <= 54 && place.Accuracy >= 0 && place.Accuracy <= 100_000) &&
		(s == gen.FileSigned{} || s.Name != "") && within(s.Name, 30) && within(s.Place, 60) && within(s.Relation, 30) && within(s.Reason, 200) &&
		(in.Original == gen.FileOriginal{} || sha256Hex.MatchString(in.Original.Sha256) && in.Original.Size > 0)
}

func factsGiven(in *gen.FileFacts) models.FileFacts {
	var out models.FileFacts
	if !in.TakenAt.IsZero() {
		at := in.TakenAt.UTC().Truncate(time.Second)
		out.TakenAt = &at
	}
	if p := in.Place; p != (gen.FilePlace{}) {
		out.Place = &models.FilePlace{Longitude: p.Longitude, Latitude: p.Latitude, Accuracy: p.Accuracy}
	}
	if s := in.Signed; s != (gen.FileSigned{}) {
		out.Signed = &models.FileSigned{Place: s.Place, Name: s.Name, Proxy: s.Proxy, Relation: strings.TrimSpace(s.Relation), Reason: strings.TrimSpace(s.Reason)}
	}
	if o := in.Original; o != (gen.FileOriginal{}) {
		out.Original = &models.FileOriginal{SHA256: o.Sha256, Size: o.Size}
	}
	return out
}

// factsSeen is what v is shown of what is told of a file: all of it or nothing. It has names and places in it, whatever the
// class of the file.
func (s *server) factsSeen(v *viewer, see sight, a *models.Attachment) (gen.FileFacts, error) {
	var out gen.FileFacts
	if a.UploadedBy != v.user.ID && see.of(procedure.P3) != full {
		return out, nil
	}
	f, err := a.Facts(s.engine.Store.Vault)
	if f == nil || err != nil {
		return out, err
	}
	if f.TakenAt != nil {
		out.TakenAt = *f.TakenAt
	}
	if p := f.Place; p != nil {
		out.Place = gen.FilePlace{Longitude: p.Longitude, Latitude: p.Latitude, Accuracy: p.Accuracy}
	}
	if x := f.Signed; x != nil {
		out.Signed = gen.FileSigned{Place: x.Place, Name: x.Name, Proxy: x.Proxy, Relation: x.Relation, Reason: x.Reason}
	}
	if o := f.Original; o != nil {
		out.Original = gen.FileOriginal{Sha256: o.SHA256, Size: o.Size}
	}
	return out, nil
}

// signPlaces are the places of a form's paper where somebody signs by hand; a seal is not drawn.
func signPlaces(f *forms.Form) []string {
	out := []string{}
	for _, x := range f.Signatures {
		if !x.Seal {
			out = append(out, x.Title)
		}
	}
	return out
}

// signedOnCase looks at what is told of who signed a file of a case: its kind is the place to sign.
func signedOnCase(up *upload) error {
	by := up.facts.Signed
	switch {
	case by == nil:
		return nil
	case !asksSignature.MatchString(up.kind) || by.Place != "":
		return invalidField("facts.signed", "not_a_signature", "只有签名才写签名人")
	}
	return proxyTold(by)
}

// signedOnRecord looks at a signature that was drawn for a form: for one of its places, by somebody, and not blank.
func (s *server) signedOnRecord(ctx context.Context, rec *models.FormRecord, up *upload) error {
	by := up.facts.Signed
	if up.kind != drawnSignature {
		if by != nil {
			return invalidField("facts.signed", "not_a_signature", "只有手写签名才写签名人")
		}
		return nil
	}
	if by == nil {
		return invalidField("facts.signed", "required", "请写明签名人和签字处")
	}
	f, ok := forms.Standard.Find(forms.Key(rec.Form, rec.Version))
	if !ok || !slices.Contains(signPlaces(f), by.Place) {
		return invalidField("facts.signed.place", "unknown_place", "表上没有这个签字处")
	}
	if err := proxyTold(by); err != nil {
		return err
	}
	look, err := s.lookOf(ctx, up)
	if err == nil && look == 0 {
		return invalidField("file", "signature_blank", "签名是空白的，或者太小、太大，请重签")
	}
	return err
}

// proxyTold wants of a signature for somebody else who signs and why.
func proxyTold(by *models.FileSigned) error {
	switch {
	case by.Proxy && by.Relation == "":
		return invalidField("facts.signed.relation", "required", "代签的，请填写代签人与本人的关系")
	case by.Proxy && by.Reason == "":
		return invalidField("facts.signed.reason", "required", "代签的，请填写原因")
	}
	return nil
}
