package api

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A verifier of evidence packages that somebody else would write from 说明.txt: the standard library and nothing of ours.

// foreignPackage does the steps of the page with the key that was published.
func foreignPackage(file, publicPEM []byte) error {
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return err
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return err
		}
		body, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		files[f.Name] = body
	}
	block, _ := pem.Decode(publicPEM)
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return err
	}
	public := parsed.(ed25519.PublicKey)
	if !ed25519.Verify(public, files["SHA256SUMS"], files["SHA256SUMS.sig"]) {
		return errors.New("signature")
	}
	listed := map[string]string{}
	for line := range strings.Lines(string(files["SHA256SUMS"])) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		if body, ok := files[name]; !ok || foreignSum(body) != sum {
			return fmt.Errorf("file %s", name)
		}
		listed[name] = sum
	}
	for name := range files {
		if listed[name] == "" && name != "SHA256SUMS" && name != "SHA256SUMS.sig" {
			return fmt.Errorf("file %s is not listed", name)
		}
	}
	note := string(files["checkpoint.txt"])
	text, signed, _ := strings.Cut(note, "\n\n")
	words := strings.Fields(signed)
	signature, err := base64.StdEncoding.DecodeString(words[len(words)-1])
	if err != nil || !ed25519.Verify(public, []byte(text+"\n"), signature[4:]) {
		return errors.New("checkpoint")
	}
	line := strings.Split(text, "\n")
	size, _ := strconv.ParseInt(line[1], 10, 64)
	var about struct{ Cases int }
	if err := json.Unmarshal(files["about.json"], &about); err != nil {
		return err
	}
	cases := 0
	for name := range listed {
		if folder, ok := strings.CutSuffix(name, "/about.json"); ok {
			cases++
			if err := foreignCase(files, listed, folder, size, line[2]); err != nil {
				return err
			}
		}
	}
	if cases != about.Cases {
		return errors.New("cases")
	}
	return nil
}

func foreignCase(files map[string][]byte, listed map[string]string, folder string, size int64, root string) error {
	var about struct {
		Case, Head string
		Acts       int
	}
	if err := json.Unmarshal(files[folder+"/about.json"], &about); err != nil {
		return err
	}
	prev, forms := "", []string{""}
	for line := range strings.Lines(string(files[folder+"/acts.jsonl"])) {
		var x struct {
			Act, Salt string
			Form      *string
			Index     int64
			Proof     []string
		}
		var act struct {
			Case, Prev, Payload string
			Seq                 int
		}
		n := len(forms)
		if json.Unmarshal([]byte(line), &x) != nil || json.Unmarshal([]byte(x.Act), &act) != nil || act.Case != about.Case || act.Seq != n || act.Prev != prev {
			return fmt.Errorf("act %d is out of place", n)
		}
		form := ""
		if x.Form != nil {
			if form = *x.Form; foreignSum([]byte(x.Salt+form)) != act.Payload {
				return fmt.Errorf("act %d has another form", n)
			}
		}
		forms, prev = append(forms, form), foreignSum([]byte(x.Act))
		if foreignRoot(x.Index, size, fmt.Sprintf("%s %d %s\n", foreignSum([]byte(about.Case)), n, prev), x.Proof) != root {
			return fmt.Errorf("act %d is not in the tree", n)
		}
	}
	if len(forms)-1 != about.Acts || prev != about.Head {
		return errors.New("acts are missing")
	}
	for line := range strings.Lines(string(files[folder+"/access.jsonl"])) {
		var x struct {
			Entry string
			Index int64
			Proof []string
		}
		var e struct{ Seq int64 }
		if json.Unmarshal([]byte(line), &x) != nil || json.Unmarshal([]byte(x.Entry), &e) != nil ||
			foreignRoot(x.Index, size, fmt.Sprintf("access %d %s\n", e.Seq, foreignSum([]byte(x.Entry))), x.Proof) != root {
			return errors.New("an entry of the access log")
		}
	}
	for line := range strings.Lines(string(files[folder+"/files.jsonl"])) {
		var f struct {
			Seq          int
			SHA256, File string
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			return err
		}
		if form := forms[f.Seq]; form != "" && !strings.Contains(form, `"`+f.SHA256+`"`) {
			return fmt.Errorf("act %d recorded another file", f.Seq)
		}
		if f.File != "" && listed[folder+"/"+f.File] != f.SHA256 {
			return fmt.Errorf("file of act %d", f.Seq)
		}
	}
	return nil
}

func foreignSum(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// foreignRoot follows an audit path (RFC 9162, 2.1.3.2).
func foreignRoot(index, size int64, leaf string, proof []string) string {
	h := sha256.Sum256(append([]byte{0}, leaf...))
	last := size - 1
	for _, p := range proof {
		raw, err := base64.StdEncoding.DecodeString(p)
		if err != nil || last == 0 {
			return ""
		}
		if index&1 == 1 || index == last {
			h = sha256.Sum256(append(append([]byte{1}, raw...), h[:]...))
			for index != 0 && index&1 == 0 {
				index, last = index>>1, last>>1
			}
		} else {
			h = sha256.Sum256(append(append([]byte{1}, h[:]...), raw...))
		}
		index, last = index>>1, last>>1
	}
	if last != 0 {
		return ""
	}
	return base64.StdEncoding.EncodeToString(h[:])
}
