package policy

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// withCheck completes an invented number with its check character.
func withCheck(first17 string) string { return first17 + string(checkDigit(first17)) }

func TestParseID(t *testing.T) {
	t.Parallel()
	id, err := ParseID("11010519491231002X") // the example of GB 11643
	require.NoError(t, err)
	require.Equal(t, ID{Number: "11010519491231002X", Kind: IDResident, Region: "110105", Birth: mustDate("1949-12-31"), Sex: Female}, id)
	require.Equal(t, "**************002X", fmt.Sprint(id), "printing discloses nothing")

	for _, spelling := range []string{
		"11010519491231002x", "１１０１０５１９４９１２３１００２Ｘ", "110105 19491231 002X", "110105-19491231-002x", "\u200b110105194912310\u200b02X", "１１０１０５—1949·1231—００２ｘ",
	} {
		same, err := ParseID(spelling)
		require.NoError(t, err, spelling)
		require.Equal(t, id, same)
	}
	male, err := ParseID("440524188001010014")
	require.ErrorContains(t, err, "出生日期") // before 1900
	require.Equal(t, ID{}, male)
	male, err = ParseID(withCheck("51092319900101011"))
	require.NoError(t, err)
	require.Equal(t, Male, male.Sex)
	require.Equal(t, "男", male.Sex.Title())
	require.Equal(t, "女", id.Sex.Title())
	birth, err := BirthDate("11010519491231002X")
	require.NoError(t, err)
	require.Equal(t, mustDate("1949-12-31"), birth)
}

func TestParseIDRefuses(t *testing.T) {
	t.Parallel()
	good := withCheck("51092319900101011")
	for code, numbers := range map[string][]string{
		"id_length":      {"", "510923900101011", good[:17], good + "1", good + "123", "五一〇九二三"},
		"id_characters":  {"5109231990010101X1", "51092319900101O11" + good[17:], "51092319900101011Y", "5109231990010101**"},
		"id_placeholder": {withCheck("99999919900101011")},
		"id_region":      {withCheck("16092319900101011"), withCheck("00092319900101011")},
		"id_birth":       {withCheck("51092319900230011"), withCheck("51092319901301011"), withCheck("51092318991231011"), withCheck("51092320230229011")},
		"id_check":       {"110105194912310021", "110105194912310020"},
		"id_disability":  {good + "84", good + "15", good + "01", good + "10", good + "14C1", good + "14BB"},
	} {
		for _, n := range numbers {
			_, err := ParseID(n)
			var f Fault
			require.ErrorAs(t, err, &f, n)
			require.Equal(t, code, f.Code, n)
			if len(n) > 4 && code != "id_placeholder" {
				require.NotContains(t, f.Message, n[:5], "the message must not repeat the number")
			}
		}
	}
	for _, n := range []string{withCheck("51092320240229011"), withCheck("51092319000101011")} {
		_, err := ParseID(n)
		require.NoError(t, err)
	}
}

func TestDisabilityCertificate(t *testing.T) {
	t.Parallel()
	base := withCheck("51092319900101011")
	for tail, want := range map[string][2]int{"11": {1, 1}, "74": {7, 4}, "42B1": {4, 2}, "4201": {4, 2}} {
		id, err := ParseID(base + tail)
		require.NoError(t, err, tail)
		require.Equal(t, IDDisability, id.Kind)
		require.Equal(t, want, [2]int{id.DisabilityType, id.DisabilityLevel})
		require.Equal(t, base, id.Resident())
		require.Equal(t, mustDate("1990-01-01"), id.Birth)
	}
}

func TestCheckDigitFindsTypingErrors(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := withCheck(fmt.Sprintf("510923%s%03d", NewDate(1930, 1, 1+rapid.IntRange(0, 34000).Draw(t, "day")).Start().Format("20060102"),
			rapid.IntRange(0, 999).Draw(t, "seq")))
		_, err := ParseID(n)
		require.NoError(t, err)
		i := rapid.IntRange(0, 16).Draw(t, "at")
		wrong := []byte(n)
		wrong[i] = '0' + (wrong[i]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		_, err = ParseID(string(wrong))
		require.Error(t, err, "one wrong digit is always found")
		if j := i + 1; j < 17 && n[i] != n[j] {
			swapped := []byte(n)
			swapped[i], swapped[j] = swapped[j], swapped[i]
			_, err = ParseID(string(swapped))
			require.Error(t, err, "two digits exchanged are always found")
		}
	})
}

func TestAgeOn(t *testing.T) {
	t.Parallel()
	birth := mustDate("2012-02-29")
	for on, age := range map[string]int{
		"2026-02-28": 13, "2026-03-01": 14, "2028-02-28": 15, "2028-02-29": 16, "2012-02-29": 0, "2012-02-28": -1,
	} {
		require.Equal(t, age, AgeOn(birth, mustDate(on)), on)
	}
}

func TestParseMobile(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"13800001234", "１３８００００１２３４", "138-0000-1234", "+86 138 0000 1234", "008613800001234", "8613800001234", "138 0000\u200b1234"} {
		n, err := ParseMobile(s)
		require.NoError(t, err, s)
		require.Equal(t, "13800001234", n)
	}
	for _, s := range []string{"", "1380000123", "138000012345", "12800001234", "03800001234", "1380000123x", "0825-6621234", "一三八"} {
		_, err := ParseMobile(s)
		require.Error(t, err, s)
	}
	_, err := ParseMobile("19900001234")
	require.NoError(t, err)
}

func TestMasks(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"": "", "张": "*", "张三": "张*", "张小三": "张*三", "欧阳小娜": "欧**娜", " 张三 ": "张*", "阿依·买买提": "阿****提"} {
		require.Equal(t, want, MaskName(in))
	}
	for in, want := range map[string]string{"11010519491231002X": "**************002X", "1234567": "*******", "12345678": "****5678", "": ""} {
		require.Equal(t, want, MaskID(in))
	}
	for in, want := range map[string]string{"13800001234": "138****1234", "138 0000 1234": "138****1234", "08256621234": "*********34", "110": "***", "": ""} {
		require.Equal(t, want, MaskPhone(in))
	}
	for in, want := range map[string]string{
		"蓬溪县赤城镇红旗村3组12号": "蓬溪县赤城镇红旗村", "某县某街道和平社区5栋302室": "某县某街道和平社区", "某县某乡街上12号": "某县某乡",
		"人民路12号": "", "": "", "某县柳村镇前进村二组": "某县柳村镇前进村",
	} {
		require.Equal(t, want, MaskAddress(in))
	}
}

func FuzzParseID(f *testing.F) {
	for _, s := range []string{"11010519491231002X", "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X42B1", "110105-19491231-002x", "", "\xff\xfe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseID(s)
		if err != nil {
			require.Equal(t, ID{}, id)
			return
		}
		again, err := ParseID(id.Number)
		require.NoError(t, err)
		require.Equal(t, id, again)
		require.False(t, strings.Contains(id.String(), id.Number[:14]))
		require.True(t, utf8.ValidString(MaskName(s)) || !utf8.ValidString(s))
	})
}
