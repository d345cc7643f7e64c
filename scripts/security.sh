#!/usr/bin/env bash
# Runs the parts of the security tests one after another and prints how much each has
# looked at. A part is a name and what its tests are called, in whatever package they are;
# a part of which no test runs, that skips one or that counts nothing fails. With each part run
# the tests that take its protection away and must find it gone; they print a count of their own.
set -euo pipefail
if [ "${SHOUWANG_TEST_SKIP_POSTGRES:-}" = 1 ]; then
	echo "security: not without PostgreSQL (SHOUWANG_TEST_SKIP_POSTGRES)" >&2
	exit 1
fi
cd "$(dirname "$0")/.."

parts=(
	"access TestAccess"
	"canary TestCanary"
	"tamper TestTamper"
)

log=$(mktemp)
trap 'rm -f "$log"' EXIT
for part in "${parts[@]}"; do
	read -r name tests <<<"$part"
	mapfile -t folders < <(grep -rl --include='*_test.go' --exclude-dir=node_modules "^func $tests" . | xargs -r -n1 dirname | sort -u)
	if [ ${#folders[@]} -eq 0 ]; then
		echo "$name: there is no test called $tests…" >&2
		exit 1
	fi
	if ! go test -vet=off -count=1 -timeout 25m -v -run "^$tests" "${folders[@]}" >"$log" 2>&1; then
		cat "$log" >&2
		echo "$name: FAILED" >&2
		exit 1
	fi
	if grep '^ *--- SKIP' "$log" >&2; then
		echo "$name: a test that is left out proves nothing" >&2
		exit 1
	fi
	# What the tests themselves say: what was looked at, and that it is found without its protection.
	for what in "" "without protection, "; do
		if ! grep -E "^$name: $what[0-9]+ " "$log"; then
			echo "$name: nothing was counted${what:+ $what}" >&2
			exit 1
		fi
	done
	passed=$(grep -c '^ *--- PASS' "$log" || true)
	echo "$name: $passed tests passed"
	[ "$passed" -gt 0 ]
done
