package ledger

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"shouwang/policy"
)

func TestParseDate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		want string // "" where it must be refused
	}{
		{"2026-11-22", "2026-11-22"}, {"2026/11/22", "2026-11-22"}, {"2026年11月22日", "2026-11-22"}, {"20261122", "2026-11-22"},
		{"1985-5-6", "1985-05-06"}, {"1985/5/6", "1985-05-06"}, {"1985年5月6日", "1985-05-06"}, {"1985年5月6", "1985-05-06"}, {"1985.5.6", "1985-05-06"},
		{"１９８５年５月６日", "1985-05-06"}, {" 1985 年 5 月 6 日 ", "1985-05-06"}, {"'19850506", "1985-05-06"}, {"1985-05-06 00:00:00", "1985-05-06"},
		{"1985-05-06T00:00:00", "1985-05-06"}, {"2024-02-29", "2024-02-29"}, {"1900-01-01", "1900-01-01"}, {"2100-12-31", "2100-12-31"},
		{"46348", "2026-11-22"}, {"46348.75", "2026-11-22"}, {"1", "1900-01-01"}, {"60", "1900-02-28"}, {"61", "1900-03-01"}, {"31173", "1985-05-06"},
		{"", ""}, {"2025-02-29", ""}, {"1985-13-01", ""}, {"1985-00-10", ""}, {"1985-05-32", ""}, {"19851332", ""}, {"1899-12-31", ""}, {"2101-01-01", ""},
		{"85-5-6", ""}, {"5/6/1985", ""}, {"八五年五月", ""}, {"1985年5月", ""}, {"1985", ""}, {"1899", "1905-03-13"}, {"2101", "1905-10-01"}, {"73415", "2100-12-31"}, {"73416", ""}, {"0", ""}, {"-5", ""}, {"123456", ""}, {"1e5", ""},
		{"198505060", ""}, {"不详", ""},
	} {
		got, ok := parseDate(c.in, false)
		require.Equal(t, c.want != "", ok, c.in)
		require.Equal(t, c.want, got.String(), c.in)
	}
	mac, ok := parseDate("44886", true)
	require.True(t, ok)
	require.Equal(t, "2026-11-22", mac.String(), "workbooks of old Macs count from 1904")
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-11-22", "2026/11/22", "2026年11月22日", "20261122", "46348", "60", "２０２６－１１－２２", "\xff", "99999.9"} {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, s string, mac bool) {
		d, ok := parseDate(s, mac)
		if !ok {
			require.True(t, d.IsZero())
			return
		}
		again, ok := parseDate(d.String(), mac)
		require.True(t, ok, "what was read can be read again")
		require.Equal(t, d, again)
		require.True(t, !d.Before(policy.NewDate(1900, time.January, 1)) && d.Before(policy.NewDate(2101, time.January, 1)), d)
	})
}

func TestParseMoney(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		wan  bool
		want int64
		ok   bool
	}{
		{"12345.6", false, 1_234_560, true}, {"12,345.60元", false, 1_234_560, true}, {"￥100", false, 10_000, true}, {"1.2万", false, 1_200_000, true},
		{"1.2万元", false, 1_200_000, true}, {"1.2", true, 1_200_000, true}, {"１２０００", false, 1_200_000, true}, {"0", false, 0, true}, {"0.015", false, 2, true},
		{"", false, 0, false}, {"-1", false, 0, false}, {"约三万", false, 0, false}, {"NaN", false, 0, false}, {"Inf", false, 0, false}, {"1e300", false, 0, false}, {"20000000000", false, 0, false},
	} {
		got, ok := parseMoney(c.in, c.wan)
		require.Equal(t, c.ok, ok, c.in)
		require.Equal(t, c.want, got, c.in)
	}
}

func TestParseWhole(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{"4": 4, "4人": 4, "４口人": 4, "4.0": 4, "0": 0, "1000": 1000, "": -1, "4.5": -1, "四": -1, "-1": -1, "1001": -1} {
		got, ok := parseWhole(in)
		require.Equal(t, want >= 0, ok, in)
		require.Equal(t, max(0, want), got, in)
	}
}

func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"12,345.60元", "1.2万", "5.19901198001011E+17", "１２", "NaN", "1e999", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if fen, ok := parseMoney(s, false); ok {
			require.True(t, fen >= 0 && fen <= 1e12)
		}
		if n, ok := parseWhole(s); ok {
			require.True(t, n >= 0 && n <= 1000)
		}
		out, lost := digits(s)
		require.False(t, strings.ContainsAny(out, " -"))
		require.True(t, !lost || len(out) >= 16)
		require.True(t, utf8.ValidString(fold(s)) || !utf8.ValidString(s))
		require.Equal(t, fold(s), fold(fold(s)), "folding twice changes nothing more")
	})
}

func TestDigits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, want string
		lost     bool
	}{
		{"51990119900101001x", "51990119900101001X", false}, {"'51990119900101001X ", "51990119900101001X", false}, {"５１９９ ０１１９", "51990119", false},
		{"5.19901198001011E+17", "519901198001011008", true}, {"1.6012345678E10", "16012345678", false}, {"160-1234-5678", "16012345678", false}, {"张三", "张三", false},
	} {
		got, lost := digits(c.in)
		require.Equal(t, c.lost, lost, c.in)
		if !lost {
			require.Equal(t, c.want, got, c.in)
		}
	}
}

func TestPinyin(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][2]string{
		"单晓东": {"shanxiaodong", "sxd"}, "曾庆红": {"zengqinghong", "zqh"}, "仇英": {"qiuying", "qy"}, "解兰": {"xielan", "xl"}, "区志强": {"ouzhiqiang", "ozq"},
		"查文": {"zhawen", "zw"}, "盖明": {"geming", "gm"}, "覃海": {"qinhai", "qh"}, "张重庆": {"zhangchongqing", "zcq"}, "单重庆": {"shanchongqing", "scq"},
		"欧阳娜": {"ouyangna", "oyn"}, "单于": {"shanyu", "sy"}, "单于飞": {"chanyufei", "cyf"}, "尉迟恭": {"yuchigong", "ycg"}, "王单": {"wangdan", "wd"},
		"吕布": {"lvbu", "lb"}, "Li Lei": {"lilei", "lilei"}, "阿依·古丽": {"ayiguli", "aygl"}, "": {"", ""}, "朴正": {"piaozheng", "pz"}, "任乐": {"renle", "rl"},
	} {
		full, initials := Pinyin(name)
		require.Equal(t, want, [2]string{full, initials}, name)
	}
}
