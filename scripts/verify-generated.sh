#!/usr/bin/env bash
# Fails if the generated files in the work tree differ from what the generators
# make; leaves the newly made ones there.
set -euo pipefail
cd "$(dirname "$0")/.."

generated=(api/gen web/src/api/schema.ts web/src/i18n/server.keys.json docs/procedures)
sums() { find "${generated[@]}" -type f -print0 | sort -z | xargs -0 sha256sum; }

before=$(sums)
make --no-print-directory generate
if ! diff <(echo "$before") <(sums); then
  echo "Generated files were not current; they are now: look at them and commit them." >&2
  exit 1
fi
