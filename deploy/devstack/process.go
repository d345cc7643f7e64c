package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// fileLock keeps two servers off one SQLite file: each would take the other's
// shards away. The kernel drops it with the process, however that ends.
type fileLock struct{ file *os.File }

// lockFile makes the folder of the database and takes its lock, waiting for a
// server that is just going away.
func lockFile(ctx context.Context, db string) (*fileLock, error) {
	if err := os.MkdirAll(filepath.Dir(db), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(lockPath(db), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = poll(ctx, 10*time.Second, func() error {
		return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	})
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%s is used by another server: %w", db, err)
	}
	return &fileLock{f}, nil
}

func (l *fileLock) release() {
	if l != nil {
		_ = l.file.Close()
	}
}

// exitWithParent ends this process at once when its parent is gone: seen by
// the end of standard input if that is a pipe, else by a change of the parent's
// id. At once, because a restarted parent wants the port and the file back, and
// the store survives it.
func exitWithParent() {
	parent := os.Getppid()
	go func() {
		for range time.Tick(200 * time.Millisecond) {
			if os.Getppid() != parent {
				os.Exit(0)
			}
		}
	}()
	if info, err := os.Stdin.Stat(); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		}()
	}
}
