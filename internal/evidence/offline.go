package evidence

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Proved is what a bundle has been found to prove.
type Proved struct {
	Case  string `json:"case"`
	No    string `json:"no"`
	Acts  int    `json:"acts"`
	Forms int    `json:"forms"`
	// Erased are the acts whose form is not in the bundle although forms are.
	Erased int `json:"erased"`
	Access int `json:"access"`
	// Checkpoint is what everything was proved against.
	Checkpoint Checkpoint `json:"checkpoint"`
	// Sealed is, for each act in turn, the time of the first checkpoint in the bundle that holds it: it existed then, as it is now.
	Sealed []time.Time `json:"sealed"`
	// OwnKey says that the key was taken from the bundle itself, which proves only that its parts agree.
	OwnKey bool `json:"own_key"`
}

// Verify proves a bundle by itself, against a public key that was got elsewhere, or else the one in it. The error names
// the first record that does not hold.
func (b *Bundle) Verify(publicKey string) (*Proved, error) {
	p := &Proved{Case: b.About.Case, No: b.About.No, OwnKey: publicKey == ""}
	if p.OwnKey {
		publicKey = b.Key
	}
	var err error
	if p.Checkpoint, err = Open([]byte(b.Checkpoint), publicKey); err != nil {
		return nil, err
	}
	notes, err := b.notes(publicKey, p.Checkpoint)
	if err != nil {
		return nil, err
	}
	prev := ""
	for i := range b.Acts {
		leaf, err := b.act(p, i, prev)
		if err == nil {
			err = b.Acts[i].check(p.Checkpoint, leaf)
		}
		if err != nil {
			return nil, fmt.Errorf("第 %d 条办理记录：%w", i+1, err)
		}
		prev = leaf.Hash
		p.Sealed = append(p.Sealed, firstHolding(notes, b.Acts[i].Index))
	}
	if b.About.Acts != len(b.Acts) || b.About.Head != prev {
		return nil, fmt.Errorf("第 %d 条办理记录：末尾缺失或多出，应有 %d 条", min(len(b.Acts), b.About.Acts)+1, b.About.Acts)
	}
	p.Acts = len(b.Acts)
	return p, b.entries(p)
}

// act checks the act itself and its link to the one before, and gives its leaf.
func (b *Bundle) act(p *Proved, i int, prev string) (Leaf, error) {
	x := &b.Acts[i]
	var a Act
	if err := json.Unmarshal([]byte(x.Act), &a); err != nil {
		return Leaf{}, fmt.Errorf("不能读取：%w", err)
	}
	switch {
	case a.Case != b.About.Case:
		return Leaf{}, fmt.Errorf("属于另一个事项")
	case a.Seq != i+1:
		return Leaf{}, fmt.Errorf("序号是 %d", a.Seq)
	case a.Prev != prev:
		return Leaf{}, fmt.Errorf("与前一条记录不相连")
	case x.Form != nil && FormHash(x.Salt, []byte(*x.Form)) != a.Payload:
		return Leaf{}, fmt.Errorf("表单内容与其摘要不符")
	case x.Form != nil:
		p.Forms++
	case b.About.Forms:
		p.Erased++
	}
	return Leaf{Chain: ChainOf(a.Case), Seq: int64(a.Seq), Hash: Digest([]byte(x.Act))}, nil
}

// check proves that a leaf is where it is said to be in the tree.
func (p *Place) check(c Checkpoint, leaf Leaf) error {
	if p.Index < 0 || p.Index >= c.Size {
		return fmt.Errorf("不在检查点所封存的 %d 条之内", c.Size)
	}
	if err := tlog.CheckRecord(p.Proof, c.Size, c.Root, p.Index, leaf.RecordHash()); err != nil {
		return fmt.Errorf("不是封存时的记录（封存序号 %d）", p.Index)
	}
	return nil
}

func (b *Bundle) entries(p *Proved) error {
	for i := range b.Access {
		x := &b.Access[i]
		var e Entry
		err := json.Unmarshal([]byte(x.Entry), &e)
		if err == nil {
			err = x.check(p.Checkpoint, Leaf{Chain: AccessChain, Seq: e.Seq, Hash: Digest([]byte(x.Entry))})
		}
		if err != nil {
			return fmt.Errorf("第 %d 条查阅记录：%w", i+1, err)
		}
	}
	p.Access = len(b.Access)
	return nil
}

// notes are the checkpoints of a bundle, each proved to be the beginning of the last, by size.
func (b *Bundle) notes(publicKey string, last Checkpoint) ([]Checkpoint, error) {
	out := []Checkpoint{last}
	for _, e := range b.Earlier {
		c, err := Open([]byte(e.Note), publicKey)
		if err != nil {
			return nil, err
		}
		if c.Size > last.Size || c.Size < 1 || tlog.CheckTree(e.Proof, last.Size, last.Root, c.Size, c.Root) != nil {
			return nil, fmt.Errorf("%s 的检查点（%d 条）与最后的检查点不一致", Moment(c.At), c.Size)
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Checkpoint) int { return int(a.Size - b.Size) })
	return out, nil
}

// firstHolding is the time of the first checkpoint that holds a leaf.
func firstHolding(notes []Checkpoint, index int64) time.Time {
	i, _ := slices.BinarySearchFunc(notes, index+1, func(c Checkpoint, size int64) int { return int(c.Size - size) })
	return notes[min(i, len(notes)-1)].At
}
