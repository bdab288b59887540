# Messages of the launcher and the lab. Sourced, not run.
# shellcheck shell=bash

SAY_AS=flota

# say_as NAME: whose messages follow.
say_as() { SAY_AS=$1; }

# Progress, for the person at the terminal: standard error, so that output stays clean for pipes.
say() { printf '%s: %s\n' "$SAY_AS" "$*" >&2; }

fail() {
  say "error: $*"
  exit 1
}

# What the command line itself got wrong.
usage_error() {
  say "error: $*"
  exit 2
}

# quietly LOG COMMAND…: output goes to LOG; shown only when the command fails. COMMAND may be a
# function: it ends at its first failing line, which it would not do inside an `if`.
quietly() {
  local log=$1 status
  shift
  mkdir -p "$(dirname "$log")"
  set +e
  (
    set -e
    "$@"
  ) >"$log" 2>&1
  status=$?
  set -e
  ((status != 0)) || return 0
  tail -n 40 "$log" >&2
  fail "'$*' failed; all of its output is in $log"
}

# wait_until SECONDS COMMAND…: asks again and again until COMMAND succeeds; fails after SECONDS. FLOTA_LAB_SLOWNESS: so
# many times as long, and as long between two questions, for a machine on which the asking alone would keep it busy.
wait_until() {
  local slowness=${FLOTA_LAB_SLOWNESS:-1}
  local deadline=$((SECONDS + $1 * slowness)) pause
  pause=$((slowness / 10)).$((slowness % 10))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep "$pause"
  done
}
