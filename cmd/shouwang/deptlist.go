package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"shouwang/activities"
	"shouwang/api"
	"shouwang/internal/deptlist"
	"shouwang/policy"
)

type deptListCmd struct {
	Kind  string `arg:"" help:"名单类别，如 medical_cost、dibao、dropout；写错时列出全部"`
	File  string `arg:"" type:"existingfile" help:"名单文件（.xlsx 或 .csv）"`
	AsOf  string `required:"" help:"数据截止日期，如 2026-08-31"`
	Area  string `required:"" help:"名单所及的辖区（区划代码）"`
	Apply bool   `help:"写入；不加时只预览"`
	Out   string `help:"返回的工作簿，默认为“原名-导入结果.xlsx”"`
}

// Run previews a list of a department, or writes it, with the mapping saved for the area or else the one that its headings
// suggest. Interrupted, it goes on when it is run again.
func (c deptListCmd) Run(ctx context.Context, cfg *Config) error {
	e, err := cfg.open(ctx, true)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	u, err := c.upload(ctx, e)
	if err != nil {
		return err
	}
	if c.Apply {
		l, err := e.ImportDeptList(ctx, u)
		if err != nil {
			return err
		}
		fmt.Printf("已写入：在册 %d，待核对 %d，不在册 %d，有误 %d；新线索 %d，医疗预警 %d，登记册更正 %d\n", l.Matched, l.Doubtful, l.Outside, l.Rejected, l.Clues, l.Alerts, l.Corrections)
		return nil
	}
	p, err := e.PreviewDeptList(ctx, u, nil)
	if err != nil {
		return err
	}
	fmt.Printf("共 %d 行：在册 %d，待核对 %d，不在册 %d，有误 %d\n", p.Rows, p.Matched, p.Doubtful, p.Outside, p.Rejected)
	if p.Before != nil {
		fmt.Println("这个文件已经导入过，不会重复导入")
	}
	return c.giveBack(ctx, e, u)
}

func (c deptListCmd) upload(ctx context.Context, e *activities.Engine) (activities.DeptUpload, error) {
	u := activities.DeptUpload{Region: c.Area, Name: filepath.Base(c.File)}
	k, ok := deptlist.ByCode(c.Kind)
	if !ok {
		var all []string
		for i := range deptlist.Kinds {
			all = append(all, deptlist.Kinds[i].Code+" "+deptlist.Kinds[i].DeptTitle()+deptlist.Kinds[i].Title)
		}
		return u, fmt.Errorf("没有名单类别 %s；可用：%s", c.Kind, strings.Join(all, "、"))
	}
	u.Kind = k
	var err error
	if u.AsOf, err = policy.ParseDate(c.AsOf); err != nil {
		return u, err
	}
	var saved deptlist.Mapping
	if m, err := e.DeptMapping(ctx, c.Area, k); err != nil {
		return u, err
	} else if m != nil {
		saved = m.Columns
	}
	f, err := os.Open(c.File)
	if err != nil {
		return u, err
	}
	defer f.Close()
	if u.File, err = deptlist.Open(f, k, saved.Headings()); err != nil {
		return u, err
	}
	u.Mapping = deptlist.Suggest(k, u.File.Headings(), saved)
	var faults []error
	for _, fault := range u.Mapping.Check(k) {
		faults = append(faults, fault)
	}
	return u, errors.Join(faults...)
}

func (c deptListCmd) giveBack(ctx context.Context, e *activities.Engine, u activities.DeptUpload) (err error) {
	path := c.Out
	if path == "" {
		path = strings.TrimSuffix(c.File, filepath.Ext(c.File)) + "-导入结果.xlsx"
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err = api.DeptReturned(ctx, e, u, true, f); err == nil {
		fmt.Println("逐行结果：", path)
		fmt.Println("以上为预览，未写入；确认后加 --apply 再运行一次")
	}
	return err
}
