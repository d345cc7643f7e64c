// Package spell writes names of persons in pinyin, for search.
package spell

import (
	"strings"

	"github.com/mozillazg/go-pinyin"
)

// surnames are read otherwise as a family name than as an ordinary word. 覃 is qín in most places and tán in some; one
// reading has to be chosen. Names of two characters come first.
var compoundSurnames = readings("欧阳 ou yang 太史 tai shi 端木 duan mu 上官 shang guan 司马 si ma 东方 dong fang 独孤 du gu 南宫 nan gong " +
	"万俟 mo qi 闻人 wen ren 夏侯 xia hou 诸葛 zhu ge 尉迟 yu chi 公羊 gong yang 赫连 he lian 澹台 tan tai 皇甫 huang fu 宗政 zong zheng " +
	"濮阳 pu yang 公冶 gong ye 太叔 tai shu 申屠 shen tu 公孙 gong sun 慕容 mu rong 仲孙 zhong sun 钟离 zhong li 长孙 zhang sun 宇文 yu wen " +
	"司徒 si tu 鲜于 xian yu 司空 si kong 令狐 ling hu 单于 chan yu 呼延 hu yan 宰父 zai fu 尉缭 wei liao")

var singleSurnames = readings("单 shan 曾 zeng 仇 qiu 解 xie 区 ou 查 zha 盖 ge 覃 qin 朴 piao 缪 miao 翟 zhai 尉 wei 乐 yue 任 ren 华 hua " +
	"员 yun 宓 mi 折 she 冼 xian 洗 xian 黑 he 重 chong 召 shao 种 chong 秘 bi 繁 po 逄 pang 牟 mu 燕 yan 应 ying 纪 ji 宁 ning 令 ling " +
	"葛 ge 訾 zi 车 che 柏 bai 卜 bu 晁 chao 炅 gui 佴 nai 相 xiang 哈 ha 长 chang 角 jue 降 jiang 过 guo 石 shi 隗 wei 郇 xun 教 jiao " +
	"么 yao 钭 tou 幺 yao 于 yu 余 yu 俞 yu 沈 shen 贾 jia 夏 xia 冯 feng 薄 bo 阚 kan 那 na 祭 zhai 撒 sa 都 du 行 xing")

// wordReadings are words within names that the library reads wrongly character by character.
var wordReadings = readings("重庆 chong qing 重阳 chong yang 朝阳 chao yang 朝霞 zhao xia 长江 chang jiang 长春 chang chun 银行 yin hang 音乐 yin yue 乐山 le shan 都江 du jiang 厦门 xia men 六安 lu an")

// readings reads "词 ci" pairs: a word and one syllable for each of its characters.
func readings(s string) map[string][]string {
	m := map[string][]string{}
	for f := strings.Fields(s); len(f) > 0; {
		n := len([]rune(f[0]))
		m[f[0]], f = f[1:1+n], f[1+n:]
	}
	return m
}

// Pinyin gives the spelling of a person's name for search, without spaces and tones, and its initials: 单重庆 gives
// "shanchongqing" and "scq". ü is written v. Latin letters stay, in lower case.
func Pinyin(name string) (full, initials string) {
	runes := []rune(strings.ReplaceAll(name, " ", ""))
	var full1, first strings.Builder
	for i := 0; i < len(runes); {
		syllables, n := syllablesAt(runes, i)
		for _, s := range syllables {
			full1.WriteString(s)
			first.WriteString(s[:1])
		}
		i += n
	}
	return full1.String(), first.String()
}

// syllablesAt reads the word, surname or character at i and says how many characters that were.
func syllablesAt(runes []rune, i int) ([]string, int) {
	if i+2 <= len(runes) {
		two := string(runes[i : i+2])
		if s := compoundSurnames[two]; s != nil && i == 0 && len(runes) > 2 {
			return s, 2
		}
		if s := wordReadings[two]; s != nil {
			return s, 2
		}
	}
	one := string(runes[i])
	if s := singleSurnames[one]; s != nil && i == 0 {
		return s, 1
	}
	if r := runes[i]; r < 0x80 {
		if letter := strings.ToLower(one); letter >= "a" && letter <= "z" {
			return []string{letter}, 1
		}
		return nil, 1
	}
	return pinyin.SinglePinyin(runes[i], pinyin.NewArgs()), 1
}
