package memo_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/internal/memo"
)

// Whatever is asked, by however many at once, the answer is that of the function; of few texts it is asked once.
func TestAnswersAreThose(t *testing.T) {
	t.Parallel()
	asked := map[string]int{}
	var mu sync.Mutex
	length := memo.Of(func(s string) int {
		mu.Lock()
		defer mu.Unlock()
		asked[s]++
		return len(s)
	})
	long := strings.Repeat("x", 61)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 2000 {
				s := strings.Repeat("y", i%30) + strconv.Itoa(i)
				if length(s) != len(s) {
					panic(s)
				}
			}
		})
	}
	all.Wait()
	require.Equal(t, 2, length("丁"[:2]))
	require.Equal(t, 61, length(long)+length(long)-61)
	require.Equal(t, 2, asked[long], "too long to be kept")
}

func TestAFewAreAskedOnce(t *testing.T) {
	t.Parallel()
	n := 0
	length := memo.Of(func(s string) int { n++; return len(s) })
	for range 3 {
		require.Equal(t, 4, length("head"))
	}
	require.Equal(t, 1, n)
}
