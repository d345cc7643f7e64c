package sealing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"shouwang/internal/evidence"
	"shouwang/models"
)

const (
	folderTarget  = "folder"
	serviceTarget = "service"
)

// deliver sends each checkpoint out of the database, in order, until that has succeeded: what is delivered stands in
// log_deliveries.
func (s *Sealer) deliver(ctx context.Context) error {
	targets := []struct {
		name string
		to   func(ctx context.Context, from int64, c *models.LogCheckpoint) error
		on   bool
	}{{folderTarget, s.export, s.Dir != ""}, {serviceTarget, s.post, s.URL != ""}}
	var errs []error
	for _, t := range targets {
		if t.on {
			errs = append(errs, s.deliverTo(ctx, t.name, t.to))
		}
	}
	return errors.Join(errs...)
}

func (s *Sealer) deliverTo(ctx context.Context, target string, to func(context.Context, int64, *models.LogCheckpoint) error) error {
	db := s.Store.DB.WithContext(ctx)
	var rows []models.LogCheckpoint
	err := db.Where("NOT EXISTS (SELECT 1 FROM log_deliveries d WHERE d.size = log_checkpoints.size AND d.target = ?)", target).Order("size").Find(&rows).Error
	if err != nil {
		return err
	}
	for i := range rows {
		var before int64
		if err := db.Raw("SELECT coalesce(max(size), 0) FROM log_checkpoints WHERE size < ?", rows[i].Size).Scan(&before).Error; err != nil {
			return err
		}
		if err := to(ctx, before, &rows[i]); err != nil {
			return fmt.Errorf("检查点（%d 条）未能送出：%w", rows[i].Size, err)
		}
		done := models.LogDelivery{Size: rows[i].Size, Target: target, At: s.now()}
		if err := db.Clauses(clause.OnConflict{DoNothing: true}).Create(&done).Error; err != nil {
			return err
		}
		if _, err := s.lease(ctx); err != nil {
			return err
		}
	}
	return nil
}

const (
	notePattern   = "checkpoint-*.txt"
	leavesPattern = "leaves-*.txt"
	publicKeyFile = "key.txt"
)

func noteFile(size int64) string       { return fmt.Sprintf("checkpoint-%012d.txt", size) }
func leavesFile(from, to int64) string { return fmt.Sprintf("leaves-%012d-%012d.txt", from, to) }

// export writes the leaves that are new and then the note: with a note all its leaves are there.
func (s *Sealer) export(ctx context.Context, from int64, c *models.LogCheckpoint) error {
	var b bytes.Buffer
	rows, err := s.Store.DB.WithContext(ctx).Raw("SELECT chain, seq, hash FROM log_leaves WHERE idx >= ? AND idx < ? ORDER BY idx", from, c.Size).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var l models.LogLeaf
		if err := rows.Scan(&l.Chain, &l.Seq, &l.Hash); err != nil {
			return err
		}
		b.Write(leafOf(&l).Text())
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		body []byte
	}{{publicKeyFile, []byte(s.Key.Public + "\n")}, {leavesFile(from, c.Size), b.Bytes()}, {noteFile(c.Size), []byte(c.Note)}} {
		if err := evidence.WriteOnce(filepath.Join(s.Dir, f.name), f.body); err != nil {
			return err
		}
	}
	return nil
}

// postTime is how long the other service may take.
const postTime = 15 * time.Second

// poster goes where the setting says and nowhere else.
var poster = &http.Client{Timeout: postTime, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// post sends the note to the other service, which answers 2xx once it has it.
func (s *Sealer) post(ctx context.Context, _ int64, c *models.LogCheckpoint) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, strings.NewReader(c.Note))
	if err != nil {
		return errors.New("检查点服务的地址不可用") // the address may hold a password
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	res, err := poster.Do(req)
	if err != nil {
		return errors.New("检查点服务没有应答")
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)) // so that the connection is used again
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("检查点服务应答 %d", res.StatusCode)
	}
	return nil
}
