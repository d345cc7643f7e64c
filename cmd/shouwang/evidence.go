package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"shouwang/activities"
	"shouwang/api"
	"shouwang/internal/evidence"
	"shouwang/internal/sealing"
	"shouwang/models"
	"shouwang/policy"
)

// RecordOptions say how the record is kept from being changed, and where the proof of that goes.
type RecordOptions struct {
	// OwnerDB is only needed where the server has a role of its own, which cannot change the record.
	OwnerDB       string `env:"SHOUWANG_OWNER_DB" name:"owner-db" help:"数据库属主的 postgres://…，只用于更新数据库结构、清理到期的访问日志、更换密钥、执行删除等服务账号无权的命令；默认与 --db 相同"`
	RecordKey     string `env:"SHOUWANG_RECORD_KEY" name:"record-key" help:"签署检查点的密钥文件；默认与密钥文件同目录的 record-key.json"`
	CheckpointDir string `env:"SHOUWANG_CHECKPOINT_DIR" name:"checkpoint-dir" help:"导出检查点的目录，宜放在数据库管理员不能改动的地方；默认 DATA/checkpoints"`
	CheckpointURL string `env:"SHOUWANG_CHECKPOINT_URL" name:"checkpoint-url" help:"另行接收检查点的服务地址（POST），送达为止"`
}

func (c *Config) recordKey() string {
	return cmp.Or(c.RecordKey, filepath.Join(filepath.Dir(c.keys()), "record-key.json"))
}

func (c *Config) checkpointDir() string {
	return cmp.Or(c.CheckpointDir, filepath.Join(c.Data, "checkpoints"))
}

// migrate brings the database up to date, as its owner if one is named.
func (c *Config) migrate(ctx context.Context, vault *models.Vault) ([]string, error) {
	store, err := models.Open(cmp.Or(c.OwnerDB, c.db()), vault)
	if err != nil {
		return nil, err
	}
	ran, err := store.Migrate(ctx)
	if err == nil {
		err = store.OpenKeys(ctx)
	}
	if err == nil {
		err = store.SumFormActs(ctx)
	}
	return ran, errors.Join(err, store.Close())
}

// asOwner is the same installation for a command that the role of the server may not do.
func (c *Config) asOwner() *Config {
	as := *c
	as.DB = cmp.Or(c.OwnerDB, c.DB)
	return &as
}

// guarded refuses to serve from a database in which the record is not held as it must be.
func (c *Config) guarded(ctx context.Context, s *models.Store) error {
	open, err := s.Unguarded(ctx)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		return fmt.Errorf("数据库中保护记录的触发器缺失或停用（%s），不能启动；请先查明原因，运行 shouwang verify，再按 docs/security.md 恢复", strings.Join(open, "、"))
	}
	if c.Profile != "production" || !s.Postgres() {
		return nil
	}
	may, err := s.MayChangeRecord(ctx)
	if err == nil && may {
		err = errors.New("服务使用的数据库账号可以改动办理记录：请让它只是 shouwang_app 的成员，属主账号另由 --owner-db 指明（docs/security.md）")
	}
	return err
}

// sealer seals the record; its key is made at the first start, and never again once something was signed.
func (c *Config) sealer(ctx context.Context, s *models.Store) (*sealing.Sealer, error) {
	key, err := evidence.LoadKey(c.recordKey())
	if errors.Is(err, evidence.ErrNoKey) {
		var n int64
		if err := s.DB.WithContext(ctx).Model(&models.LogCheckpoint{}).Count(&n).Error; err != nil {
			return nil, err
		}
		if n > 0 {
			return nil, fmt.Errorf("已有签名的检查点，签名的密钥文件 %s 却不在，请放回", c.recordKey())
		}
		key, err = evidence.MakeKey(c.recordKey())
	}
	if err != nil {
		return nil, err
	}
	return &sealing.Sealer{Store: s, Key: key, Dir: c.checkpointDir(), URL: c.CheckpointURL}, nil
}

// seal seals until ctx ends.
func (a *app) seal(ctx context.Context) error {
	s, err := a.cfg.sealer(ctx, a.engine.Store)
	if err != nil {
		return err
	}
	s.Run(ctx, a.log)
	return nil
}

type evidenceCmd struct {
	Export  evidenceExportCmd  `cmd:"" help:"导出一个事项的记录和证明，可脱离系统核对"`
	Package evidencePackageCmd `cmd:"" help:"制作审计包：审计任务范围内若干事项的记录、文书、附件和证明"`
	Prune   evidencePruneCmd   `cmd:"" help:"清理保存期已满的访问日志，保留其摘要"`
}

type evidenceExportCmd struct {
	Case    string `required:"" help:"事项编号或代码"`
	Out     string `required:"" help:"写入的文件（zip）"`
	Forms   bool   `help:"带上表单内容（含个人信息），须同时写明 --by 和 --purpose"`
	By      string `help:"导出人的登录名"`
	Purpose string `help:"用途，记入访问日志"`
}

// Run writes the proof of a case.
func (x evidenceExportCmd) Run(ctx context.Context, cfg *Config) error {
	if x.Forms && (x.By == "" || x.Purpose == "") {
		return errors.New("带表单内容导出，须写明导出人（--by）和用途（--purpose）")
	}
	e, err := cfg.open(ctx, false)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	c, err := findCase(ctx, e.Store.DB, x.Case)
	if err != nil {
		return err
	}
	if x.By != "" {
		if err := logExport(ctx, e, c, x.By, x.Purpose, x.Forms); err != nil {
			return err
		}
	}
	s, err := cfg.sealer(ctx, e.Store)
	if err != nil {
		return err
	}
	b, err := (&sealing.Exporter{Engine: e, Sealer: s, Forms: x.Forms}).Export(ctx, c)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := b.Write(&file); err != nil {
		return err
	}
	if err := os.WriteFile(x.Out, file.Bytes(), 0o600); err != nil {
		return err
	}
	fmt.Printf("已写入 %s：%d 条办理记录，%d 条查阅记录\n公钥 %s\n", x.Out, len(b.Acts), len(b.Access), b.Key)
	return nil
}

// logExport writes who takes the file of a case out, before he gets it.
func logExport(ctx context.Context, e *activities.Engine, c *models.Case, login, purpose string, forms bool) error {
	u, err := userOf(ctx, e.Store, login)
	if err != nil {
		return err
	}
	entry := models.AccessLog{ID: models.NewID(), At: time.Now().UTC().Truncate(time.Microsecond), UserID: u.ID, Action: "export", Table: "cases", RecordID: c.ID, CaseID: c.ID, HouseholdID: c.HouseholdID, Field: "evidence", Class: "P1", Purpose: purpose}
	if forms {
		entry.Class = "P3"
	}
	return e.Store.DB.WithContext(ctx).Create(&entry).Error
}

func userOf(ctx context.Context, s *models.Store, login string) (models.User, error) {
	var u models.User
	err := s.DB.WithContext(ctx).Where("login = ?", login).Take(&u).Error
	if models.Missing(err) {
		err = fmt.Errorf("没有登录名为 %s 的账号", login)
	}
	return u, err
}

type evidencePackageCmd struct {
	Engagement string `required:"" help:"审计任务的编号"`
	By         string `required:"" help:"审计人员的登录名"`
	Purpose    string `required:"" help:"用途，记入访问日志"`
	Out        string `required:"" help:"写入的文件（zip），不能已经存在"`
	Case       string `help:"只要这一个事项（编号或代码）"`
	Sample     string `help:"只要这一次随机样本（代码）的事项"`
	Pattern    string `help:"只要这一类疑点发现的事项，如 too_fast"`
	Least      int    `help:"疑点的界限"`
	Procedure  string `help:"只要这一种程序的事项"`
	Village    string `help:"只要这一区划的事项"`
}

// Run writes an evidence package, within the engagement of an auditor and no further.
func (x evidencePackageCmd) Run(ctx context.Context, cfg *Config) error {
	if n := len([]rune(strings.TrimSpace(x.Purpose))); n < 4 || n > 200 {
		return errors.New("用途写 4 至 200 个字")
	}
	e, err := cfg.open(ctx, false)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	s, err := cfg.sealer(ctx, e.Store)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(x.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	blobs := api.SealedBlobs{Dir: api.DirBlobs(filepath.Join(cfg.Data, "attachments")), Vault: e.Store.Vault}
	ask := api.PackageRequest{Login: x.By, Engagement: x.Engagement, Case: x.Case}
	ask.Reason, ask.SampleID, ask.Pattern, ask.Least, ask.Procedure, ask.Village = x.Purpose, x.Sample, x.Pattern, x.Least, x.Procedure, x.Village
	made, err := api.WritePackage(ctx, api.Options{Engine: e, Blobs: blobs, Sealer: s, Log: cfg.logger()}, ask, f)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(x.Out))
	}
	fmt.Printf("已写入 %s：审计包 %s，%d 个事项\nSHA-256 %s\n公钥 %s\n", x.Out, made.No, made.Rows, made.SHA256, s.Key.Public)
	return nil
}

type evidencePruneCmd struct {
	By      string `required:"" help:"清理人的登录名"`
	Purpose string `required:"" help:"依据，记入访问日志"`
}

// Run removes the entries of the access log whose time is over, as the owner of the database.
func (x evidencePruneCmd) Run(ctx context.Context, cfg *Config) error {
	e, err := cfg.asOwner().open(ctx, false)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	by, err := userOf(ctx, e.Store, x.By)
	if err != nil {
		return err
	}
	s, err := cfg.sealer(ctx, e.Store)
	if err != nil {
		return err
	}
	months, err := logMonths(ctx, e)
	if err != nil {
		return err
	}
	n, err := s.Prune(ctx, by, months, x.Purpose)
	if err == nil {
		fmt.Printf("访问日志保存 %d 个月，已清理 %d 条，摘要保留\n", months, n)
	}
	return err
}

// logMonths is how long the access log is kept: the longest that the policy of any area wants, for the log is one.
func logMonths(ctx context.Context, e *activities.Engine) (int, error) {
	db := e.Store.DB.WithContext(ctx)
	var rows []models.PolicyRow
	if err := db.Where("key = ?", "log_retention_months").Find(&rows).Error; err != nil {
		return 0, err
	}
	var areas []string
	if err := db.Model(&models.Region{}).Pluck("code", &areas).Error; err != nil {
		return 0, err
	}
	if len(areas) == 0 {
		areas = []string{""}
	}
	months := 0
	for _, area := range areas {
		months = max(months, policy.Resolve(activities.PolicyRows(rows), area, e.Clock.Now()).Int("log_retention_months"))
	}
	return months, nil
}
