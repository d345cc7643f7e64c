package policy

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// IDKind tells an identity number from the number of a disability certificate, which begins with one.
type IDKind string

// The two kinds of number.
const (
	IDResident   IDKind = "resident"   // 18 characters, GB 11643
	IDDisability IDKind = "disability" // 20 or 22 characters
)

// Sex of a person as the identity number states it.
type Sex string

// The two values of the identity number.
const (
	Male   Sex = "male"
	Female Sex = "female"
)

// Title gives 男 or 女.
func (s Sex) Title() string {
	switch s {
	case Male:
		return "男"
	case Female:
		return "女"
	}
	return ""
}

// ID is a parsed identity number. Number is the canonical spelling: half-width, capital X, no separators. It is personal
// data: String gives the masked form, so that a log line cannot disclose it by accident.
type ID struct {
	Number string
	Kind   IDKind
	Region string // first six digits: county of first registration
	Birth  Date
	Sex    Sex
	// Disability type 1–7 and level 1–4, 0 for a resident number.
	DisabilityType, DisabilityLevel int
}

// String is the masked number.
func (id ID) String() string { return MaskID(id.Number) }

// Resident is the 18-character number within.
func (id ID) Resident() string { return id.Number[:min(18, len(id.Number))] }

// ParseID reads an identity number (18) or a disability certificate number (20 or 22), in full-width or with separators
// as people type it (DQ-20). The Fault's code says what is wrong: id_length, id_characters, id_placeholder, id_region,
// id_birth, id_check, id_disability. Its message does not repeat the number.
func ParseID(s string) (ID, error) {
	n := compact(s)
	count := utf8.RuneCountInString(n)
	if count != 18 && count != 20 && count != 22 {
		return ID{}, Fault{"id_length", "", fmt.Sprintf("证件号应为18位（残疾人证20位或22位），现为%d位", count)}
	}
	if len(n) != count || !allDigits(n[:17]) || !(isDigit(n[17]) || n[17] == 'X') {
		return ID{}, Fault{"id_characters", "", "证件号只能由数字组成，第18位可为X"}
	}
	if strings.HasPrefix(n, "999999") {
		return ID{}, Fault{"id_placeholder", "", "证件号以999999开头，是临时编号，不是身份证号"}
	}
	if !inProvince(n) {
		return ID{}, Fault{"id_region", "", "证件号前两位不是省级区划代码"}
	}
	birth, ok := birthOf(n)
	if !ok {
		return ID{}, Fault{"id_birth", "", "证件号中的出生日期不存在"}
	}
	if checkDigit(n) != n[17] {
		return ID{}, Fault{"id_check", "", "证件号校验位不符，可能有数字录错"}
	}
	id := ID{Number: n, Kind: IDResident, Region: n[:6], Birth: birth, Sex: Female}
	if (n[16]-'0')%2 == 1 {
		id.Sex = Male
	}
	if len(n) > 18 {
		return id.disability()
	}
	return id, nil
}

// disability reads what follows the identity number on a disability certificate: type, level, and on a reissued
// certificate two more characters such as B1.
func (id ID) disability() (ID, error) {
	kind, level := id.Number[18], id.Number[19]
	if kind < '1' || kind > '7' || level < '1' || level > '4' {
		return ID{}, Fault{"id_disability", "", "残疾人证号第19位应为1至7的类别，第20位应为1至4的等级"}
	}
	if tail := id.Number[20:]; tail != "" && !((tail[0] == 'B' || isDigit(tail[0])) && isDigit(tail[1])) {
		return ID{}, Fault{"id_disability", "", "残疾人证号末两位不符合补发编号的写法"}
	}
	id.Kind, id.DisabilityType, id.DisabilityLevel = IDDisability, int(kind-'0'), int(level-'0')
	return id, nil
}

// BirthDate reads the date of birth out of a number that ParseID accepts.
func BirthDate(number string) (Date, error) {
	id, err := ParseID(number)
	return id.Birth, err
}

// AgeOn gives the full years of age on a day; on the birthday itself the year is full. Before birth it is negative.
func AgeOn(birth, on Date) int {
	age := on.Year - birth.Year
	if on.Month < birth.Month || (on.Month == birth.Month && on.Day < birth.Day) {
		age--
	}
	return age
}

func birthOf(n string) (Date, bool) {
	if !allDigits(n[6:14]) {
		return Date{}, false
	}
	d := Date{number10(n[6:10]), time.Month(number10(n[10:12])), number10(n[12:14])}
	return d, d.Year >= 1900 && (d.usual() || d.Month >= 1 && d.Day >= 1 && NewDate(d.Year, d.Month, d.Day) == d)
}

// checkDigit computes the 18th character of GB 11643 (ISO 7064 MOD 11-2) from the first seventeen.
func checkDigit(n string) byte {
	sum := 0
	for i, w := range weights {
		sum += int(n[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

var weights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// inProvince tells whether the first two of some digits are the code of a province.
func inProvince(n string) bool { return provinces[number10(n[:2])] }

var provinces = [100]bool{11: true, 12: true, 13: true, 14: true, 15: true, 21: true, 22: true, 23: true, 31: true, 32: true, 33: true, 34: true, 35: true, 36: true, 37: true,
	41: true, 42: true, 43: true, 44: true, 45: true, 46: true, 50: true, 51: true, 52: true, 53: true, 54: true, 61: true, 62: true, 63: true, 64: true, 65: true, 71: true, 81: true, 82: true, 83: true, 91: true}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// ParseMobile reads a mobile number, in full-width, with separators or with +86, and gives its eleven digits (DQ-22).
func ParseMobile(s string) (string, error) {
	n := strings.TrimPrefix(compact(s), "+")
	for _, prefix := range []string{"0086", "86"} {
		if len(n) == 11+len(prefix) {
			n = strings.TrimPrefix(n, prefix)
		}
	}
	if !isMobile(n) {
		return "", Fault{"phone_invalid", "", "手机号应为11位数字，以13至19开头"}
	}
	return n, nil
}

func isMobile(n string) bool {
	return len(n) == 11 && allDigits(n) && n[0] == '1' && n[1] >= '3'
}

// MaskName keeps the first character, and the last one of names of three and more: 张*, 张*三, 欧**娜.
func MaskName(name string) string {
	r := []rune(strings.TrimSpace(name))
	switch len(r) {
	case 0:
		return ""
	case 1:
		return "*"
	case 2:
		return string(r[0]) + "*"
	}
	return string(r[0]) + strings.Repeat("*", len(r)-2) + string(r[len(r)-1])
}

// MaskID keeps the last four characters only, for the first ones with the birth date identify a person (domain 5.6).
func MaskID(number string) string {
	r := []rune(number)
	if len(r) < 8 {
		return strings.Repeat("*", len(r))
	}
	return strings.Repeat("*", len(r)-4) + string(r[len(r)-4:])
}

// MaskPhone gives 138****1234; of a number that is no mobile number the last two digits stay.
func MaskPhone(phone string) string {
	if n, err := ParseMobile(phone); err == nil {
		return n[:3] + "****" + n[7:]
	}
	r := []rune(phone)
	if len(r) < 5 {
		return strings.Repeat("*", len(r))
	}
	return strings.Repeat("*", len(r)-2) + string(r[len(r)-2:])
}

// MaskAddress keeps an address down to its village (村 or 社区), or to its township where no village is named; of an
// address that names neither nothing is left.
func MaskAddress(address string) string {
	start := 0
	for _, unit := range []string{"街道", "镇", "乡"} {
		if i := strings.Index(address, unit); i >= 0 {
			start = i + len(unit)
			break
		}
	}
	end := -1
	for _, unit := range []string{"村", "社区", "居委会"} {
		if i := strings.Index(address[start:], unit); i >= 0 && (end < 0 || start+i+len(unit) < end) {
			end = start + i + len(unit)
		}
	}
	if end < 0 {
		end = start
	}
	return address[:end]
}
