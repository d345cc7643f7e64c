package policy

import (
	"regexp"
	"strings"

	"shouwang/internal/memo"
)

// Kin is what a relation to the head says about a person: Sex is 男, 女, or "" where the word leaves it open.
type Kin struct {
	Head, Spouse bool
	Sex          string
}

var (
	heads   = wordSet("户主 本人 本人或户主 户主本人 户主或本人")
	spouses = wordSet("配偶 夫 丈夫 妻 妻子 夫妻 老婆 老公 爱人")
	males   = wordSet("夫 丈夫 老公 女婿 父 父亲 公公 岳父 继父 养父 祖父 爷爷 外祖父 外公 曾祖父 孙子 外孙 外孙子 曾孙子 孙女婿 兄 弟 哥哥 弟弟 哥 兄弟 侄子 侄儿 外甥 叔父 叔叔 伯父 舅父 舅舅 姐夫 妹夫")
	females = wordSet("妻 妻子 老婆 儿媳 儿媳妇 媳妇 母 母亲 婆婆 岳母 继母 养母 祖母 奶奶 外祖母 外婆 曾祖母 孙女 外孙女 曾孙女 孙媳 孙媳妇 姐 妹 姐姐 妹妹 姐妹 侄女 侄媳 外甥女 嫂 嫂子 弟媳 姑母 姑姑 姨母 伯母 婶婶 舅母")
	sons    = regexp.MustCompile(`^(长|次|三|四|五|六|七|大|二|小|幼|独生|养|继|亲生)?(儿子|子|儿)$`)
	girls   = regexp.MustCompile(`^(长|次|三|四|五|六|七|大|二|小|幼|独生|养|继|亲生)?(女儿|女)$`)
)

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// KinOf reads a relation to the head (与户主关系); the national form writes 之子, 之配偶 and so on.
func KinOf(s string) Kin { return kins(s) }

var kins = memo.Of(func(s string) Kin {
	if s == "" {
		return Kin{}
	}
	s = strings.TrimPrefix(strings.TrimPrefix(s, "户主"), "之")
	k := Kin{Head: s == "" || heads[s], Spouse: spouses[s]}
	switch {
	case males[s] || (strings.HasSuffix(s, "子") || strings.HasSuffix(s, "儿")) && sons.MatchString(s):
		k.Sex = "男"
	case females[s] || (strings.HasSuffix(s, "女") || strings.HasSuffix(s, "儿")) && girls.MatchString(s):
		k.Sex = "女"
	}
	return k
})
