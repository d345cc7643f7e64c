package models_test

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/models"
)

func newVault(t *testing.T, data, index byte) *models.Vault {
	t.Helper()
	v, err := models.NewVault(bytes.Repeat([]byte{data}, 32), bytes.Repeat([]byte{index}, 32))
	require.NoError(t, err)
	return v
}

// What is sealed opens in its place and nowhere else.
func TestSealedValuesStayInTheirPlace(t *testing.T) {
	t.Parallel()
	v := newVault(t, 1, 2)
	sealed := v.Seal("people", "sealed", "p1", []byte("990101199001011234"))
	require.NotContains(t, string(sealed), "9901")
	plain, err := v.Open("people", "sealed", "p1", sealed)
	require.NoError(t, err)
	require.Equal(t, "990101199001011234", string(plain))
	require.NotEqual(t, sealed, v.Seal("people", "sealed", "p1", []byte("990101199001011234")), "equal values do not look equal")
	for _, p := range [][3]string{{"households", "sealed", "p1"}, {"people", "other", "p1"}, {"people", "sealed", "p2"}} {
		_, err := v.Open(p[0], p[1], p[2], sealed)
		require.Error(t, err, "moved to %v", p)
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for name, bad := range map[string][]byte{"changed": changed, "cut": sealed[:len(sealed)-1], "short": sealed[:5]} {
		_, err := v.Open("people", "sealed", "p1", bad)
		require.Error(t, err, name)
	}
	_, err = newVault(t, 3, 2).Open("people", "sealed", "p1", sealed)
	require.Error(t, err, "another key")
	for _, nothing := range [][]byte{nil, {}} {
		plain, err = v.Open("people", "sealed", "p1", nothing)
		require.NoError(t, err)
		require.Nil(t, plain)
	}
}

func TestBlindIndex(t *testing.T) {
	t.Parallel()
	v := newVault(t, 1, 2)
	require.Equal(t, v.Index("99010119900101123x"), v.Index(" 99010119900101123X "))
	require.NotEqual(t, v.Index("990101199001011234"), v.Index("990101199001011235"))
	require.Equal(t, v.Index("1"), newVault(t, 9, 2).Index("1"), "only the index key counts")
	require.NotEqual(t, v.Index("1"), newVault(t, 1, 9).Index("1"), "nobody without the key can compute one")
	require.NotContains(t, v.Index("990101199001011234"), "9901")
}

func TestSecretsOfRows(t *testing.T) {
	t.Parallel()
	v := newVault(t, 1, 2)
	h := models.Household{ID: "h"}
	want := models.HouseholdSecret{Phone: "0999-1", House: "C", Income: 100, Other: map[string]string{"a": "b"}}
	require.NoError(t, h.SetSecret(v, want))
	got, err := h.Secret(v)
	require.NoError(t, err)
	require.Equal(t, want, got)
	p := models.Person{ID: "h", Sealed: h.Sealed}
	_, err = p.Secret(v)
	require.ErrorContains(t, err, "people h")
	require.NoError(t, p.SetSecret(v, models.PersonSecret{IDNo: "1", Health: "大病"}))
	person, err := p.Secret(v)
	require.NoError(t, err)
	require.Equal(t, "大病", person.Health)
	other := models.Household{ID: "other", Sealed: h.Sealed}
	_, err = other.Secret(v)
	require.Error(t, err)
	empty, err := (&models.Household{ID: "e"}).Secret(v)
	require.NoError(t, err)
	require.Equal(t, models.HouseholdSecret{}, empty)
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys", "vault.json")
	var wg sync.WaitGroup
	indexes := make([]string, 4)
	errs := make([]error, 4)
	for i := range indexes { // two servers starting at once must end with one key
		wg.Go(func() {
			v, err := models.LoadVault(path)
			if errs[i] = err; err == nil {
				indexes[i] = v.Index("x")
			}
		})
	}
	wg.Wait()
	v, err := models.LoadVault(path)
	require.NoError(t, err)
	for i, x := range indexes {
		require.NoError(t, errs[i])
		require.Equal(t, v.Index("x"), x)
	}
	require.Panics(t, func() { v.Seal("t", "c", "1", []byte("x")) }, "the data keys are in the database")
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604} {
		require.NoError(t, os.Chmod(path, mode))
		_, err = models.LoadVault(path)
		require.ErrorContains(t, err, "chmod 600", "%o", mode)
	}
	require.NoError(t, os.Chmod(path, 0o400))
	_, err = models.LoadVault(path)
	require.NoError(t, err)
	for name, body := range map[string]string{"not JSON": "x", "not hex": `{"data":"zz","index":"00"}`, "short": `{"data":"00","index":"00"}`, "no key": `{"index":"0000000000000000000000000000000000000000000000000000000000000000"}`} {
		bad := filepath.Join(t.TempDir(), "bad.json")
		require.NoError(t, os.WriteFile(bad, []byte(body), 0o600))
		_, err := models.LoadVault(bad)
		require.Error(t, err, name)
	}
}
