package models

import (
	"time"

	"gorm.io/gorm"

	"shouwang/procedure"
)

// IssuedPaper is an official paper that has been issued: numbered within its office, year and series without gaps, its
// text frozen, its two files kept under their hashes. Append-only; it is voided by a row of its own.
type IssuedPaper struct {
	ID    string `gorm:"primaryKey"`
	Key   string
	Kind  string
	Title string
	// Office is the code of the area whose office issues it, Series the word of its number (督, 公 …), Number the whole,
	// such as 青禾乡振督〔2026〕7号.
	Office     string
	OfficeName string
	Year       int
	Series     string
	Seq        int
	Number     string
	// RegionCode, CaseID and ProgrammeID are what it is about; the last two may be empty.
	RegionCode  string
	CaseID      string
	ProgrammeID string
	// Person is the head of the household it goes to, class P1; "" when it goes to none.
	Person string
	// Class is the most sensitive class of data in it.
	Class procedure.Class
	// Frozen is the sealed text as JSON, Hash its SHA-256 in hex.
	Frozen     []byte
	Hash       string
	PDFSHA256  string `gorm:"column:pdf_sha256"`
	PDFSize    int64
	DOCXSHA256 string `gorm:"column:docx_sha256"`
	DOCXSize   int64
	IssuedBy   string
	IssuedRole procedure.Role
	IssuedAt   time.Time
}

// VoidedPaper says that an issued paper no longer holds, and why. Its number is not used again. Append-only.
type VoidedPaper struct {
	PaperID    string `gorm:"primaryKey"`
	Key        string
	Reason     string
	VoidedBy   string
	VoidedRole procedure.Role
	VoidedAt   time.Time
}

// PaperNumber is the last number taken of an office, a year and a series.
type PaperNumber struct {
	Office string `gorm:"primaryKey"`
	Year   int    `gorm:"primaryKey"`
	Series string `gorm:"primaryKey"`
	Last   int
}

// NextPaperNumber takes the next number of an office, a year and a series. Whoever asks at the same time waits; a number
// taken by a transaction that is rolled back is given to the next one, so that there are no gaps.
func NextPaperNumber(tx *gorm.DB, office string, year int, series string) (int, error) {
	var n int
	err := tx.Raw(`INSERT INTO paper_numbers (office, year, series, last) VALUES (?, ?, ?, 1)
		ON CONFLICT (office, year, series) DO UPDATE SET last = paper_numbers.last + 1 RETURNING last`, office, year, series).Scan(&n).Error
	return n, err
}
