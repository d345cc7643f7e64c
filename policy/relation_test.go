package policy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRelations(t *testing.T) {
	t.Parallel()
	for rel, want := range map[string]Kin{
		"户主": {Head: true}, "本人": {Head: true}, "户主本人": {Head: true}, "配偶": {Spouse: true}, "之配偶": {Spouse: true}, "妻": {Spouse: true, Sex: "女"}, "丈夫": {Spouse: true, Sex: "男"},
		"长子": {Sex: "男"}, "之子": {Sex: "男"}, "儿子": {Sex: "男"}, "次女": {Sex: "女"}, "之女": {Sex: "女"}, "女儿": {Sex: "女"}, "儿媳": {Sex: "女"}, "之儿媳": {Sex: "女"}, "女婿": {Sex: "男"},
		"户主之孙女": {Sex: "女"}, "外孙子": {Sex: "男"}, "父亲": {Sex: "男"}, "岳母": {Sex: "女"}, "其他": {}, "子女": {}, "": {},
	} {
		require.Equal(t, want, KinOf(rel), rel)
	}
}
