// Package policy holds the rules of the monitoring work as pure functions: the working-day calendar, the arithmetic
// of deadlines and reminder ladders, the policy keys with their regional rows, identity numbers and masks, the privacy
// check of public notices, and the computed tests of a household.
//
// Nothing here reads a clock, a file or a database: the caller passes the moment, the rows and the facts. All dates are
// dates in Asia/Shanghai; money is in fen (int64). Numbers that a place may change are policy keys, never constants.
package policy

import "strings"

// Fault is one thing wrong with an input, in words for the person who has to mend it.
// Code is stable and English; Field names the key, column or place; Message is Chinese.
type Fault struct {
	Code    string `json:"code"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Error makes a Fault usable as an error where exactly one fault is reported.
func (f Fault) Error() string {
	if f.Field == "" {
		return f.Message
	}
	return f.Field + "：" + f.Message
}

// Faults joins several faults into one error.
type Faults []Fault

// Error lists all messages, separated by a Chinese semicolon.
func (fs Faults) Error() string {
	parts := make([]string, len(fs))
	for i, f := range fs {
		parts[i] = f.Error()
	}
	return strings.Join(parts, "；")
}
