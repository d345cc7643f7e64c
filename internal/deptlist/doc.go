// Package deptlist reads the recurring lists of departments (S004, domain 2.1, 2.12), from .xlsx and .csv, understands
// their columns by saved mappings, and finds whom of the register each row is about. It writes nothing: what follows from
// a row is decided by package activities.
//
// Codes are stable. DPT-0xx refuse a file: 001 not readable, 002 too large, 003 too large unpacked, 004 no heading, 005 too
// many rows, 006 macros or embedded programs, 007 links to other files, 008 formulas in data cells, 009 text in no known
// encoding. DPT-1xx concern one row: 101 no name, 102 neither number nor village, 103 identity number, 104 village unknown,
// 105 a required value missing, 106 date, 107 amount, 108 number, 109 a word that is not in the list of choices, 110 birth
// date and number differ, 111 the same person and matter earlier in the file. DPT-2xx concern a mapping: 201 required field without a
// column, 202 a column twice, 203 unknown field.
package deptlist
