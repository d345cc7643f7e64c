// Package harmless refuses workbooks that could run something, or that reach for something outside of themselves.
package harmless

import (
	"archive/zip"
	"io"
	"path"
	"strings"
)

// Danger is what is wrong with a workbook, told to the one who sent it.
type Danger struct {
	// Reaches tells what fetches something from elsewhere from what could run.
	Reaches bool
	Message string
}

func (d *Danger) Error() string { return d.Message }

const macros = "工作簿带有宏，请另存为不带宏的 .xlsx 再导入"

// forbidden parts by what their names contain.
var forbidden = []struct {
	part string
	Danger
}{
	{"vbaproject", Danger{Message: macros}},
	{"/macrosheets/", Danger{Message: macros}},
	{"/dialogsheets/", Danger{Message: macros}},
	{"/activex/", Danger{Message: "工作簿带有控件，请删除控件后再导入"}},
	{"/embeddings/", Danger{Message: "工作簿嵌有其他文件，请删除后再导入"}},
	{"/externallinks/", Danger{Reaches: true, Message: "工作簿链接了其他文件，请断开链接后再导入"}},
	{"/connections", Danger{Reaches: true, Message: "工作簿带有外部数据连接，请删除连接后再导入"}},
	{"/querytables/", Danger{Reaches: true, Message: "工作簿带有外部数据连接，请删除连接后再导入"}},
}

const contentTypes = "[content_types].xml"

// maxTypes bounds the list of the parts' types that is looked at, in bytes.
const maxTypes = 4 << 20

// Check returns a *Danger for a workbook with macros, controls, embedded files, links to other files or data connections.
// A package that cannot be read is left for its reader to refuse.
func Check(z *zip.Reader) error {
	for _, f := range z.File {
		name := "/" + strings.TrimPrefix(strings.ToLower(path.Clean(strings.ReplaceAll(f.Name, `\`, "/"))), "/")
		for _, x := range forbidden {
			if strings.Contains(name, x.part) {
				return &x.Danger
			}
		}
		if name == "/"+contentTypes && saysMacros(f) {
			return &Danger{Message: macros}
		}
	}
	return nil
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
