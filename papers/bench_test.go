package papers

import (
	"io"
	"testing"
)

func BenchmarkPDF(b *testing.B) {
	f, err := LoadFonts("")
	if err != nil {
		b.Fatal(err)
	}
	d := samples()["supervision"]
	for b.Loop() {
		if err := f.PDF(io.Discard, d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDOCX(b *testing.B) {
	d := samples()["supervision"]
	for b.Loop() {
		if err := DOCX(io.Discard, d); err != nil {
			b.Fatal(err)
		}
	}
}
