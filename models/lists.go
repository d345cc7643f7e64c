package models

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/internal/spell"
)

// ListSetting is how somebody has a list shown: which columns, how close the rows stand, and the conditions he keeps by name.
type ListSetting struct {
	UserID    string   `gorm:"primaryKey"`
	List      string   `gorm:"primaryKey"`
	Columns   []string `gorm:"serializer:json"`
	Density   string
	Saved     []SavedFilter `gorm:"serializer:json"`
	UpdatedAt time.Time     `gorm:"autoUpdateTime:false"`
}

// SavedFilter is a set of conditions with a name. Nothing that people are searched by is among them.
type SavedFilter struct {
	Name   string            `json:"name"`
	Filter map[string]string `json:"filter"`
	First  bool              `json:"first,omitempty"` // it holds when the list is opened
}

// spelled are the spelling of a name and its initials as they stand in the row of a person, for search. What is known about a
// child is of class P3: its spelling is a keyed hash, found by the whole of it alone, and initials, which a few thousand children
// of a county share, do not stand anywhere (decision 32).
func (p *Person) spelled(k indexKey, name string, child bool) (full, initials string) {
	full, initials = spell.Pinyin(name)
	if child {
		return k.spelling(full), ""
	}
	return full, initials
}

// SpellingMarks are all that may stand for the spelling of a child's name.
func (v *Vault) SpellingMarks(pinyin string) []string { return underEach(v, pinyin, indexKey.spelling) }

// PlacePeople gives the people of before their place and the spelling of their name, in batches between which others work on.
// It may be interrupted and begun again: what is done is passed by.
func (s *Store) PlacePeople(ctx context.Context, tell func(Resealed)) (int, error) {
	done, last := 0, ""
	for {
		var rows []Person
		err := s.DB.WithContext(ctx).Where("region_code = '' AND id > ?", last).Order("id").Limit(resealBatch).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return done, err
		}
		err = s.Tx(ctx, func(tx *gorm.DB) error {
			for i := range rows {
				if err := s.placePerson(tx, &rows[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return done, err
		}
		done, last = done+len(rows), rows[len(rows)-1].ID
		tell(Resealed{"people.region_code", done})
	}
}

// placePerson leaves the spelling of whom somebody has written meanwhile.
func (s *Store) placePerson(tx *gorm.DB, p *Person) error {
	stood, child := p.Name, strings.HasPrefix(p.Name, sealedName)
	if child {
		if _, err := p.Secret(s.Vault); err != nil {
			return err
		}
	}
	set := map[string]any{"region_code": gorm.Expr("(SELECT region_code FROM households WHERE households.id = people.household_id)")}
	if err := tx.Table("people").Where("id = ?", p.ID).UpdateColumns(set).Error; err != nil {
		return err
	}
	k, known := s.Vault.numbered(p.IndexKey)
	if !known {
		k = s.Vault.writing()
	}
	full, initials := p.spelled(k, p.Name, child)
	return tx.Model(&Person{}).Where("id = ? AND name = ? AND index_key = ?", p.ID, stood, p.IndexKey).UpdateColumns(map[string]any{"name_pinyin": full, "name_abbr": initials}).Error
}
