package models

import (
	"context"

	"gorm.io/gorm"
)

// SealNames seals the names of children and of files that stand in the clear, as they do in rows of before names were
// sealed, and those of nobody else. It may be interrupted and begun again.
func (s *Store) SealNames(ctx context.Context, tell func(Resealed)) (int, error) {
	children, err := s.sealChildren(ctx, tell)
	if err != nil {
		return children, err
	}
	files, err := s.sealFileNames(ctx, tell)
	return children + files, err
}

func (s *Store) sealChildren(ctx context.Context, tell func(Resealed)) (int, error) {
	done, last := 0, ""
	for {
		var rows []Person
		err := s.DB.WithContext(ctx).Where("id > ? AND NOT is_head AND substr(name, 1, 1) <> '#'", last).Order("id").Limit(resealBatch).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return done, err
		}
		err = s.Tx(ctx, func(tx *gorm.DB) error {
			for i := range rows {
				n, err := s.sealChild(tx, &rows[i])
				if err != nil {
					return err
				}
				done += n
			}
			return nil
		})
		if err != nil {
			return done, err
		}
		last = rows[len(rows)-1].ID
		tell(Resealed{"people.name", done})
	}
}

// sealChild leaves alone who is no child, and whom somebody has written meanwhile.
func (s *Store) sealChild(tx *gorm.DB, p *Person) (int, error) {
	before, name := p.Sealed, p.Name
	secret, err := p.Secret(s.Vault)
	if err == nil {
		err = p.SetSecret(s.Vault, secret)
	}
	if err != nil || p.Name == name {
		return 0, err
	}
	res := tx.Model(&Person{}).Where("id = ? AND sealed = ?", p.ID, before).UpdateColumns(map[string]any{"name": p.Name, "sealed": p.Sealed, "id_index": p.IDIndex, "phone_mark": p.PhoneMark, "index_key": p.IndexKey, "name_pinyin": p.NamePinyin, "name_abbr": p.NameAbbr})
	return int(res.RowsAffected), res.Error
}

func (s *Store) sealFileNames(ctx context.Context, tell func(Resealed)) (int, error) {
	done := 0
	for {
		var rows []Attachment
		err := s.DB.WithContext(ctx).Where("name <> '' AND sealed_name IS NULL").Order("id").Limit(resealBatch).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return done, err
		}
		err = s.Tx(ctx, func(tx *gorm.DB) error {
			for i := range rows {
				a := &rows[i]
				a.SetName(s.Vault, a.Name)
				if err := tx.Model(&Attachment{}).Where("id = ?", a.ID).UpdateColumns(map[string]any{"name": "", "sealed_name": a.SealedName}).Error; err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return done, err
		}
		done += len(rows)
		tell(Resealed{"attachments.name", done})
	}
}
