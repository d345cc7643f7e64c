package evidence

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Format is the name of the format of a Bundle; docs/evidence.md describes it.
const Format = "shouwang-evidence/1"

// Bundle is the proof of one case, in a zip file: all that is needed to check it, and nothing else is.
type Bundle struct {
	About About
	Acts  []ProvedAct
	// Access are the entries of the access log about the case and its household.
	Access []ProvedEntry
	// Checkpoint is the signed note that everything is proved against, Earlier are those that first held each of the
	// records, and Key is the public key of them all.
	Checkpoint string
	Earlier    []EarlierNote
	Key        string
}

// About says what a bundle is about.
type About struct {
	Format    string `json:"format"`
	Case      string `json:"case"`
	No        string `json:"no"`
	Procedure string `json:"procedure"`
	Made      string `json:"made"`
	// Acts and Head are the number of acts and the hash of the last: of these the chain must consist.
	Acts int    `json:"acts"`
	Head string `json:"head"`
	// Forms tells whether what was written on the forms is in the bundle, or only its hashes.
	Forms bool `json:"forms"`
	// Keep is how long the file of the case must be kept: permanent, 30_years or 10_years, from Closed on.
	Keep   string `json:"keep"`
	Closed string `json:"closed,omitempty"`
}

// Place is where a record stands in the tree, and the proof of it.
type Place struct {
	Index int64            `json:"index"`
	Proof tlog.RecordProof `json:"proof"`
}

// ProvedAct is an act, its form when that is given, and its place in the tree.
type ProvedAct struct {
	Act  string  `json:"act"` // the text that is hashed, byte for byte
	Salt string  `json:"salt,omitempty"`
	Form *string `json:"form,omitempty"`
	Place
}

// ProvedEntry is an entry of the access log and its place in the tree.
type ProvedEntry struct {
	Entry string `json:"entry"`
	Place
}

// EarlierNote is a checkpoint that was signed before, with the proof that the later tree holds its tree.
type EarlierNote struct {
	Note  string         `json:"note"`
	Proof tlog.TreeProof `json:"proof"`
}

const (
	aboutFile      = "about.json"
	actsFile       = "acts.jsonl"
	accessFile     = "access.jsonl"
	checkpointFile = "checkpoint.txt"
	earlierFile    = "earlier.jsonl"
	keyFile        = "key.txt"
	readmeFile     = "README.txt"
)

const readme = `本文件是一个事项的办理记录及其证明，可以脱离系统单独核对：
    shouwang verify --offline 本文件 [--key 公布的公钥]
格式是公开的（shouwang-evidence/1）：about.json 说明事项；acts.jsonl 每行一条办理记录；access.jsonl 每行一条查阅记录；
checkpoint.txt 是签名的检查点（C2SP signed note，Ed25519）；earlier.jsonl 是此前的检查点；key.txt 是公钥。
记录的摘要为 SHA-256，树按 RFC 6962。公钥请与主管部门公布的核对：随文件附带的公钥只能证明各项彼此一致。
`

// Write writes a bundle as a zip file.
func (b *Bundle) Write(w io.Writer) error {
	files, err := b.files()
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	for _, f := range append([]bundleFile{{readmeFile, []byte(readme)}}, files...) {
		part, err := z.Create(f.name)
		if err != nil {
			return err
		}
		if _, err := part.Write(f.body); err != nil {
			return err
		}
	}
	return z.Close()
}

// bundleFile is a file of a bundle.
type bundleFile struct {
	name string
	body []byte
}

// files are the files that a bundle consists of.
func (b *Bundle) files() ([]bundleFile, error) {
	about, err := json.MarshalIndent(b.About, "", "  ")
	acts, err1 := lines(b.Acts)
	access, err2 := lines(b.Access)
	earlier, err3 := lines(b.Earlier)
	return []bundleFile{{aboutFile, about}, {actsFile, acts}, {accessFile, access},
		{checkpointFile, []byte(b.Checkpoint)}, {earlierFile, earlier}, {keyFile, []byte(b.Key + "\n")}}, errors.Join(err, err1, err2, err3)
}

// lines writes one value on each line.
func lines[T any](list []T) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	for _, v := range list {
		if err := e.Encode(v); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// most bounds what one part of a bundle may unpack to.
const most = 1 << 30

// Read reads a bundle that Write has written.
func Read(r io.ReaderAt, size int64) (*Bundle, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("不是证明文件：%w", err)
	}
	return readBundle(z)
}

// readBundle reads a bundle from the folder that its files are in.
func readBundle(z fs.FS) (*Bundle, error) {
	var b Bundle
	about, err := part(z, aboutFile)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(about, &b.About); err != nil {
		return nil, fmt.Errorf("%s：%w", aboutFile, err)
	}
	if b.About.Format != Format {
		return nil, fmt.Errorf("格式 %q 不是 %s", b.About.Format, Format)
	}
	if err := errors.Join(each(z, actsFile, &b.Acts), each(z, accessFile, &b.Access), each(z, earlierFile, &b.Earlier)); err != nil {
		return nil, err
	}
	note, err1 := part(z, checkpointFile)
	key, err2 := part(z, keyFile)
	b.Checkpoint, b.Key = string(note), strings.TrimSpace(string(key))
	return &b, errors.Join(err1, err2)
}

func part(z fs.FS, name string) ([]byte, error) {
	f, err := z.Open(name)
	if err != nil {
		return nil, fmt.Errorf("证明文件缺少 %s", name)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && len(raw) > most {
		err = fmt.Errorf("%s 过大", name)
	}
	return raw, err
}

func each[T any](z fs.FS, name string, into *[]T) error {
	raw, err := part(z, name)
	if err != nil {
		return err
	}
	for d := json.NewDecoder(bytes.NewReader(raw)); d.More(); {
		var v T
		if err := d.Decode(&v); err != nil {
			return fmt.Errorf("%s 第 %d 行：%w", name, len(*into)+1, err)
		}
		*into = append(*into, v)
	}
	return nil
}
