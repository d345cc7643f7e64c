#!/usr/bin/env bash
# Builds the launcher of the embedded Temporal server, the web application and
# the server side by side, and says every few seconds what it is doing: the
# first build of the Temporal server takes minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

logs=.cache/build
every=5 # seconds between two lines
mkdir -p "$logs" bin

need() { # need PROGRAM HINT
  command -v "$1" >/dev/null || { echo "缺少 $1：请先安装 $2。" >&2; exit 1; }
}
need go "Go（版本见 go.mod）"
need node "Node.js（版本见 web/package.json）"
need npm "npm"

declare -A pids state
order=()

start() { # start NAME COMMAND...
  local name=$1
  shift
  order+=("$name")
  state[$name]=running
  set -m # a process group of its own, so that it can be ended whole
  "$@" >"$logs/$name.log" 2>&1 </dev/null &
  set +m
  pids[$name]=$!
}

stop_all() {
  local name
  for name in "${order[@]}"; do
    if [ "${state[$name]}" = running ]; then kill -- "-${pids[$name]}" 2>/dev/null || true; fi
  done
  wait
}
trap 'stop_all; exit 130' INT TERM

doing() { # what a running part is at: the last line of its log
  local lines last
  lines=$(wc -l <"$logs/$1.log")
  last=$(tail -n 1 "$logs/$1.log" | tr -d '\r' | cut -c1-80)
  if [ "$1" = temporal ] && [ "$lines" -gt 1 ]; then
    echo "$((lines - 1)) packages compiled, now $last"
  else
    echo "${last:-working}"
  fi
}

# Waits for all parts; on the first failure it shows the end of that log.
wait_all() {
  local name left=1 tick=0
  while [ "$left" -gt 0 ]; do
    left=0
    for name in "${order[@]}"; do
      [ "${state[$name]}" = running ] || continue
      if kill -0 "${pids[$name]}" 2>/dev/null; then left=$((left + 1)); continue; fi
      if wait "${pids[$name]}"; then
        state[$name]=done
        [ "$SECONDS" -lt "$every" ] || printf '[%4ds] %-9s done\n' "$SECONDS" "$name"
      else
        state[$name]=failed
        stop_all
        printf '[%4ds] %-9s FAILED; the end of %s:\n' "$SECONDS" "$name" "$logs/$name.log" >&2
        tail -n 30 "$logs/$name.log" >&2
        exit 1
      fi
    done
    [ "$left" -gt 0 ] || break
    sleep 0.2
    tick=$((tick + 1))
    [ $((tick % (every * 5))) -eq 0 ] || continue
    for name in "${order[@]}"; do
      if [ "${state[$name]}" = running ]; then printf '[%4ds] %-9s %s\n' "$SECONDS" "$name" "$(doing "$name")"; fi
    done
  done
}

[ -x bin/devstack ] || echo "First build: the Temporal server compiles for some minutes; later runs start in seconds."
start temporal make --no-print-directory bin/devstack
start web make --no-print-directory web
# Compiles the server meanwhile; linking waits, since the binary carries the web application.
start server go list -export -deps -f '{{.ImportPath}}' ./cmd/shouwang
wait_all
order=()
start link make --no-print-directory bin/shouwang
wait_all
echo "Built bin/shouwang and bin/devstack in ${SECONDS} s."
