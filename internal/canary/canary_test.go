package canary_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"shouwang/internal/canary"
)

// A value is found however it was written down, and only then.
func TestFoundInEveryCoding(t *testing.T) {
	t.Parallel()
	const value = "金丝雀住址五号"
	b64 := func(prefix string) []byte {
		return []byte(base64.StdEncoding.EncodeToString([]byte(prefix + value + "尾巴")))
	}
	packed := func(plain []byte) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, err := w.Write(plain)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return b.Bytes()
	}
	zipped := func(plain []byte) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		f, err := w.Create("sheet.xml")
		require.NoError(t, err)
		_, err = f.Write(plain)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return b.Bytes()
	}
	inJSON, err := json.Marshal(map[string]any{"payloads": []any{map[string]any{"data": packed([]byte(value))}}})
	require.NoError(t, err)
	for name, content := range map[string][]byte{
		"plain": []byte("x" + value), "hex": []byte(`\x` + hex.EncodeToString([]byte(value))), "url": []byte("/a?q=" + url.QueryEscape(value)),
		"go": []byte(strconv.QuoteToASCII(value)), "base64": b64(""), "base64 one further": b64("a"), "base64 two further": b64("ab"),
		"gzip": packed([]byte(value)), "gzip of base64": packed(b64("z")), "zip": zipped([]byte(value)), "packed in JSON": inJSON,
		"utf-16": {0xd1, 0x91, 0x1d, 0x4e, 0xc0, 0x96, 0x4f, 0x4f, 0x40, 0x57, 0x94, 0x4e, 0xf7, 0x53},
	} {
		s := canary.New(canary.Bird{Class: "P2", Name: "住址", Value: value})
		s.Look("here", content)
		require.NotEmpty(t, s.Findings(), name)
		require.Positive(t, s.Looked()["here"])
	}
	s := canary.New(canary.Bird{Class: "P2", Name: "住址", Value: value})
	s.Look("here", []byte("金丝雀住址六号"))
	s.Look("here", packed([]byte("无")))
	require.Empty(t, s.Findings())
}

func TestFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "ab"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ab", "file"), []byte("tel 13900001234"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "13900005678.png"), nil, 0o600))
	s := canary.New(canary.Bird{Class: "P2", Name: "电话一", Value: "13900001234"}, canary.Bird{Class: "P2", Name: "电话二", Value: "13900005678"})
	require.NoError(t, s.Folder("data", os.DirFS(dir)))
	require.Len(t, s.Findings(), 2)
	require.Equal(t, "P2 电话一 in data: file (plain)", s.Findings()[0].String())
	require.Error(t, s.Folder("data", os.DirFS(filepath.Join(dir, "none"))))
}

// checkpoints is the folder of a database whose log is written into its file, and begun anew, as soon as one file has been read.
type checkpoints struct{ fstest.MapFS }

func (c checkpoints) ReadFile(name string) ([]byte, error) {
	content, err := c.MapFS.ReadFile(name)
	c.MapFS["a.db"] = &fstest.MapFile{Data: []byte("rows: 13900001234")}
	c.MapFS["a.db-wal"] = &fstest.MapFile{}
	return content, err
}

// A row on its way from the log of a database into its file is found in one of them.
func TestFolderOfADatabaseInUse(t *testing.T) {
	t.Parallel()
	s := canary.New(canary.Bird{Class: "P2", Name: "电话", Value: "13900001234"})
	require.NoError(t, s.Folder("data", checkpoints{fstest.MapFS{
		"a.db": {Data: []byte("rows: none")}, "a.db-wal": {Data: []byte("row: 13900001234")},
	}}))
	require.NotEmpty(t, s.Findings())
}
