package passrules

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func codes(p Profile, password string, words ...string) []string {
	var out []string
	for _, f := range p.Check(password, words...) {
		if f.Message == "" || f.Field != "new" {
			out = append(out, "empty fault")
		}
		out = append(out, f.Code)
	}
	return out
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		password    string
		mlps3, asvs []string
	}{
		{"Willow-bridge-27", nil, nil},
		{"willow bridge stone", []string{"password_simple"}, nil},
		{"柳湾桥头三棵老槐树看见了", []string{"password_simple"}, nil},
		{"Wb-27-stone", nil, []string{"password_short"}},
		{"Wb-27-sto", []string{"password_short"}, []string{"password_short"}},
		{"Password2026!", []string{"password_common"}, []string{"password_common"}},
		{"P@ssw0rd-2026", []string{"password_common"}, []string{"password_common"}},
		{"Iloveyou123!!", []string{"password_common"}, []string{"password_common"}},
		{"Woaini1314521!", []string{"password_common"}, []string{"password_common"}},
		{"aaaaBBBB1111", []string{"password_common"}, []string{"password_common"}},
		{"qwertyuiopasdf", []string{"password_simple", "password_common"}, []string{"password_common"}},
		{"1qaz2wsx3edc4", []string{"password_simple", "password_common"}, []string{"password_common"}},
		{"Shouwang-2026-x", []string{"password_context"}, []string{"password_context"}},
		{"sh0uwang-LOVE-x", []string{"password_context"}, []string{"password_context"}},
		{"LiYouTian-27-bridge", []string{"password_context"}, []string{"password_context"}},
		{"戴文静-27-Bridge", []string{"password_context"}, []string{"password_context"}},
		{"Aa1-" + strings.Repeat("桥头x", 66), []string{"password_long"}, []string{"password_long"}},
	} {
		require.Equal(t, c.mlps3, codes(MLPS3, c.password, "liyoutian", "戴文静"), c.password)
		require.Equal(t, c.asvs, codes(ASVS, c.password, "liyoutian", "戴文静"), c.password)
	}
	require.Nil(t, codes(MLPS3, "Li-27-Bridge-stone", "li"), "a very short name forbids nothing")
	require.Nil(t, codes(ASVS, strings.Repeat("a long sentence of words ", 7)), "64 characters and more are welcome")
}

// ASVS 5.0, 6.2.4 asks for 3,000 common passwords. Few of them are long enough for our rules as they are; all are refused
// with the digits and signs around them by which people make them long enough.
func TestTheListIsLongEnough(t *testing.T) {
	t.Parallel()
	require.Greater(t, len(commonWords()), 5000)
	stretched := 0
	for w := range commonWords() {
		require.Equal(t, strings.ToLower(w), w)
		require.True(t, common(w), w)
		if strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") == "" {
			stretched++
			require.Contains(t, codes(ASVS, strings.ToUpper(w[:1])+w[1:]+"2026!2026"), "password_common", w)
		}
	}
	require.Greater(t, stretched, 3000)
}

func TestExpired(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	require.False(t, MLPS3.Expired(since, since.Add(MLPS3.Age-time.Second)))
	require.True(t, MLPS3.Expired(since, since.Add(MLPS3.Age)))
	require.False(t, ASVS.Expired(since, since.AddDate(50, 0, 0)), "a good password does not grow old")
}

func TestNamed(t *testing.T) {
	t.Parallel()
	require.Equal(t, ASVS, Named("asvs"))
	require.Equal(t, MLPS3, Named("mlps3"))
	require.Equal(t, MLPS3, Named(""))
	require.Contains(t, MLPS3.Words(), "每 90 天更换")
	require.NotContains(t, ASVS.Words(), "更换")
}
