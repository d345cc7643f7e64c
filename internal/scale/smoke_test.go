package main

import "testing"

// The measurements run, small, and find what they have put in.
func TestQualityIsMeasured(t *testing.T) {
	run(t, "postgres", plan{quality: true, households: 600})
}

func TestLedgerIsMeasured(t *testing.T) {
	run(t, "postgres", plan{ledger: 60})
}
