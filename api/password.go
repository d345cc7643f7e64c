package api

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

const (
	argonKey  = 32
	argonSalt = 16
)

// hashCost is that of a password hash.
type hashCost struct {
	passes  uint32
	memory  uint32 // KiB
	threads uint8
}

// fullCost is what a server pays: three passes over 64 MiB in two lanes. Tests hash too many passwords for that.
var (
	fullCost = hashCost{passes: 3, memory: 64 * 1024, threads: 2}
	costNow  = fullCost
)

// hashing bounds how many hashes are computed at once, since each takes 64 MiB.
var hashing = make(chan struct{}, 4)

// HashPassword returns the PHC string of a password under argon2id with a fresh
// salt, as users.password_hash keeps it.
func HashPassword(password string) string { return costNow.hash(password) }

func (c hashCost) hash(password string) string {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails since Go 1.24
	key := argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.threads, argonKey)
	b64 := base64.RawStdEncoding
	return c.prefix() + b64.EncodeToString(salt) + "$" + b64.EncodeToString(key)
}

// prefix begins every PHC string of this cost.
func (c hashCost) prefix() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, c.memory, c.passes, c.threads)
}

// hashPassword is HashPassword, no more of them at once than the memory bears.
func hashPassword(ctx context.Context, password string) (string, error) {
	select {
	case hashing <- struct{}{}:
		defer func() { <-hashing }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	return HashPassword(password), nil
}

// outdated reports whether a hash was made at another cost than today's.
func outdated(phc string) bool { return !strings.HasPrefix(phc, costNow.prefix()) }

var errPasswordHash = errors.New("password hash is not an argon2id PHC string")

// checkPassword reports whether password belongs to the PHC string. It takes the
// same time for a wrong password as for a right one.
func checkPassword(ctx context.Context, phc, password string) (bool, error) {
	select {
	case hashing <- struct{}{}:
		defer func() { <-hashing }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errPasswordHash
	}
	var version, memory, time, threads int
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, errPasswordHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); err != nil {
		return false, errPasswordHash
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	sane := memory > 0 && memory <= 1<<20 && time > 0 && time <= 16 && threads > 0 && threads <= 16 && len(want) >= 16
	if errors.Join(err1, err2) != nil || !sane {
		return false, errPasswordHash
	}
	got := argon2.IDKey([]byte(password), salt, uint32(time), uint32(memory), uint8(threads), uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}
