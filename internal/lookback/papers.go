package lookback

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"shouwang/internal/story"
)

// keep copies the PDF of an issued paper to the directory of papers, and tells where it is.
func (p *Play) keep(ctx context.Context, c *story.Client, paper map[string]json.RawMessage) error {
	var id, title, number string
	for code, into := range map[string]*string{"id": &id, "title": &title, "number": &number} {
		if err := json.Unmarshal(paper[code], into); err != nil {
			return fmt.Errorf("paper without %s: %w", code, err)
		}
	}
	var pdf []byte
	if err := c.Get(ctx, "/papers/"+id+"/file", nil, &pdf); err != nil {
		return err
	}
	path := filepath.Join(p.Papers, number+" "+title+".pdf")
	if err := os.MkdirAll(p.Papers, 0o700); err != nil {
		return err
	}
	p.Result.Papers++
	p.Say("签发《%s》%s：%s", title, number, path)
	return os.WriteFile(path, pdf, 0o600)
}
