// Package ledger imports household ledgers as offices keep them in Excel (domain 5.1, 5.2) and invents one for
// demonstrations. Read finds structure, NewPlan judges the content and compares it with the database, Apply writes, and
// Returned gives the workbook back with a word beside each row.
//
// Codes are stable. LED-0xx refuse a file: 001 no usable .xlsx, 002 too large, 003 too large unpacked, 004 no heading,
// 005 too many rows. LED-1xx concern one person or cell: 101 formula, 102–103 name, 110–118 identity number, 120 twice in
// the file, 121 in another household, 130–132 birth date, 133–134 sex, 140 telephone, 141 bank card, 142 population, 143
// income, 144 kind of household, 145 grade of the house, 147 the year. LED-2xx concern the household: 201–204 head and relations,
// 205–206 relation and sex, 207 population and rows, 208–209 contradictions between rows, 210–212 village, 214–218 which
// household it is. LED-3xx are notes. LED-901 is a plan out of date, LED-902 another file than the plan's.
package ledger
