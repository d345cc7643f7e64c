package main

import (
	"context"

	"shouwang/internal/demo"
	"shouwang/internal/story"
)

// life plays the years of one household, then replays and verifies everything.
func (s *show) life(ctx context.Context, a *app, base string) error {
	snapshot, err := a.engine.PolicyNow(ctx, demo.Village(1))
	if err != nil {
		return err
	}
	p := &story.Play{Base: base, Clock: a.engine.Clock, Party: party(snapshot), Policy: snapshot, Say: s.say}
	h, err := p.FindHouse(ctx, 0)
	if err != nil {
		return err
	}
	if _, err := p.Life(ctx, h); err != nil {
		return err
	}
	return s.sound(ctx, a)
}
