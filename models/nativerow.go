package models

import (
	"encoding/binary"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// nativeRow reads the columns of PostgreSQL rows as they came over the wire. What a run over a province reads is texts,
// numbers and bytes: they are put into memory that many of them share, and whatever else there is is left to the driver.
type nativeRow struct {
	rows  pgx.Rows
	texts textBlock
	bytes []byte
	whole []int64
}

// Scan implements Row.
func (r *nativeRow) Scan(into ...any) error {
	raw, fields := r.rows.RawValues(), r.rows.FieldDescriptions()
	if len(raw) != len(into) {
		return r.rows.Scan(into...)
	}
	for i, v := range raw {
		if !r.column(&fields[i], v, into[i]) {
			return r.rows.Scan(into...)
		}
	}
	return nil
}

// column reads one value; false leaves the row to the driver.
func (r *nativeRow) column(f *pgconn.FieldDescription, v []byte, into any) bool {
	if f.DataTypeOID == pgtype.TextOID {
		return r.text(v, into)
	}
	if f.Format != pgx.BinaryFormatCode {
		return false
	}
	switch to := into.(type) {
	case *[]byte:
		*to = r.keep(v)
		return f.DataTypeOID == pgtype.ByteaOID
	case *bool:
		if f.DataTypeOID != pgtype.BoolOID || v == nil {
			return false
		}
		*to = v[0] != 0
		return true
	case **time.Time:
		return f.DataTypeOID == pgtype.TimestamptzOID && moment(v, to)
	}
	n, known := whole(f.DataTypeOID, v)
	return known && r.number(v == nil, n, into)
}

func (r *nativeRow) text(v []byte, into any) bool {
	switch to := into.(type) {
	case *string:
		if v != nil {
			*to = r.texts.add(v)
			return true
		}
	case **string:
		if *to = nil; v != nil {
			*to = new(r.texts.add(v))
		}
		return true
	}
	return false
}

func (r *nativeRow) number(null bool, n int64, into any) bool {
	switch to := into.(type) {
	case *int:
		*to = int(n)
		return !null
	case *int64:
		*to = n
		return !null
	case *uint32:
		*to = uint32(n)
		return !null
	case **int64:
		if *to = nil; !null {
			*to = r.keepNumber(n)
		}
		return true
	}
	return false
}

func whole(oid uint32, v []byte) (n int64, known bool) {
	switch {
	case oid != pgtype.Int8OID && oid != pgtype.Int4OID:
		return 0, false
	case len(v) == 8:
		n = int64(binary.BigEndian.Uint64(v))
	case len(v) == 4:
		n = int64(int32(binary.BigEndian.Uint32(v)))
	}
	return n, true
}

// epoch is when PostgreSQL begins to count, in microseconds.
const epoch = 946_684_800_000_000

func moment(v []byte, to **time.Time) bool {
	if *to = nil; v == nil {
		return true
	}
	n := int64(binary.BigEndian.Uint64(v))
	if n == math.MaxInt64 || n == math.MinInt64 { // infinity
		return false
	}
	*to = new(time.UnixMicro(epoch + n))
	return true
}

// keep copies bytes to where many are kept.
func (r *nativeRow) keep(v []byte) []byte {
	if cap(r.bytes)-len(r.bytes) < len(v) {
		r.bytes = make([]byte, 0, max(blockSize, len(v)))
	}
	from := len(r.bytes)
	r.bytes = append(r.bytes, v...)
	return r.bytes[from:len(r.bytes):len(r.bytes)]
}

func (r *nativeRow) keepNumber(n int64) *int64 {
	if len(r.whole) == cap(r.whole) {
		r.whole = make([]int64, 0, blockSize/64)
	}
	r.whole = append(r.whole, n)
	return &r.whole[len(r.whole)-1]
}

// blockSize is how much memory texts share: it is free again when none of them is held any more.
const blockSize = 64 << 10

// textBlock keeps many short texts in one piece of memory.
type textBlock struct{ b strings.Builder }

func (t *textBlock) add(raw []byte) string {
	if t.b.Cap()-t.b.Len() < len(raw) {
		t.b.Reset()
		t.b.Grow(max(blockSize, len(raw)))
	}
	from := t.b.Len()
	t.b.Write(raw)
	return t.b.String()[from:]
}
