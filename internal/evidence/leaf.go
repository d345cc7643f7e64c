package evidence

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// AccessChain is the chain of the access log, AdminChain that of what administrators have done and FormChain that of what was
// done to form records; every other chain is that of a case.
const (
	AccessChain = "access"
	AdminChain  = "admin"
	FormChain   = "form"
)

// Leaf is one record in the tree: hashes and numbers only, so that it proves and says nothing.
type Leaf struct {
	// Chain is "access", "admin", "form", or the SHA-256 in hex of the id of a case.
	Chain string
	Seq   int64
	Hash  string
}

// ChainOf is how a leaf names the chain of a case, or one of the three that are of none.
func ChainOf(chain string) string {
	switch chain {
	case AccessChain, AdminChain, FormChain:
		return chain
	}
	return Digest([]byte(chain))
}

// Text are the bytes of a leaf, one line.
func (l Leaf) Text() []byte { return fmt.Appendf(nil, "%s %d %s\n", l.Chain, l.Seq, l.Hash) }

// RecordHash is the RFC 6962 hash of a leaf.
func (l Leaf) RecordHash() tlog.Hash { return tlog.RecordHash(l.Text()) }

// ParseLeaf reads a line that Text has written, with or without its end.
func ParseLeaf(line string) (Leaf, error) {
	part := strings.Split(strings.TrimSuffix(line, "\n"), " ")
	if len(part) != 3 {
		return Leaf{}, fmt.Errorf("不是一条封存记录：%q", line)
	}
	seq, err := strconv.ParseInt(part[1], 10, 64)
	return Leaf{Chain: part[0], Seq: seq, Hash: part[2]}, err
}

// Frontier computes the root of a tree whose leaves are added one after another, keeping one hash for each level.
type Frontier struct {
	size  int64
	peaks []tlog.Hash // of the full subtrees, the largest first
}

// Add takes the next leaf.
func (f *Frontier) Add(h tlog.Hash) {
	for n := f.size; n&1 == 1; n >>= 1 {
		last := len(f.peaks) - 1
		h, f.peaks = tlog.NodeHash(f.peaks[last], h), f.peaks[:last]
	}
	f.peaks = append(f.peaks, h)
	f.size++
}

// Size is how many leaves there were.
func (f *Frontier) Size() int64 { return f.size }

// Root is the root of all leaves so far; of none it is the hash of nothing.
func (f *Frontier) Root() tlog.Hash {
	if f.size == 0 {
		root, _ := tlog.TreeHash(0, nil) // reads no hash
		return root
	}
	root := f.peaks[len(f.peaks)-1]
	for i := len(f.peaks) - 2; i >= 0; i-- {
		root = tlog.NodeHash(f.peaks[i], root)
	}
	return root
}
