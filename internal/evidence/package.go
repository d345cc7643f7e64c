package evidence

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	_ "embed" // the texts that go into a package
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// PackageFormat is the name of the format of a package; docs/evidence.md describes it.
const PackageFormat = "shouwang-package/1"

// Names of the files of a package. The sums name every other file, and are signed.
const (
	sumsFile      = "SHA256SUMS"
	signatureFile = "SHA256SUMS.sig"
	pemFile       = "key.pem"
	// CasesFolder holds a folder for each case; each is a Bundle, unpacked, and what belongs to it.
	CasesFolder = "cases"
	// FilesFile lists the papers and attachments of a case, one FileLine a line.
	FilesFile = "files.jsonl"
)

//go:embed package.txt
var packageText string

//go:embed package.py
var packageScript string

// PackageAbout says what a package is, who has made it and why.
type PackageAbout struct {
	Format string `json:"format"`
	No     string `json:"no"`
	Made   string `json:"made"`
	By     string `json:"by"`
	Reason string `json:"reason"`
	// Engagement is the number of the engagement that it was made under, Basis its basis; Choice says which cases were asked for.
	Engagement string `json:"engagement"`
	Basis      string `json:"basis"`
	Choice     string `json:"choice"`
	// Masking says what is shown of which class.
	Masking string `json:"masking"`
	Cases   int    `json:"cases"`
	// Checkpoint is the note that all cases are proved against, Key the public key of everything signed.
	Checkpoint string `json:"checkpoint"`
	Key        string `json:"key"`
}

// FileLine is a paper or an attachment of a case: what the act Seq has recorded, and the file in the package, "" when it is
// left out, with the reason.
type FileLine struct {
	Seq    int    `json:"seq"`
	What   string `json:"what"` // paper, attachment
	Title  string `json:"title"`
	No     string `json:"no,omitempty"`
	Class  string `json:"class"`
	MIME   string `json:"mime"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	File   string `json:"file,omitempty"` // below the folder of the case
	Why    string `json:"why,omitempty"`
	Voided string `json:"voided,omitempty"`
}

// PackageWriter writes a package file by file and holds none of them: only the list of hashes is kept, in a file, until
// it is signed.
type PackageWriter struct {
	zip  *zip.Writer
	key  *Key
	sums *os.File
	out  *bufio.Writer
}

// NewPackageWriter begins a package with what explains it and the keys.
func NewPackageWriter(w io.Writer, key *Key) (*PackageWriter, error) {
	public, err := publicOf(key.Public)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	sums, err := os.CreateTemp("", "sums-*")
	if err != nil {
		return nil, err
	}
	p := &PackageWriter{zip: zip.NewWriter(w), key: key, sums: sums, out: bufio.NewWriter(sums)}
	for _, f := range []bundleFile{{"说明.txt", []byte(packageText)}, {"核对.py", []byte(packageScript)}, {keyFile, []byte(key.Public + "\n")},
		{pemFile, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})}} {
		if err := p.Bytes(f.name, f.body); err != nil {
			return nil, errors.Join(err, p.Discard())
		}
	}
	return p, nil
}

// Discard lets go of what is kept until the end. It may be called after Close.
func (p *PackageWriter) Discard() error {
	if p.sums == nil {
		return nil
	}
	err := errors.Join(p.sums.Close(), os.Remove(p.sums.Name()))
	p.sums = nil
	return err
}

// Bytes adds a file.
func (p *PackageWriter) Bytes(name string, body []byte) error {
	return p.Write(name, func(w io.Writer) error {
		_, err := w.Write(body)
		return err
	})
}

// Write adds a file that is written piece by piece.
func (p *PackageWriter) Write(name string, write func(io.Writer) error) error {
	_, err := p.hashed(name, write)
	return err
}

func (p *PackageWriter) hashed(name string, write func(io.Writer) error) (string, error) {
	part, err := p.zip.Create(name)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	if err := write(io.MultiWriter(part, h)); err != nil {
		return "", err
	}
	sum := hex.EncodeToString(h.Sum(nil))
	_, err = fmt.Fprintf(p.out, "%s  %s\n", sum, name)
	return sum, err
}

// Copy adds a file that must have a hash.
func (p *PackageWriter) Copy(name, sum string, r io.Reader) error {
	got, err := p.hashed(name, func(w io.Writer) error {
		_, err := io.Copy(w, r)
		return err
	})
	if err == nil && got != sum {
		err = fmt.Errorf("the bytes of %s are not those that were recorded", name)
	}
	return err
}

// Bundle adds the files of the proof of a case to a folder.
func (p *PackageWriter) Bundle(folder string, b *Bundle) error {
	files, err := b.files()
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := p.Bytes(folder+"/"+f.name, f.body); err != nil {
			return err
		}
	}
	return nil
}

// Lines adds a file with one value on each line.
func Lines[T any](p *PackageWriter, name string, list []T) error {
	raw, err := lines(list)
	if err != nil {
		return err
	}
	return p.Bytes(name, raw)
}

// Close says what the package is, signs the sums and ends the file.
func (p *PackageWriter) Close(about PackageAbout) error {
	about.Format, about.Key = PackageFormat, p.key.Public
	raw, err := json.MarshalIndent(about, "", "  ")
	if err != nil {
		return err
	}
	if err := errors.Join(p.Bytes(checkpointFile, []byte(about.Checkpoint)), p.Bytes(aboutFile, raw), p.out.Flush()); err != nil {
		return err
	}
	sums, err := os.ReadFile(p.sums.Name()) // a line for each file; Ed25519 signs what is in one piece
	if err != nil {
		return err
	}
	signature, err := p.key.signBytes(sums)
	if err != nil {
		return err
	}
	for _, f := range []bundleFile{{sumsFile, sums}, {signatureFile, signature}} {
		part, err := p.zip.Create(f.name)
		if err != nil {
			return err
		}
		if _, err := part.Write(f.body); err != nil {
			return err
		}
	}
	return errors.Join(p.zip.Close(), p.Discard())
}

// signBytes signs bytes as they are, so that common tools can check it. No list of hashes can be taken for the text of a
// checkpoint, whose second line is a number, nor the other way round.
func (k *Key) signBytes(raw []byte) ([]byte, error) {
	part := strings.Split(k.Private, "+") // PRIVATE+KEY+name+hash+key, as x/mod's note has it
	secret, err := base64.StdEncoding.DecodeString(strings.Join(part[min(4, len(part)):], "+"))
	if err != nil || len(secret) != 1+ed25519.SeedSize {
		return nil, errors.New("签署检查点的密钥不是 Ed25519")
	}
	return ed25519.Sign(ed25519.NewKeyFromSeed(secret[1:]), raw), nil
}

// publicOf is the Ed25519 key in the public key of a note: name+hash+key.
func publicOf(public string) (ed25519.PublicKey, error) {
	part := strings.SplitN(strings.TrimSpace(public), "+", 3)
	raw, err := base64.StdEncoding.DecodeString(part[len(part)-1])
	if err != nil || len(part) != 3 || len(raw) != 1+ed25519.PublicKeySize {
		return nil, errors.New("公钥不可用")
	}
	return ed25519.PublicKey(raw[1:]), nil
}

// IsPackage reports whether a zip file says that it is a package.
func IsPackage(r io.ReaderAt, size int64) bool {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return false
	}
	_, err = z.Open(sumsFile)
	return err == nil
}

// ProvedPackage is what a package has been found to prove.
type ProvedPackage struct {
	PackageAbout
	Files       int `json:"files"`
	Acts        int `json:"acts"`
	Forms       int `json:"forms"`
	Access      int `json:"access"`
	Papers      int `json:"papers"`
	Attachments int `json:"attachments"`
	// LeftOut are papers and attachments of which only the hash is there.
	LeftOut int        `json:"left_out"`
	At      Checkpoint `json:"at"`
	OwnKey  bool       `json:"own_key"`
}

// VerifyPackage proves a package by itself, against a public key that was got elsewhere, or else the one in it: the
// signature, each file, and each case as Bundle.Verify does. The error names the first thing that does not hold.
func VerifyPackage(r io.ReaderAt, size int64, publicKey string) (*ProvedPackage, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("不是审计包：%w", err)
	}
	p := &ProvedPackage{OwnKey: publicKey == ""}
	if p.OwnKey {
		raw, err := part(z, keyFile)
		if err != nil {
			return nil, err
		}
		publicKey = string(raw)
	}
	sums, err := signedSums(z, publicKey)
	if err != nil {
		return nil, err
	}
	if err := sums.check(z); err != nil {
		return nil, err
	}
	p.Files = len(sums.order)
	return p, p.check(z, sums, publicKey)
}

// sumList is the signed list of hashes.
type sumList struct {
	of    map[string]string
	order []string
}

func signedSums(z *zip.Reader, publicKey string) (*sumList, error) {
	public, err := publicOf(publicKey)
	if err != nil {
		return nil, err
	}
	raw, err1 := part(z, sumsFile)
	signature, err2 := part(z, signatureFile)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	if !ed25519.Verify(public, raw, signature) {
		return nil, errors.New("清单（SHA256SUMS）的签名不成立")
	}
	out := &sumList{of: map[string]string{}}
	for line := range strings.Lines(string(raw)) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if _, twice := out.of[name]; !ok || twice || len(sum) != 2*sha256.Size {
			return nil, fmt.Errorf("清单第 %d 行格式不对", len(out.order)+1)
		}
		out.of[name] = sum
		out.order = append(out.order, name)
	}
	return out, nil
}

// check compares every file with the list, and the list with the files.
func (l *sumList) check(z *zip.Reader) error {
	seen := map[string]bool{}
	for _, f := range z.File {
		if f.Name == sumsFile || f.Name == signatureFile {
			continue
		}
		want, ok := l.of[f.Name]
		if !ok || seen[f.Name] {
			return fmt.Errorf("文件 %s 不在清单中", f.Name)
		}
		seen[f.Name] = true
		got, err := sumOf(f)
		if err != nil {
			return fmt.Errorf("文件 %s 不能读取：%w", f.Name, err)
		}
		if got != want {
			return fmt.Errorf("文件 %s 与清单不符", f.Name)
		}
	}
	for _, name := range l.order {
		if !seen[name] {
			return fmt.Errorf("缺少文件 %s", name)
		}
	}
	return nil
}

func sumOf(f *zip.File) (string, error) {
	r, err := f.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	h := sha256.New()
	_, err = io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil)), err
}

func (p *ProvedPackage) check(z *zip.Reader, sums *sumList, publicKey string) error {
	raw, err := part(z, aboutFile)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &p.PackageAbout); err != nil {
		return fmt.Errorf("%s：%w", aboutFile, err)
	}
	if p.Format != PackageFormat {
		return fmt.Errorf("格式 %q 不是 %s", p.Format, PackageFormat)
	}
	if p.At, err = Open([]byte(p.Checkpoint), publicKey); err != nil {
		return err
	}
	cases := 0
	for _, name := range sums.order {
		folder, ok := strings.CutSuffix(name, "/"+aboutFile)
		if !ok || !strings.HasPrefix(folder, CasesFolder+"/") {
			continue
		}
		cases++
		if err := p.checkCase(z, sums, folder, publicKey); err != nil {
			return fmt.Errorf("%s：%w", folder, err)
		}
	}
	if cases != p.Cases {
		return fmt.Errorf("应有 %d 个事项，实有 %d 个", p.Cases, cases)
	}
	return nil
}

func (p *ProvedPackage) checkCase(z *zip.Reader, sums *sumList, folder, publicKey string) error {
	dir, err := fs.Sub(z, folder)
	if err != nil {
		return err
	}
	b, err := readBundle(dir)
	if err != nil {
		return err
	}
	if b.Checkpoint != p.Checkpoint {
		return errors.New("不是按审计包的检查点证明的")
	}
	got, err := b.Verify(publicKey)
	if err != nil {
		return err
	}
	p.Acts, p.Forms, p.Access = p.Acts+got.Acts, p.Forms+got.Forms, p.Access+got.Access
	var files []FileLine
	if err := each(dir, FilesFile, &files); err != nil {
		return err
	}
	for _, f := range files {
		if err := p.checkFile(b, sums, folder, f); err != nil {
			return err
		}
	}
	return nil
}

// checkFile compares a paper or an attachment with the act that has recorded it.
func (p *ProvedPackage) checkFile(b *Bundle, sums *sumList, folder string, f FileLine) error {
	if f.Seq < 1 || f.Seq > len(b.Acts) {
		return fmt.Errorf("没有登记“%s”的办理记录", f.Title)
	}
	if form := b.Acts[f.Seq-1].Form; form != nil && !bytes.Contains([]byte(*form), []byte(`"`+f.SHA256+`"`)) {
		return fmt.Errorf("第 %d 条办理记录登记的不是这一份“%s”", f.Seq, f.Title)
	}
	switch {
	case f.File == "":
		p.LeftOut++
	case sums.of[folder+"/"+f.File] != f.SHA256:
		return fmt.Errorf("文件 %s 不是第 %d 条办理记录所登记的", f.File, f.Seq)
	case f.What == "paper":
		p.Papers++
	default:
		p.Attachments++
	}
	return nil
}
