// Shouwang 守望 is a case-management server for the work that keeps rural
// households from falling back into poverty.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set when the binary is built.
var version = "dev"

// cli is the command line. Every setting has a flag and an environment variable.
type cli struct {
	Config

	Serve     serveCmd     `cmd:"" help:"运行全部：网页、接口、工作流；未指定 Temporal 时自带一套"`
	API       apiCmd       `cmd:"" name:"api" help:"只运行网页和接口"`
	Worker    workerCmd    `cmd:"" help:"只运行工作流"`
	Migrate   migrateCmd   `cmd:"" help:"更新数据库结构"`
	Import    importCmd    `cmd:"" help:"导入农户台账（xlsx）"`
	DeptList  deptListCmd  `cmd:"" name:"dept-list" help:"导入部门名单（xlsx 或 csv）"`
	Check     checkCmd     `cmd:"" help:"静态检查全部程序定义"`
	Demo      demoCmd      `cmd:"" help:"在临时目录中演示一件识别认定的全过程"`
	Replay    replayCmd    `cmd:"" help:"重放一个或全部事项，并与存储和工作流历史核对"`
	Verify    verifyCmd    `cmd:"" help:"核对全部事项的记录链和封存，或者一个导出的证明"`
	Evidence  evidenceCmd  `cmd:"" help:"一个事项的证明，到期的访问日志"`
	Reconcile reconcileCmd `cmd:"" help:"核对在办事项与工作流，可从数据库重建"`
	Region    regionCmd    `cmd:"" help:"添加或更名一个区划"`
	Account   accountCmd   `cmd:"" help:"添加账号、授予岗位或重设口令（口令从标准输入读取）"`
	Admins    adminsCmd    `cmd:"" help:"为一个县建立系统、安全、审计三名管理员，初始口令只显示一次"`
	Quality   qualityCmd   `cmd:"" help:"对一个区划内的农户运行数据质量规则，发现的问题立为问题数据"`
	Screen    screenCmd    `cmd:"" help:"对一个区划内的农户逐户比对纳入标准，发现的风险立为线索"`
	Generate  generateCmd  `cmd:"" help:"生成一个虚构乡镇的台账，供试用导入"`
	Problems  problemsCmd  `cmd:"" help:"生成一份示例问题清单，供试用导入整改方案"`
	Settings  configCmd    `cmd:"" name:"config" help:"显示生效的设置，口令除外"`
	DataKeys  keysCmd      `cmd:"" name:"keys" help:"数据密钥：查看、更换，更换密钥文件"`
	Erase     eraseCmd     `cmd:"" help:"执行已批准的删除个人信息申请"`
	Version   versionCmd   `cmd:"" help:"版本"`
}

type versionCmd struct{}

func (versionCmd) Run() error {
	fmt.Println(version)
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := noSecrets(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "shouwang:", err)
		os.Exit(2)
	}
	var c cli
	k := kong.Parse(&c, kong.Name("shouwang"), kong.Description("守望：防止返贫动态监测和帮扶"), kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)))
	if err := k.Run(&c.Config); err != nil {
		fmt.Fprintln(os.Stderr, "shouwang:", err)
		os.Exit(1)
	}
}
