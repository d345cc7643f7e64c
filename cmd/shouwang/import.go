package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"shouwang/internal/ledger"
)

type importCmd struct {
	File  string `arg:"" type:"existingfile" help:"台账文件（.xlsx）"`
	Apply bool   `help:"写入；不加时只预览"`
	Out   string `help:"返回的工作簿，默认为“原名-导入结果.xlsx”"`
	Area  string `help:"只接受这一区划（代码前缀）内的农户"`
}

func (i importCmd) out() string {
	if i.Out != "" {
		return i.Out
	}
	return strings.TrimSuffix(i.File, filepath.Ext(i.File)) + "-导入结果.xlsx"
}

// Run previews a ledger, or writes it, and in both cases returns the workbook
// with a word beside each row.
func (i importCmd) Run(ctx context.Context, cfg *Config) error {
	e, err := cfg.open(ctx, true)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	f, err := os.Open(i.File)
	if err != nil {
		return err
	}
	defer f.Close()
	l, err := ledger.Read(f)
	if err != nil {
		return err
	}
	plan, err := ledger.NewPlan(ctx, e.Store, l, ledger.Scope{Regions: []string{i.Area}, Now: e.Clock.Now()})
	if err != nil {
		return err
	}
	plan.File = filepath.Base(i.File)
	fmt.Printf("新增 %d 户，更新 %d 户，无变化 %d 户，未导入 %d 户（共 %d 人）\n", plan.Created, plan.Changed, plan.Unchanged, plan.Rejected, plan.People)
	if len(plan.Unknown) > 0 {
		fmt.Println("不认识的列（原样保留）：", strings.Join(plan.Unknown, "、"))
	}
	if err := i.giveBack(f, plan); err != nil {
		return err
	}
	plan.Found = e.FoundInLedger
	if !i.Apply {
		fmt.Println("以上为预览，未写入；确认后加 --apply 再运行一次")
		return nil
	}
	if _, err := ledger.Apply(ctx, e.Store, plan, ""); err != nil {
		return err
	}
	fmt.Println("已写入")
	return nil
}

func (i importCmd) giveBack(original *os.File, plan *ledger.Plan) (err error) {
	if _, err := original.Seek(0, 0); err != nil {
		return err
	}
	out, err := os.Create(i.out())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := ledger.Returned(out, original, plan); err != nil {
		return err
	}
	fmt.Println("逐行结果：", i.out())
	return nil
}
