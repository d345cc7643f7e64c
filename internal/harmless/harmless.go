// Package harmless refuses workbooks that could run something, or that reach for something outside of themselves.
package harmless

import (
	"archive/zip"
	"encoding/xml"
	"io"
	"path"
	"slices"
	"strings"

	"shouwang/policy"
)

const macros = "工作簿带有宏，请另存为不带宏的 .xlsx 再导入"

// forbidden parts by what their names contain.
var forbidden = []struct {
	part    string
	reaches bool // it fetches something from elsewhere; the others could run
	message string
}{
	{"vbaproject", false, macros},
	{"/macrosheets/", false, macros},
	{"/dialogsheets/", false, macros},
	{"/activex/", false, "工作簿带有控件，请删除控件后再导入"},
	{"/embeddings/", false, "工作簿嵌有其他文件，请删除后再导入"},
	{"/externallinks/", true, "工作簿链接了其他文件，请断开链接后再导入"},
	{"/connections", true, "工作簿带有外部数据连接，请删除连接后再导入"},
	{"/querytables/", true, "工作簿带有外部数据连接，请删除连接后再导入"},
}

const contentTypes = "[content_types].xml"

// maxTypes bounds the list of the parts' types that is looked at, in bytes.
const maxTypes = 4 << 20

// Check refuses a workbook with macros, controls or embedded files by a policy.Fault with the code PREFIX-006, one with links
// to other files or data connections by PREFIX-007. A package that cannot be read is left for its reader to refuse.
func Check(z *zip.Reader, prefix string) error {
	for _, f := range z.File {
		name := "/" + strings.TrimPrefix(strings.ToLower(path.Clean(strings.ReplaceAll(f.Name, `\`, "/"))), "/")
		for _, x := range forbidden {
			if strings.Contains(name, x.part) {
				return policy.Fault{Code: prefix + map[bool]string{false: "-006", true: "-007"}[x.reaches], Message: x.message}
			}
		}
		if strings.HasSuffix(name, ".rels") && reachesOut(f) {
			return policy.Fault{Code: prefix + "-007", Message: "工作簿引用了外部内容（如链接的图片），请改为嵌入或删除后再导入"}
		}
		if name == "/"+contentTypes && saysMacros(f) {
			return policy.Fault{Code: prefix + "-006", Message: macros}
		}
	}
	return nil
}

// relation is what a part says of another that it needs.
type relation struct {
	Type       string `xml:",attr"`
	TargetMode string `xml:",attr"`
}

// reachesOut reports whether a part takes something from elsewhere when it is opened. A link that somebody has to follow,
// as Excel makes one of an address that was typed in, is none.
func reachesOut(f *zip.File) bool {
	r, err := f.Open()
	if err != nil {
		return false
	}
	defer r.Close()
	var list struct{ Relationship []relation }
	if xml.NewDecoder(io.LimitReader(r, maxTypes)).Decode(&list) != nil {
		return false
	}
	return slices.ContainsFunc(list.Relationship, func(x relation) bool {
		return strings.EqualFold(x.TargetMode, "external") && !strings.HasSuffix(x.Type, "/hyperlink")
	})
}

// saysMacros reports whether a workbook calls itself one with macros, whatever its parts are named.
func saysMacros(f *zip.File) bool {
	r, err := f.Open()
	if err != nil {
		return false
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, maxTypes))
	return err == nil && strings.Contains(strings.ToLower(string(raw)), "macroenabled")
}
