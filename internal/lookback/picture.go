package lookback

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/png"
	"time"

	"shouwang/internal/signature"
	"shouwang/models"
)

// one pixel, so that pictures are pictures.
var pixel, _ = base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

// scan is a picture like no other.
func scan() []byte { return append(pixel[:len(pixel):len(pixel)], models.NewID()...) }

func drawn(img image.Image) []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, img) // into memory
	return b.Bytes()
}

// surveyorHand is how the surveyor of a household signs, a little elsewhere on each sheet.
func surveyorHand(h *home, login string) []byte {
	return drawn(signature.Scribble(handOf(login), h.n%9, h.n/9%9, 0))
}

// householdHand is how a household signs; one that somebody else has signed for shows his hand.
func householdHand(h *home, login string) []byte {
	if h.forged {
		return drawn(signature.Scribble(handOf(login), 9+h.n%5, 3, 2))
	}
	return drawn(signature.Scribble(1<<40+uint64(h.n), 0, 0, 0))
}

func handOf(login string) uint64 {
	var n uint64
	for _, c := range []byte(login) {
		n = n*131 + uint64(c)
	}
	return n
}

// signed tells on what a signature was drawn and when. A surveyor signs on his own device, and hands it to the household a
// minute later; who is hasty has signed for both at once.
func (p *Play) signed(h *home, login, kind string) map[string]string {
	at := h.visited
	if kind == "household_signature" {
		at = at.Add(map[bool]time.Duration{false: time.Minute, true: 3 * time.Second}[h.hasty])
	}
	return map[string]string{"device": "device-" + login, "signed_at": at.UTC().Format(time.RFC3339Nano)}
}

func (p *Play) upload(ctx context.Context, login, caseID, kind string, content []byte, about ...map[string]string) (string, error) {
	c, err := p.as(ctx, login)
	if err != nil {
		return "", err
	}
	return c.Upload(ctx, caseID, kind, kind+".png", "image/png", content, about...)
}
