package sealing

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"

	"shouwang/internal/evidence"
)

// seen is a checkpoint and where it was found.
type seen struct {
	evidence.Checkpoint
	where string
	// out says that it was found outside of the database.
	out bool
}

// lastExported is the newest checkpoint in a folder, nil when there is none.
func lastExported(dir, publicKey string) (*evidence.Checkpoint, error) {
	files, err := noteFiles(dir)
	if err != nil || len(files) == 0 {
		return nil, err
	}
	c, err := readNote(files[len(files)-1], publicKey)
	return &c, err
}

// noteFiles are the exported checkpoints of a folder, the oldest first; "" has none.
func noteFiles(dir string) ([]string, error) {
	if dir == "" {
		return nil, nil
	}
	return filepath.Glob(filepath.Join(dir, notePattern)) // sorted, and names are by size
}

func readNote(file, publicKey string) (evidence.Checkpoint, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return evidence.Checkpoint{}, err
	}
	c, err := evidence.Open(raw, publicKey)
	if err != nil {
		err = fmt.Errorf("%s：%w", filepath.Base(file), err)
	}
	return c, err
}

// exportedLeaves reads leaves from a folder one after another, so that a record that is not as it was can be named. What
// is not in the folder is not read.
type exportedLeaves struct {
	files []string
	file  *os.File
	lines *bufio.Scanner
	next  int64
}

func openLeaves(dir string) (*exportedLeaves, error) {
	if dir == "" {
		return &exportedLeaves{}, nil
	}
	files, err := filepath.Glob(filepath.Join(dir, leavesPattern))
	return &exportedLeaves{files: files}, err
}

// at is the leaf with an index; the second result is false when it was not exported. Indexes must not go down.
func (x *exportedLeaves) at(index int64) (evidence.Leaf, bool, error) {
	for {
		if x.lines != nil && x.lines.Scan() {
			x.next++
			if x.next <= index {
				continue
			}
			leaf, err := evidence.ParseLeaf(x.lines.Text())
			return leaf, err == nil, nil // a damaged line names nothing
		}
		if err := x.open(index); err != nil {
			return evidence.Leaf{}, false, err
		}
		if x.lines == nil {
			return evidence.Leaf{}, false, nil
		}
	}
}

// open goes on with the file that holds an index, if there is one. Each is opened once.
func (x *exportedLeaves) open(index int64) error {
	x.close()
	for len(x.files) > 0 {
		from, to, ok := leavesIn(x.files[0])
		if ok && from > index {
			return nil
		}
		file := x.files[0]
		x.files = x.files[1:]
		if !ok || to <= index {
			continue
		}
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		x.next, x.file, x.lines = from, f, bufio.NewScanner(f)
		return nil
	}
	return nil
}

func (x *exportedLeaves) close() {
	if x.file != nil {
		_ = x.file.Close() // was only read
	}
	x.file, x.lines = nil, nil
}

func leavesIn(file string) (from, to int64, ok bool) {
	_, err := fmt.Sscanf(filepath.Base(file), "leaves-%d-%d.txt", &from, &to)
	return from, to, err == nil
}
