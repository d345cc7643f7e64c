package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/models"
	"shouwang/policy"
)

// Config is what all commands share.
type Config struct {
	Data     string `env:"SHOUWANG_DATA" default:"data" help:"数据目录"`
	DB       string `env:"SHOUWANG_DB" help:"数据库：postgres://… 或 SQLite 文件；默认 DATA/shouwang.db"`
	Keys     string `env:"SHOUWANG_KEYS" help:"密钥文件；默认 DATA/keys.json"`
	Temporal string `env:"TEMPORAL_ADDRESS" help:"外部 Temporal 的地址；默认自带一套"`
	// TemporalDB may be a postgres:// URL, so that the real topology runs natively.
	TemporalDB string `env:"SHOUWANG_TEMPORAL_DB" name:"temporal-db" help:"自带 Temporal 的数据库：postgres://… 或 SQLite 文件；默认 DATA/temporal.db"`
	Namespace  string `env:"TEMPORAL_NAMESPACE" default:"shouwang" help:"Temporal 命名空间"`
	// StartRate bounds what a quarter's start asks of Temporal.
	StartRate float64 `env:"SHOUWANG_START_RATE" default:"20" help:"积压的事项每秒最多启动多少个工作流"`
	Profile   string  `env:"SHOUWANG_PROFILE" enum:"demo,production" default:"demo" help:"demo 或 production"`
	Drill     string  `env:"SHOUWANG_DRILL" help:"演练时钟，如 1d=2s；production 不可用"`
	// PasswordProfile is what passwords must be like, here and on the page.
	PasswordProfile string `env:"SHOUWANG_PASSWORD_PROFILE" enum:"mlps3,asvs" default:"mlps3" help:"口令规则：mlps3（等保三级）或 asvs（OWASP ASVS 5.0）"`
	LogLevel        string `env:"SHOUWANG_LOG" enum:"debug,info,warn,error" default:"warn" help:"日志级别"`
	RecordOptions
	NoticeOptions

	// Tests listen to the log and take the sealing away.
	logTo    io.Writer
	useVault *models.Vault
}

func (c *Config) db() string {
	if c.DB != "" {
		return c.DB
	}
	return filepath.Join(c.Data, "shouwang.db")
}

func (c *Config) keys() string {
	if c.Keys != "" {
		return c.Keys
	}
	return filepath.Join(c.Data, "keys.json")
}

func (c *Config) logger() *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // the enum allows only good ones
	to := c.logTo
	if to == nil {
		to = os.Stderr
	}
	return slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{Level: level}))
}

func (c *Config) vault() (*models.Vault, error) {
	if c.useVault != nil {
		return c.useVault, nil
	}
	return models.LoadVault(c.keys())
}

// open connects to the database; migrate brings it up to date first, and
// otherwise an old schema is refused.
func (c *Config) open(ctx context.Context, migrate bool) (*activities.Engine, error) {
	if file := c.db(); !migrate && !strings.Contains(file, "://") { // nothing is made where nothing was
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("没有数据库 %s，请核对 --data 或 --db", file)
		}
	}
	vault, err := c.vault()
	if err != nil {
		return nil, err
	}
	if migrate {
		if _, err := c.migrate(ctx, vault); err != nil {
			return nil, err
		}
	}
	store, err := models.Open(c.db(), vault)
	if err != nil {
		return nil, err
	}
	if err = store.SchemaCurrent(ctx); err == nil {
		err = store.OpenKeys(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	clock, err := c.clock(ctx, store)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	calendar, err := c.calendar()
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	e := &activities.Engine{Store: store, Calendar: calendar, Clock: clock}
	if err := e.LoadCalendar(ctx); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return e, nil
}

// calendar is the built-in working-day calendar with the years that were put
// into DATA/calendar, one JSON file each, as when 2027 is published. What the system
// administrator enters on the screen comes from the database.
func (c *Config) calendar() (*policy.Calendar, error) {
	files, err := filepath.Glob(filepath.Join(c.Data, "calendar", "*.json"))
	if err != nil {
		return nil, err
	}
	var years []policy.YearData
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		y, err := policy.ParseYear(raw)
		if err != nil {
			return nil, fmt.Errorf("节假日文件 %s：%w", f, err)
		}
		years = append(years, y)
	}
	return policy.DefaultCalendar().With(years...), nil
}

const drillKey = "drill"

// clock is the case clock. A drill is remembered with the data: a second start
// goes on where the first stopped, and data with a drill are never production.
func (c *Config) clock(ctx context.Context, s *models.Store) (*casetime.Clock, error) {
	db := s.DB.WithContext(ctx)
	var kept models.Meta
	err := db.Where("name = ?", drillKey).Take(&kept).Error
	if err != nil && !models.Missing(err) {
		return nil, err
	}
	var d casetime.Drill
	if kept.Value != "" {
		if err := json.Unmarshal([]byte(kept.Value), &d); err != nil {
			return nil, err
		}
	}
	if c.Profile == "production" && (c.Drill != "" || d.Rate != 0) {
		return nil, errors.New("production 不能使用演练时钟，也不能使用演练过的数据")
	}
	if c.Drill == "" || d.Rate != 0 {
		return &casetime.Clock{Drill: d}, nil
	}
	rate, err := casetime.ParseRate(c.Drill)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	d = casetime.Drill{Real: now, Case: now, Rate: rate}
	raw, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	return &casetime.Clock{Drill: d}, db.Create(&models.Meta{Name: drillKey, Value: string(raw)}).Error
}

type migrateCmd struct{}

func (migrateCmd) Run(ctx context.Context, c *Config) error {
	vault, err := c.vault()
	if err != nil {
		return err
	}
	ran, err := c.migrate(ctx, vault)
	for _, name := range ran {
		fmt.Println("已执行", name)
	}
	if err == nil && len(ran) == 0 {
		fmt.Println("数据库结构已是最新")
	}
	return err
}
