package main

import (
	"errors"
	"fmt"
	"os"

	"shouwang/internal/programme"
)

// problemsCmd writes the example list of problems that can be imported into a
// programme of rectification.
type problemsCmd struct {
	Out string `arg:"" default:"problems.xlsx" help:"写到的文件"`
}

// Run writes the workbook.
func (p problemsCmd) Run() (err error) {
	f, err := os.Create(p.Out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err = programme.ExampleWorkbook(f); err == nil {
		fmt.Printf("已生成 %s：四类 23 个问题，可在“整改方案”页面导入\n", p.Out)
	}
	return err
}
