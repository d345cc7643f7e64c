package sealing_test

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/sealing"
)

// A verifier written from docs/evidence.md alone, with nothing of ours and no library but the standard one, comes to the same
// end: the page is true, and so it can be done in another language.
func TestAVerifierOfSomebodyElse(t *testing.T) {
	onBoth(t, func(t *testing.T, p *place) {
		a := p.Reach("risk_clue", "verifying")
		p.see(a.ID)
		p.seal()
		p.SetNow(p.Now().Add(time.Hour))
		for range 3 { // a tree that is no power of two
			p.Reach("risk_clue", "verifying")
		}
		p.Do(a.ID, "close_no_risk")
		b, err := (&sealing.Exporter{Engine: p.Engine, Sealer: p.sealer, Forms: true}).Export(t.Context(), p.Case(a.ID))
		require.NoError(t, err)
		require.NotEmpty(t, b.Earlier)
		var file bytes.Buffer
		require.NoError(t, b.Write(&file))
		require.NoError(t, foreignVerify(file.Bytes(), p.sealer.Key.Public))

		b.Acts[2].Proof[0][0] ^= 1
		file.Reset()
		require.NoError(t, b.Write(&file))
		require.ErrorContains(t, foreignVerify(file.Bytes(), p.sealer.Key.Public), "act 3")
		b.Acts[2].Proof[0][0] ^= 1
		b.Earlier[0].Proof[0][0] ^= 1
		file.Reset()
		require.NoError(t, b.Write(&file))
		require.ErrorContains(t, foreignVerify(file.Bytes(), p.sealer.Key.Public), "earlier")
	})
}

type foreignNote struct {
	size int64
	root string
}

// foreignVerify does the six steps of the page.
func foreignVerify(file []byte, key string) error {
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return err
	}
	read := func(name string) string {
		f, err := z.Open(name)
		if err != nil {
			return ""
		}
		raw, _ := io.ReadAll(f)
		return string(raw)
	}
	last, err := foreignOpen(read("checkpoint.txt"), key)
	if err != nil {
		return err
	}
	var about struct {
		Case, Head string
		Acts       int
	}
	if err := json.Unmarshal([]byte(read("about.json")), &about); err != nil {
		return err
	}
	chain, prev, n := sum(about.Case), "", 0
	for line := range strings.Lines(read("acts.jsonl")) {
		n++
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
		if json.Unmarshal([]byte(line), &x) != nil || json.Unmarshal([]byte(x.Act), &act) != nil || act.Case != about.Case || act.Seq != n || act.Prev != prev {
			return fmt.Errorf("act %d is out of place", n)
		}
		if x.Form == nil || sum(x.Salt+*x.Form) != act.Payload {
			return fmt.Errorf("act %d has another form", n)
		}
		prev = sum(x.Act)
		if foreignRoot(x.Index, last.size, fmt.Sprintf("%s %d %s\n", chain, n, prev), x.Proof) != last.root {
			return fmt.Errorf("act %d is not in the tree", n)
		}
	}
	if n != about.Acts || prev != about.Head {
		return fmt.Errorf("acts are missing")
	}
	for line := range strings.Lines(read("access.jsonl")) {
		var x struct {
			Entry string
			Index int64
			Proof []string
		}
		var entry struct{ Seq int64 }
		if json.Unmarshal([]byte(line), &x) != nil || json.Unmarshal([]byte(x.Entry), &entry) != nil ||
			foreignRoot(x.Index, last.size, fmt.Sprintf("access %d %s\n", entry.Seq, sum(x.Entry)), x.Proof) != last.root {
			return fmt.Errorf("an entry is not in the tree")
		}
	}
	for line := range strings.Lines(read("earlier.jsonl")) {
		var x struct {
			Note  string
			Proof []string
		}
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			return err
		}
		early, err := foreignOpen(x.Note, key)
		if err != nil || !foreignConsistent(early, last, x.Proof) {
			return fmt.Errorf("an earlier checkpoint does not fit: %v", err)
		}
	}
	return nil
}

func sum(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

// foreignOpen checks a signed note: text, an empty line, and "— name base64(four bytes, signature)".
func foreignOpen(note, key string) (foreignNote, error) {
	text, signature, _ := strings.Cut(note, "\n\n")
	text += "\n"
	part, words := strings.SplitN(key, "+", 3), strings.Fields(signature)
	public, err1 := base64.StdEncoding.DecodeString(part[2])
	sig, err2 := base64.StdEncoding.DecodeString(words[2])
	if err1 != nil || err2 != nil || words[1] != part[0] || !ed25519.Verify(public[1:], []byte(text), sig[4:]) {
		return foreignNote{}, fmt.Errorf("bad signature")
	}
	line := strings.Split(text, "\n")
	size, err := strconv.ParseInt(line[1], 10, 64)
	return foreignNote{size, line[2]}, err
}

func node(left, right []byte) []byte {
	h := sha256.Sum256(slices.Concat([]byte{1}, left, right))
	return h[:]
}

func decoded(text string) []byte {
	raw, _ := base64.StdEncoding.DecodeString(text)
	return raw
}

// foreignRoot is the root that an audit path leads to (RFC 9162, 2.1.3.2).
func foreignRoot(index, size int64, leaf string, path []string) string {
	h := sha256.Sum256(append([]byte{0}, leaf...))
	r, fn, sn := h[:], index, size-1
	for _, p := range path {
		if fn&1 == 1 || fn == sn {
			r = node(decoded(p), r)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			r = node(r, decoded(p))
		}
		fn, sn = fn>>1, sn>>1
	}
	if sn != 0 {
		return ""
	}
	return base64.StdEncoding.EncodeToString(r)
}

// foreignConsistent checks a consistency proof (RFC 9162, 2.1.4.2).
func foreignConsistent(first, second foreignNote, path []string) bool {
	if first.size&(first.size-1) == 0 {
		path = append([]string{first.root}, path...)
	}
	fn, sn := first.size-1, second.size-1
	for fn&1 == 1 {
		fn, sn = fn>>1, sn>>1
	}
	if len(path) == 0 {
		return first == second
	}
	fr, sr := decoded(path[0]), decoded(path[0])
	for _, p := range path[1:] {
		c := decoded(p)
		if fn&1 == 1 || fn == sn {
			fr, sr = node(c, fr), node(c, sr)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			sr = node(sr, c)
		}
		fn, sn = fn>>1, sn>>1
	}
	return sn == 0 && bytes.Equal(fr, decoded(first.root)) && bytes.Equal(sr, decoded(second.root))
}
