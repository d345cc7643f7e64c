package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
)

// byProgram are settings that are read elsewhere than on the command line.
var byProgram = []string{"SHOUWANG_DEVSTACK"}

// Both READMEs list every setting of the program and none that it does not have; a command that they name is one.
func TestReadmesListTheSettings(t *testing.T) {
	t.Parallel()
	k, err := kong.New(&cli{}, kong.Name("shouwang"))
	require.NoError(t, err)
	flags, envs, commands := map[string]bool{}, map[string]bool{}, map[string]bool{}
	var walk func(n *kong.Node)
	walk = func(n *kong.Node) {
		if n.Parent != nil && n.Parent.Parent == nil {
			commands[n.Name] = true
		}
		for _, f := range n.Flags {
			if len(f.Envs) > 0 {
				flags["--"+f.Name], envs[f.Envs[0]] = true, true
			}
		}
		for _, c := range n.Children {
			walk(c)
		}
	}
	walk(k.Model.Node)
	require.GreaterOrEqual(t, len(flags), 30)
	for _, name := range byProgram {
		envs[name] = true
	}
	for _, file := range []string{"README.md", "README.zh-CN.md"} {
		raw, err := os.ReadFile("../../" + file)
		require.NoError(t, err)
		said := map[string]bool{}
		for _, row := range regexp.MustCompile("(?m)^\\| (?:`--[^|]*)?\\| `(?:SHOUWANG|TEMPORAL)_.*$").FindAllString(string(raw), -1) {
			for _, word := range regexp.MustCompile("`(--[a-z-]+|(?:SHOUWANG|TEMPORAL)_[A-Z_]+)`").FindAllStringSubmatch(row, -1) {
				said[word[1]] = true
			}
		}
		for name := range said {
			require.True(t, flags[name] || envs[name], "%s lists %s, which there is not", file, name)
		}
		for _, all := range []map[string]bool{flags, envs} {
			for name := range all {
				require.True(t, said[name], "%s does not list %s", file, name)
			}
		}
		for _, m := range regexp.MustCompile("(?m)(?:^|`|bin/)shouwang ([a-z][a-z-]+)").FindAllStringSubmatch(string(raw), -1) {
			require.True(t, commands[m[1]], "%s names the command %s, which there is not", file, m[1])
		}
	}
}
