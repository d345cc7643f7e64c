#!/usr/bin/env bash
# Installs what the tests need beyond Go and Node and the machine lacks, or
# tells the command. Changes nothing if all is there.
set -euo pipefail

missing=()
if [ -z "${SHOUWANG_TEST_POSTGRES:-}" ] && [ "${SHOUWANG_TEST_SKIP_POSTGRES:-}" != 1 ] &&
  ! command -v initdb >/dev/null && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
  missing+=(postgresql)
fi
if [ -z "${CHROMIUM:-}" ] && ! command -v chromium >/dev/null; then
  missing+=(chromium)
fi
# Sets the clock of a password back behind the server's back.
if ! command -v sqlite3 >/dev/null; then
  missing+=(sqlite3)
fi
# Without a Chinese font the browser draws boxes, and pictures show nothing.
if ! compgen -G '/usr/share/fonts/truetype/wqy/*' >/dev/null && [ "$(fc-list :lang=zh 2>/dev/null | wc -l)" -eq 0 ]; then
  missing+=(fonts-wqy-microhei)
fi
# Draws the pages of papers, to be compared with their reference pictures.
if [ "${SHOUWANG_TEST_SKIP_PICTURES:-}" != 1 ] && ! command -v pdftoppm >/dev/null; then
  missing+=(poppler-utils)
fi
[ ${#missing[@]} -gt 0 ] || exit 0

command="apt-get install -y --no-install-recommends ${missing[*]}"
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "The tests need: ${missing[*]}. On Debian or Ubuntu: sudo $command" >&2
  exit 1
fi
echo "Installing for the tests: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
$command >/dev/null
