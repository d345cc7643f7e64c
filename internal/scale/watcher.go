package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"gorm.io/gorm/logger"
)

// watcher sees how long each statement takes, rows read, and keeps the texts of
// the slow ones when asked to.
type watcher struct {
	logger.Interface
	mu      sync.Mutex
	n       int
	slowest time.Duration
	limit   time.Duration
	texts   []string
}

// LogMode implements logger.Interface.
func (w *watcher) LogMode(logger.LogLevel) logger.Interface { return w }

// Info implements logger.Interface.
func (w *watcher) Info(context.Context, string, ...any) {}

// Warn implements logger.Interface.
func (w *watcher) Warn(context.Context, string, ...any) {}

// Error implements logger.Interface.
func (w *watcher) Error(context.Context, string, ...any) {}

// Trace implements logger.Interface.
func (w *watcher) Trace(_ context.Context, began time.Time, text func() (string, int64), _ error) {
	took := time.Since(began)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.n++
	w.slowest = max(w.slowest, took)
	if w.limit > 0 && took >= w.limit {
		if s, _ := text(); !slices.Contains(w.texts, s) {
			w.texts = append(w.texts, s)
		}
	}
}

func (w *watcher) reset() { w.n, w.slowest = 0, 0 }

// keep keeps texts of statements that take so long; 0 keeps none.
func (w *watcher) keep(limit time.Duration) { w.limit, w.texts = limit, nil }

func (w *watcher) take() []string {
	out := w.texts
	w.limit, w.texts = 0, nil
	return out
}
