package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"go.temporal.io/api/history/v1"
	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/internal/evidence"
	"shouwang/internal/sealing"
	"shouwang/internal/tale"
	"shouwang/models"
	"shouwang/worker"
)

type verifyCmd struct {
	JSON     bool     `name:"json" help:"以 JSON 输出"`
	Progress bool     `help:"显示进度"`
	Jobs     int      `default:"0" help:"同时核对多少批，0 为处理器个数"`
	Key      string   `help:"签署检查点的公钥（文本或文件）；默认取自密钥文件"`
	Against  []string `help:"另外保存的检查点文件，可多次指定"`
	NoFiles  bool     `help:"不读取存储的附件和文书文件（文件很多时）"`
	Offline  string   `help:"只核对一个导出的证明文件或者审计包，不用数据库"`
}

// verified is all that a verification has found.
type verified struct {
	activities.Verdict
	Sealed sealing.Report `json:"sealed"`
}

// Run checks the records of all cases and what was sealed of them, and fails when one does not hold.
func (v verifyCmd) Run(ctx context.Context, cfg *Config) error {
	if v.Offline != "" {
		return v.offline()
	}
	e, err := cfg.open(ctx, false)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	found, err := v.verify(ctx, cfg, e)
	if err != nil {
		return err
	}
	if v.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
			return err
		}
	} else {
		printVerdict(os.Stdout, found)
	}
	if n := len(found.Bad) + len(found.Sealed.Bad); n > 0 {
		return fmt.Errorf("%d 处记录不完整或被改动", n)
	}
	return nil
}

func (v verifyCmd) verify(ctx context.Context, cfg *Config, e *activities.Engine) (out verified, err error) {
	public, err := v.publicKey(ctx, cfg, e.Store)
	if err != nil {
		return out, err
	}
	chains := activities.Verifier{Engine: e, Jobs: jobs(v.Jobs), Progress: progress(v.Progress)}
	if !v.NoFiles {
		chains.OpenFile = cfg.files(e.Store.Vault).Open
	}
	if out.Verdict, err = chains.Run(ctx); err != nil {
		return out, err
	}
	audit := sealing.Audit{Store: e.Store, PublicKey: public, Dir: cfg.checkpointDir(), Against: v.Against, Drill: e.Clock.Drill}
	if out.Sealed, err = audit.Run(ctx); err != nil {
		return out, err
	}
	open, err := e.Store.Unguarded(ctx)
	for _, trigger := range open {
		out.Bad = append(out.Bad, activities.BadRecord{No: trigger, Fault: "保护记录的触发器缺失或停用"})
	}
	return out, err
}

// publicKey is that of the key file, unless another is named. Where nothing was signed yet there need not be one.
func (v verifyCmd) publicKey(ctx context.Context, cfg *Config, s *models.Store) (string, error) {
	if v.Key != "" {
		return keyText(v.Key)
	}
	key, err := evidence.LoadKey(cfg.recordKey())
	if err == nil {
		return key.Public, nil
	}
	var n int64
	if e := s.DB.WithContext(ctx).Model(&models.LogCheckpoint{}).Count(&n).Error; e != nil || n == 0 && errors.Is(err, evidence.ErrNoKey) {
		return "", e
	}
	return "", fmt.Errorf("%w；请用 --key 给出公钥", err)
}

// keyText is a public key, given as it is or as a file.
func keyText(key string) (string, error) {
	if strings.Contains(key, "+") {
		return key, nil
	}
	raw, err := os.ReadFile(key)
	return strings.TrimSpace(string(raw)), err
}

func jobs(n int) int {
	if n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}

// progress writes a line about every tenth part.
func progress(on bool) func(done, of int) {
	if !on {
		return nil
	}
	var tenth atomic.Int64
	began := time.Now()
	return func(done, of int) {
		now := int64(done * 10 / max(of, 1))
		if last := tenth.Load(); now > last && tenth.CompareAndSwap(last, now) {
			fmt.Fprintf(os.Stderr, "%d / %d（每秒 %.0f）\n", done, of, float64(done)/time.Since(began).Seconds())
		}
	}
}

func printVerdict(w io.Writer, v verified) {
	fmt.Fprintf(w, "核对 %d 个事项、%d 条记录；封存 %d 条，检查点 %d 个（另在库外 %d 个）\n", v.Cases, v.Events, v.Sealed.Leaves, v.Sealed.Checkpoints, v.Sealed.Exported)
	if v.Files > 0 {
		fmt.Fprintf(w, "读取附件和文书文件 %d 个，均核对摘要\n", v.Files)
	}
	if c := v.Sealed.Last; c != nil {
		fmt.Fprintf(w, "最后的检查点：%s，%d 条，根 %s\n", c.At.In(casetime.Shanghai).Format(time.DateTime), c.Size, c.Root)
	}
	if v.Sealed.Exported == 0 {
		fmt.Fprintln(w, "库外没有检查点可比：不能排除整库被退回到旧的副本")
	}
	if v.Sealed.Unsealed > 0 {
		fmt.Fprintf(w, "另有 %d 条记录待下一个检查点封存\n", v.Sealed.Unsealed)
	}
	for _, b := range append(slices.Clone(v.Bad), v.Sealed.Bad...) {
		fmt.Fprintf(w, "  %s（%s）第 %d 条：%s\n", b.No, b.CaseID, b.Seq, b.Fault)
	}
	if len(v.Bad)+len(v.Sealed.Bad) == 0 {
		fmt.Fprintln(w, "记录链完整，序号连续，与存储一致")
	}
}

// offline proves an exported case by the file alone.
func (v verifyCmd) offline() error {
	key := ""
	if v.Key != "" {
		var err error
		if key, err = keyText(v.Key); err != nil {
			return err
		}
	}
	f, err := os.Open(v.Offline)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if evidence.IsPackage(f, info.Size()) {
		return v.offlinePackage(f, info.Size(), key)
	}
	b, err := evidence.Read(f, info.Size())
	if err != nil {
		return err
	}
	p, err := b.Verify(key)
	if err != nil {
		return fmt.Errorf("证明不成立：%w", err)
	}
	if v.JSON {
		return json.NewEncoder(os.Stdout).Encode(p)
	}
	printProved(os.Stdout, p)
	return nil
}

// offlinePackage proves an evidence package by the file alone.
func (v verifyCmd) offlinePackage(f *os.File, size int64, key string) error {
	p, err := evidence.VerifyPackage(f, size, key)
	if err != nil {
		return fmt.Errorf("审计包不成立：%w", err)
	}
	if v.JSON {
		return json.NewEncoder(os.Stdout).Encode(p)
	}
	fmt.Printf("审计包 %s（%s，%s）：签名成立，%d 个文件与清单相符\n", p.No, p.Engagement, p.Choice, p.Files)
	fmt.Printf("%d 个事项的 %d 条办理记录与封存时一致，%d 份表单与摘要相符，%d 条查阅记录与封存时一致；文书 %d 份、附件 %d 份，另有 %d 份只有摘要\n",
		p.Cases, p.Acts, p.Forms, p.Access, p.Papers, p.Attachments, p.LeftOut)
	fmt.Printf("检查点 %s：%d 条，根 %s，签名成立（%s）\n", p.At.At.In(casetime.Shanghai).Format(time.DateTime), p.At.Size, p.At.Root, p.At.Origin)
	if p.OwnKey {
		fmt.Println("公钥取自文件本身，只证明各项彼此一致：请用 --key 给出另行公布的公钥")
	}
	return nil
}

func printProved(w io.Writer, p *evidence.Proved) {
	fmt.Fprintf(w, "%s（%s）：%d 条办理记录与封存时一致，%d 份表单与摘要相符，%d 条查阅记录与封存时一致\n", p.No, p.Case, p.Acts, p.Forms, p.Access)
	if p.Erased > 0 {
		fmt.Fprintf(w, "%d 条记录的表单已依法删除，只剩摘要\n", p.Erased)
	}
	for i, at := range p.Sealed {
		if i == 0 || !at.Equal(p.Sealed[i-1]) {
			fmt.Fprintf(w, "第 %d 条起至迟于 %s 已封存\n", i+1, at.In(casetime.Shanghai).Format(time.DateTime))
		}
	}
	fmt.Fprintf(w, "检查点 %s：%d 条，根 %s，签名成立（%s）\n", p.Checkpoint.At.In(casetime.Shanghai).Format(time.DateTime), p.Checkpoint.Size, p.Checkpoint.Root, p.Checkpoint.Origin)
	if p.OwnKey {
		fmt.Fprintln(w, "公钥取自文件本身，只证明各项彼此一致：请用 --key 给出另行公布的公钥")
	}
}

type replayCmd struct {
	Case string `arg:"" optional:"" help:"事项编号或代码"`
	All  bool   `help:"重放全部事项的记录和工作流历史"`
	Jobs int    `default:"0" help:"同时重放多少个，0 为处理器个数"`
	At   string `help:"只重放到这一时刻，如 2026-11-22（含当天）或 2026-11-22T09:00:00+08:00"`
}

// Run tells one case from its records, compares it with what is stored, and
// replays its workflow histories through the workflow code.
func (r replayCmd) Run(ctx context.Context, cfg *Config) error {
	if r.All == (r.Case != "") {
		return errors.New("请写明一个事项，或者 --all")
	}
	e, err := cfg.open(ctx, false)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	if r.All {
		return r.all(ctx, cfg, e)
	}
	at, err := r.until()
	if err != nil {
		return err
	}
	c, err := findCase(ctx, e.Store.DB, r.Case)
	if err != nil {
		return err
	}
	if err := tale.Tell(ctx, os.Stdout, e, c, at); err != nil {
		return err
	}
	if !at.IsZero() {
		return nil
	}
	_, bad, err := e.VerifyCase(ctx, c)
	if err != nil {
		return err
	}
	if bad != nil {
		return fmt.Errorf("第 %d 条记录：%s", bad.Seq, bad.Fault)
	}
	fmt.Println("记录链完整，推演结果与存储一致")
	return replayHistories(ctx, cfg, e, c)
}

func (r replayCmd) until() (time.Time, error) {
	if r.At == "" {
		return time.Time{}, nil
	}
	for _, layout := range []struct {
		shape string
		whole time.Duration // a day or a minute is meant with all that was done in it
	}{{time.RFC3339, 0}, {"2006-01-02 15:04", time.Minute}, {time.DateOnly, 24 * time.Hour}} {
		if t, err := time.ParseInLocation(layout.shape, r.At, casetime.Shanghai); err == nil {
			return t.Add(max(layout.whole-1, 0)), nil
		}
	}
	return time.Time{}, fmt.Errorf("时刻 %q 应写作 2026-11-22 或 2026-11-22T09:00:00+08:00", r.At)
}

func findCase(ctx context.Context, db *gorm.DB, name string) (*models.Case, error) {
	var c models.Case
	err := db.WithContext(ctx).Where("id = ? OR no = ?", name, name).Take(&c).Error
	if models.Missing(err) {
		return nil, fmt.Errorf("没有编号为 %s 的事项", name)
	}
	return &c, err
}

// replayHistories replays every run of a case: archived ones from the database,
// the others from Temporal when it is running.
func replayHistories(ctx context.Context, cfg *Config, e *activities.Engine, c *models.Case) error {
	var runs []models.WorkflowRun
	if err := e.Store.DB.WithContext(ctx).Where("case_id = ?", c.ID).Order("started_at, run_id").Find(&runs).Error; err != nil {
		return err
	}
	replayed, missing := 0, 0
	for i := range runs {
		h, err := historyOf(ctx, cfg, e, &runs[i])
		if err != nil {
			return err
		}
		if h == nil || len(h.Events) == 0 {
			missing++
			continue
		}
		if err := replayOne(h); err != nil {
			return fmt.Errorf("工作流历史 %s 重放失败：%w", runs[i].RunID, err)
		}
		replayed++
	}
	fmt.Printf("工作流历史 %d 段，重放 %d 段，均与代码一致\n", len(runs), replayed)
	if missing > 0 {
		fmt.Printf("另有 %d 段历史尚未归档，或在 Temporal 中已不存在（设置 TEMPORAL_ADDRESS 可读取在运行的）\n", missing)
	}
	return nil
}

// all replays every case: its records through the definitions, its workflow histories through the workflow code.
func (r replayCmd) all(ctx context.Context, cfg *Config, e *activities.Engine) error {
	n := jobs(r.Jobs)
	v, err := (&activities.Verifier{Engine: e, Jobs: n, Progress: progress(true)}).Run(ctx)
	if err != nil {
		return err
	}
	runs := worker.Replays{Engine: e, Jobs: n, Progress: progress(true)}
	if cfg.Temporal != "" {
		client, err := worker.Dial(cfg.Temporal, cfg.Namespace, cfg.logger())
		if err != nil {
			return err
		}
		defer client.Close()
		runs.Running = running(&worker.Cases{Client: client, Engine: e})
	}
	rep, err := runs.Run(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("重放 %d 个事项的 %d 条记录，%d 段工作流历史；%d 段尚未归档或已不在\n", v.Cases, v.Events, rep.Replayed, rep.Missing)
	for _, b := range append(v.Bad, rep.Bad...) {
		fmt.Printf("  %s（%s）第 %d 条：%s\n", b.No, b.CaseID, b.Seq, b.Fault)
	}
	if bad := len(v.Bad) + len(rep.Bad); bad > 0 {
		return fmt.Errorf("%d 处与记录或代码不一致", bad)
	}
	return nil
}

// running reads the histories of runs that are not archived yet.
func running(cases *worker.Cases) func(context.Context, *models.WorkflowRun) (*history.History, error) {
	return func(ctx context.Context, run *models.WorkflowRun) (*history.History, error) {
		return cases.History(ctx, run.CaseID, run.RunID)
	}
}

func historyOf(ctx context.Context, cfg *Config, e *activities.Engine, run *models.WorkflowRun) (*history.History, error) {
	if run.History != nil {
		return worker.Unpack(run.History)
	}
	if cfg.Temporal == "" {
		return nil, nil
	}
	client, err := worker.Dial(cfg.Temporal, cfg.Namespace, cfg.logger())
	if err != nil {
		return nil, err
	}
	defer client.Close()
	return (&worker.Cases{Client: client, Engine: e}).History(ctx, run.CaseID, run.RunID)
}

func replayOne(h *history.History) error { return worker.NewReplayer().Replay(h) }

type reconcileCmd struct {
	Rebuild bool `help:"从数据库重建缺失、落后的工作流，结束多余的"`
	JSON    bool `name:"json" help:"以 JSON 输出"`
}

// Run compares cases and workflows; a running server or worker must answer queries.
func (r reconcileCmd) Run(ctx context.Context, cfg *Config) error {
	if cfg.Temporal == "" {
		return fmt.Errorf("请用 TEMPORAL_ADDRESS 指明正在运行的 Temporal（make run 时显示在启动信息中）")
	}
	e, err := cfg.open(ctx, false)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	client, err := worker.Dial(cfg.Temporal, cfg.Namespace, cfg.logger())
	if err != nil {
		return err
	}
	defer client.Close()
	found, err := (&worker.Cases{Client: client, Engine: e}).Reconcile(ctx, r.Rebuild)
	if err != nil {
		return err
	}
	if r.JSON {
		return json.NewEncoder(os.Stdout).Encode(found)
	}
	for _, d := range found {
		fmt.Printf("%s %s：%s（%s）\n", d.Procedure, d.CaseID, d.Detail, d.Kind)
	}
	verb := "发现"
	if r.Rebuild {
		verb = "已修复"
	}
	fmt.Printf("%s %d 处不一致\n", verb, len(found))
	return nil
}
