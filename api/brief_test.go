package api

import (
	"testing"

	"shouwang/procedure"
)

// What a campaign is called stands in the lists, so that cases of one place can be told apart.
func TestListsShowTheBrief(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.campaigner("instructor", procedure.Instructor, village)
	w.campaigner("head", procedure.GroupLeader, village)
	w.campaign(t)
	for _, url := range []string{"/cases?procedure=campaign", "/tasks?procedure=campaign"} {
		w.do(t, call{user: "town", method: "GET", url: basePath + url, status: 200, want: []string{`"brief":"春季集中排查"`}})
	}
}
