package ledger

import (
	"shouwang/internal/cell"
	"shouwang/internal/spell"
)

// How cells are read, which lists of departments share.
var (
	fold, tight, blank                = cell.Fold, cell.Tight, cell.Blank
	parseDate, parseWhole, parseMoney = cell.ParseDate, cell.ParseWhole, cell.ParseMoney
	digits                            = cell.Digits
)

// Pinyin spells a name as offices write it, in whatever width.
func Pinyin(name string) (full, initials string) { return spell.Pinyin(tight(name)) }
