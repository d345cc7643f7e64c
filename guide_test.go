package shouwang_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const images = "docs/images"

// pictures are those that the guide and the READMEs name, by their place below docs/images.
func pictures(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob("docs/guide/*.md")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(pages), 10, "a page for each role")
	var out []string
	for _, page := range append(pages, "README.md", "README.zh-CN.md") {
		raw, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`(?:docs|\.\.)/images/([\w./-]+)`).FindAllStringSubmatch(string(raw), -1) {
			out = append(out, m[1])
		}
	}
	return out
}

// The guide shows what there is: every picture that a page names exists, and every picture is named.
func TestGuideNamesEveryPicture(t *testing.T) {
	t.Parallel()
	named := pictures(t)
	for _, p := range named {
		require.FileExists(t, filepath.Join(images, p))
	}
	err := filepath.WalkDir(images, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			p, _ := filepath.Rel(images, path) // both are relative
			require.Contains(t, named, filepath.ToSlash(p), "no page of docs/guide shows this picture")
		}
		return err
	})
	require.NoError(t, err)
}

// Every page of the application is shown in the guide, at both sizes.
func TestGuideShowsEveryRoute(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("web/src/router.tsx")
	require.NoError(t, err)
	routes := regexp.MustCompile(`\bpath: '([^']+)'`).FindAllStringSubmatch(string(raw), -1)
	require.Greater(t, len(routes), 30)
	named := pictures(t)
	for _, size := range []string{"desk", "phone"} {
		for _, r := range routes {
			shape := pictureOf(size, r[1])
			require.True(t, slices.ContainsFunc(named, shape.MatchString), "no picture of %s in docs/guide: %s", r[1], shape)
		}
	}
}

// pictureOf is what the pictures of a route are called: by whom it was seen and where, as web/e2e/pages.mjs names them.
func pictureOf(size, route string) *regexp.Regexp {
	page := strings.ReplaceAll(strings.Trim(route, "/"), "/", "-")
	if page == "" {
		page = "inbox"
	}
	page = regexp.MustCompile(`\$\w+`).ReplaceAllString(page, `\w+`)
	return regexp.MustCompile(`^` + size + `/\w+?-` + page + `(-[\w-]+)?\.jpg$`)
}

func TestPictureOf(t *testing.T) {
	t.Parallel()
	for route, names := range map[string][2]string{
		"/":                               {"desk/cadre-inbox.jpg", "desk/cadre-inbox.png"},
		"/households/$id/open/$procedure": {"desk/cadre-households-household-open-risk_clue.jpg", "desk/cadre-households-household.jpg"},
		"/forms/new/$form":                {"desk/cadre-forms-new-f6a-region.jpg", "phone/cadre-forms-new-f6a-region.jpg"},
		"/cases/$id":                      {"desk/cadre-cases-case-tab-flow.jpg", "desk/cadre-cases.jpg"},
	} {
		shape := pictureOf("desk", route)
		require.Regexp(t, shape, names[0])
		require.NotRegexp(t, shape, names[1])
	}
}

// Links between the pages of the guide lead to a file and, where they name one, to a heading of it.
func TestGuideLinks(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("docs/guide/*.md")
	require.NoError(t, err)
	links := 0
	for _, page := range pages {
		raw, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`\]\(([^)#]*)(?:#([^)]+))?\)`).FindAllStringSubmatch(string(raw), -1) {
			links++
			to := page
			if m[1] != "" {
				to = filepath.Join("docs/guide", m[1])
			}
			text, err := os.ReadFile(to)
			require.NoError(t, err, "%s links to %s", page, m[1])
			if m[2] != "" {
				require.Regexp(t, `(?m)^#+ `+regexp.QuoteMeta(m[2])+`$`, string(text), "%s links to %s#%s", page, m[1], m[2])
			}
		}
	}
	require.Greater(t, links, 30)
}
