package api

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"shouwang/api/gen"
	"shouwang/models"
)

// The phone in the field. It keeps tasks, households and forms under a key that the server holds for the account and hands
// out to whoever has signed in with it.

// phoneKeySize is that of AES-256.
const phoneKeySize = 32

// OpenPhone gives the key of what the viewer has on his phones, the same each time.
func (s *server) OpenPhone(ctx context.Context, _ gen.OpenPhoneRequestObject) (gen.OpenPhoneResponseObject, error) {
	u := viewerOf(ctx).user
	key, err := s.phoneKey(ctx, u.ID)
	return gen.OpenPhone200JSONResponse{User: gen.UserRef{ID: u.ID, Name: u.Name}, Key: base64.StdEncoding.EncodeToString(key), Days: s.phoneDays}, err
}

func (s *server) phoneKey(ctx context.Context, user string) ([]byte, error) {
	db, vault := s.db(ctx), s.engine.Store.Vault
	var row models.PhoneKey
	err := db.Where("user_id = ?", user).Take(&row).Error
	if models.Missing(err) {
		key := make([]byte, phoneKeySize)
		rand.Read(key) // never fails since Go 1.24
		fresh := models.PhoneKey{UserID: user, Sealed: vault.Seal("phone_keys", "sealed", user, key), CreatedAt: s.now().UTC().Truncate(time.Microsecond)}
		// Another phone may have been first: what stands is read, not what was made.
		if err = db.Clauses(clause.OnConflict{DoNothing: true}).Create(&fresh).Error; err == nil {
			err = db.Where("user_id = ?", user).Take(&row).Error
		}
	}
	if err != nil {
		return nil, err
	}
	return vault.Open("phone_keys", "sealed", user, row.Sealed)
}

// CopyHousehold gives what is taken along to a household: what its page and its members show the viewer, and how the forms
// that he is going to fill in begin. That it left is kept.
func (s *server) CopyHousehold(ctx context.Context, r gen.CopyHouseholdRequestObject) (gen.CopyHouseholdResponseObject, error) {
	v := viewerOf(ctx)
	h, err := s.findHousehold(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	over, err := s.overHousehold(ctx, v, h)
	if err != nil {
		return nil, err
	}
	if err := s.logAccess(ctx, v, over, models.AccessLog{Action: "copy", Table: "households", RecordID: h.ID, HouseholdID: h.ID, Class: "P3"}); err != nil {
		return nil, err
	}
	household, err := s.GetHousehold(ctx, gen.GetHouseholdRequestObject{ID: h.ID})
	if err != nil {
		return nil, err
	}
	members, err := s.ListMembers(ctx, gen.ListMembersRequestObject{ID: h.ID})
	if err != nil {
		return nil, err
	}
	blanks, err := s.blanksOf(ctx, v, h.ID, r.Params.Forms)
	return gen.CopyHousehold200JSONResponse{Household: gen.Household(household.(gen.GetHousehold200JSONResponse)), Members: members.(gen.ListMembers200JSONResponse).Items, Blanks: blanks}, err
}

// blanksOf are the beginnings of some forms, their codes with commas between, about a household.
func (s *server) blanksOf(ctx context.Context, v *viewer, household, codes string) ([]gen.FormStart, error) {
	out := []gen.FormStart{}
	if codes == "" {
		return out, nil
	}
	at, err := s.recordSubject(ctx, v, household, "")
	if err != nil {
		return nil, err
	}
	for code := range strings.SplitSeq(codes, ",") {
		b, err := s.blank(ctx, v, code, at)
		if err != nil {
			return nil, err
		}
		out = append(out, gen.FormStart{Info: formInfo(b.Form), Answers: b.Answers})
	}
	return out, nil
}
