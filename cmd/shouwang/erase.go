package main

import (
	"context"
	"errors"
	"fmt"

	"shouwang/models"
)

type eraseCmd struct {
	DryRun bool `name:"dry-run" help:"只列出已批准、待执行的删除"`
}

// Run carries out the erasures that have been approved. It is a command, run with the rights of whoever owns the database:
// servers may not touch recorded acts.
func (c eraseCmd) Run(ctx context.Context, cfg *Config) error {
	e, err := cfg.asOwner().open(ctx, false)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	list, err := e.ApprovedErasures(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for i := range list {
		x := &list[i]
		if !c.DryRun {
			if err := e.Erase(ctx, x, cfg.files(e.Store.Vault).Dir.Remove); err != nil {
				faults = append(faults, fmt.Errorf("删除 %s：%w", x.ID, err)) // the others need not wait for it
				continue
			}
		}
		fmt.Println(erasureLine(x))
	}
	if len(list) == 0 {
		fmt.Println("没有已批准、待执行的删除")
	}
	if len(list) > len(faults) && !c.DryRun {
		fmt.Println("备份和数据库空闲页中的旧密文，待 shouwang keys rotate 和 shouwang keys drop 之后不能再打开")
	}
	return errors.Join(faults...)
}

func erasureLine(x *models.Erasure) string {
	state := "待执行"
	if x.DoneAt != nil {
		state = "已执行"
	}
	line := fmt.Sprintf("%s %s 区划 %s", x.ID, state, x.RegionCode)
	for _, place := range []string{"people", "case_events", "submissions", "form_records", "dept_rows", "dept_matches", "quality_hits", "issued_papers", "attachments", "exports"} {
		if n := x.Erased[place]; n > 0 {
			line += fmt.Sprintf(" %s=%d", place, n)
		}
	}
	return line
}
