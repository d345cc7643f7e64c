package api

import (
	"fmt"
	"testing"

	"shouwang/models"
)

// What the API itself costs: signed in, gated, validated, answered, on SQLite
// and without Temporal.
func BenchmarkInbox(b *testing.B) {
	w := newWorld(b)
	clue := w.openClue(b, "household-1", "cadre")
	rows := make([]models.Task, 5000)
	for i := range rows {
		rows[i] = models.Task{ID: fmt.Sprintf("task-%05d", i), CaseID: clue, Procedure: "risk_clue", State: "new", Role: "village_cadre",
			Queue: "village_cadre@" + village, RegionCode: village, Subject: "罗守田", DueAt: w.clock(), OpenedAt: w.clock()}
	}
	if err := w.store.DB.CreateInBatches(rows, 500).Error; err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		w.plain(b, "GET", basePath+"/tasks", "", 200)
	}
}

func BenchmarkStep(b *testing.B) {
	w := newWorld(b)
	for b.Loop() {
		b.StopTimer()
		clue := w.openClue(b, "household-2", "cadre")
		b.StartTimer()
		w.plain(b, "POST", basePath+"/cases/"+clue+"/events", `{"event":"register_locally","expected_seq":1}`, 200)
	}
}
