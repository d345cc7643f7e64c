package main

import "testing"

// The measurements run, small, and find what they have put in.
func TestQualityIsMeasured(t *testing.T) {
	run(t, "postgres", plan{quality: true, households: 600})
}

func TestLedgerIsMeasured(t *testing.T) {
	run(t, "postgres", plan{ledger: 60})
}

func TestVerificationIsMeasured(t *testing.T) {
	for _, db := range []string{"sqlite", "postgres"} {
		run(t, db, plan{verify: 40})
	}
}
