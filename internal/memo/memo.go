// Package memo remembers what was read out of the few words that registers consist of.
package memo

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"
)

// most is how many texts are remembered, longest how long one may be: what people type at will is read each time.
const most, longest = 512, 60

// Of is read, a function of the text alone, that remembers what it has answered. Whoever calls it must not change what a
// pointer in an answer points to.
func Of[T any](read func(string) T) func(string) T {
	var known atomic.Pointer[map[string]T] // never written to once it is here
	var mu sync.Mutex
	known.Store(&map[string]T{})
	return func(s string) T {
		if v, ok := (*known.Load())[s]; ok {
			return v
		}
		v := read(s)
		mu.Lock()
		defer mu.Unlock()
		if len(*known.Load()) < most && len(s) <= longest {
			more := maps.Clone(*known.Load())
			more[strings.Clone(s)] = v
			known.Store(&more)
		}
		return v
	}
}
