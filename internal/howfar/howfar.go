// Package howfar carries word of how far a long piece of work is from where it is done to who waits for it.
package howfar

import "context"

type key struct{}

// Told has everything that is done under the context say how far it is: so many of so many rows.
func Told(ctx context.Context, tell func(done, total int)) context.Context {
	return context.WithValue(ctx, key{}, tell)
}

// Tell says so to whoever waits, if anybody does.
func Tell(ctx context.Context, done, total int) {
	if tell, ok := ctx.Value(key{}).(func(done, total int)); ok {
		tell(done, total)
	}
}
