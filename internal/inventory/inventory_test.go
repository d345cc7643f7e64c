package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The page is that of the module files and the lock file as they are now, and every
// licence is an allowed one.
func TestInventoryIsCurrent(t *testing.T) {
	t.Parallel()
	parts, err := collect(filepath.Join("..", ".."))
	require.NoError(t, err)
	require.NoError(t, refused(parts))
	for _, p := range parts {
		require.NotEmpty(t, p.items, p.title)
	}
	kept, err := os.ReadFile(filepath.Join("..", "..", "docs", "dependencies.md"))
	require.NoError(t, err)
	require.Equal(t, string(page(parts)), string(kept), "run make dependencies")
}

func TestLicencesThatAreRefused(t *testing.T) {
	t.Parallel()
	shipped := func(licence string) error {
		return refused([]part{{title: "x", shipped: true, items: []item{{"example.com/m", "v1", licence}}}})
	}
	for _, good := range []string{"MIT", "Apache-2.0 AND MIT", "MPL-2.0"} {
		require.NoError(t, shipped(good))
	}
	for _, bad := range []string{"", "GPL", "AGPL", "LGPL", "MIT AND GPL", "SSPL-1.0", "Python-2.0", noneStated} {
		require.ErrorContains(t, shipped(bad), "not allowed", bad)
	}
	require.NoError(t, refused([]part{{items: []item{{"argparse", "2", "Python-2.0"}}}}))
	require.Error(t, refused([]part{{items: []item{{"x", "2", "GPL-3.0"}}}}))
}

func TestLicenceIn(t *testing.T) {
	t.Parallel()
	bsd := "Redistribution and use in source and binary\n forms, with or without modification"
	for want, text := range map[string]string{
		"MIT":          "MIT License\n\nPermission is hereby granted, free of\n   charge, to any person",
		"Apache-2.0":   "Apache License\n   Version 2.0, January 2004",
		"BSD-2-Clause": bsd,
		"BSD-3-Clause": bsd + "\n * Neither the name of the copyright holder",
		"MPL-2.0":      "Mozilla Public License Version 2.0 ... the GNU General Public License, Version 2.0",
		"GPL":          "GNU GENERAL PUBLIC LICENSE Version 3",
		"AGPL":         "GNU AFFERO GENERAL PUBLIC LICENSE",
		"ISC":          "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee",
		"Unlicense":    "This is free and unencumbered software released into the public domain.",
	} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "LICENSE.txt"), []byte(text), 0o600))
		got, err := licenceIn(dir)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := licenceIn(t.TempDir())
	require.ErrorIs(t, err, errNoLicence)
}
