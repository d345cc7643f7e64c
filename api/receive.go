package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"

	"shouwang/policy"
)

// deviceName is what a device calls itself: drawn at random once, and nobody's number.
var deviceName = regexp.MustCompile(`^[0-9A-Za-z-]{8,64}$`)

// receive reads the form: the kind as text, exactly one file, and of a signature where and when it was drawn.
func (s *server) receive(ctx context.Context, form *multipart.Reader) (upload, error) {
	var up upload
	word := func(part *multipart.Part) (string, error) {
		raw, err := io.ReadAll(io.LimitReader(part, 65))
		if err != nil {
			return "", formError(err)
		}
		if !isText(string(raw)) {
			return "", notText(part.FormName())
		}
		return string(raw), nil
	}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return up, formError(err)
		}
		switch part.FormName() {
		case "kind":
			if up.kind, err = word(part); err != nil {
				return up, err
			}
		case "device":
			if up.device, err = word(part); err != nil {
				return up, err
			}
			if !deviceName.MatchString(up.device) {
				return up, badRequest("wrong_format", "device 应为 8 至 64 位字母、数字或短横线")
			}
		case "signed_at":
			at, err := word(part)
			if err != nil {
				return up, err
			}
			if up.signedAt, err = time.Parse(time.RFC3339Nano, at); err != nil {
				return up, badRequest("wrong_format", "signed_at 应写作 2006-01-02T15:04:05+08:00")
			}
		case "facts":
			if up.facts, err = readFacts(part); err != nil {
				return up, err
			}
		case "file":
			if up.sha != "" {
				return up, badRequest("one_file", "一次只能上传一个文件")
			}
			if err := s.store(ctx, part, &up); err != nil {
				return up, err
			}
		default:
			return up, badRequest("unknown_field", "没有“"+policy.Shown(part.FormName())+"”这一项")
		}
	}
	if up.kind == "" || len(up.kind) > 64 || up.sha == "" {
		return up, badRequest("required", "请上传 file 并写明 kind")
	}
	return up, nil
}

func formError(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	return badRequest("malformed_form", "提交的内容不是完整的 multipart/form-data")
}

// store tells what a file is by its first bytes and keeps it when it is allowed,
// as named, and not too large.
func (s *server) store(ctx context.Context, part *multipart.Part, up *upload) error {
	head := make([]byte, sniffBytes)
	n, err := io.ReadFull(part, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return formError(err)
	}
	head = head[:n]
	if n == 0 {
		return badRequest("empty_file", "文件是空的")
	}
	up.name = fileName(part.FileName())
	up.mime, err = kindOf(head, up.name)
	if err != nil {
		return err
	}
	limited := &io.LimitedReader{R: io.MultiReader(bytes.NewReader(head), part), N: s.maxAttachment + 1}
	up.sha, up.size, err = s.blobs.Put(ctx, &counted{r: limited, limit: s.maxAttachment})
	return err
}

// counted fails as soon as more than limit bytes have been read, so that nothing
// too large is ever kept.
type counted struct {
	r     io.Reader
	limit int64
	n     int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.n += int64(n); c.n > c.limit {
		return n, &http.MaxBytesError{Limit: c.limit}
	}
	if err != nil && err != io.EOF {
		err = formError(err) // the upload broke off; what fails in storing is ours
	}
	return n, err
}

// kindOf is the content type of a file, if it is an allowed one and its name
// agrees.
func kindOf(head []byte, name string) (string, error) {
	found := mimetype.Detect(head)
	for kind, extensions := range allowedFiles {
		if !found.Is(kind) {
			continue
		}
		for _, ext := range extensions {
			if strings.EqualFold(path.Ext(name), ext) {
				return kind, nil
			}
		}
		return "", &problem{status: http.StatusUnsupportedMediaType, code: "file_mislabelled", detail: fmt.Sprintf("文件内容是 %s，与文件名的扩展名不符", extensions[0])}
	}
	return "", &problem{status: http.StatusUnsupportedMediaType, code: "file_type_not_allowed", detail: "只能上传 jpg、png、webp、pdf、docx、xlsx 文件"}
}

// fileName keeps the last element of a name, without control characters.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, name)
	if ext := path.Ext(name); len([]rune(name)) > 120 {
		name = truncate(strings.TrimSuffix(name, ext), 100) + ext
	}
	return name
}
