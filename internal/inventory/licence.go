package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// marks are sentences by which the texts of licences are known, in this order.
var marks = []struct{ licence, says string }{
	{"Apache-2.0", "apache license version 2.0"},
	{"MPL-2.0", "mozilla public license"},
	{"AGPL", "gnu affero general public license"},
	{"LGPL", "gnu lesser general public license"},
	{"GPL", "gnu general public license"},
	{"MIT", "permission is hereby granted, free of charge"},
	{"ISC", "distribute this software for any purpose with or without fee"},
	{"Unlicense", "this is free and unencumbered software"},
	{"BSD", "redistribution and use in source and binary forms"},
}

var errNoLicence = errors.New("no text of a licence is known")

// licenceIn tells the licence of a module by the files in its folder.
func licenceIn(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var found []string
	for _, e := range entries {
		name := strings.ToLower(e.Name())
		if e.IsDir() || !strings.HasPrefix(name, "licen") && !strings.HasPrefix(name, "copying") {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return "", err
		}
		found = append(found, licencesOf(string(raw))...)
	}
	if len(found) == 0 {
		return "", errNoLicence
	}
	slices.Sort(found)
	return strings.Join(slices.Compact(found), " AND "), nil
}

// licencesOf tells which licences a text holds.
func licencesOf(text string) (out []string) {
	text = strings.ReplaceAll(strings.ToLower(strings.Join(strings.Fields(text), " ")), "apache license, version", "apache license version")
	for _, m := range marks {
		switch {
		case !strings.Contains(text, m.says):
		case m.licence == "BSD" && strings.Contains(text, "neither the name"):
			out = append(out, "BSD-3-Clause")
		case m.licence == "BSD":
			out = append(out, "BSD-2-Clause")
		case strings.HasSuffix(m.licence, "GPL") && slices.Contains(out, "MPL-2.0"): // named there as others that may be chosen
		default:
			out = append(out, m.licence)
		}
	}
	return out
}
