# Several lab hosts as one fleet. Sourced, not run.
# shellcheck shell=bash

# fleet_call HOST METHOD PATH [JSON]: the answer, or the daemon's refusal on stderr and failure.
fleet_call() {
  local host=$1 method=$2 path=$3 body=${4:-}
  curl --silent --show-error --fail-with-body --max-time 120 --request "$method" \
    --unix-socket "$(host_run "$host")/api.sock" --header 'Content-Type: application/json' \
    ${body:+--data "$body"} "http://localhost$path"
}

fleet_field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

fleet_has() { fleet_call "$1" GET /fleet >/dev/null 2>&1; }

fleet_token() { fleet_call "$1" POST /fleet/tokens '{}' | fleet_field Token; }

# fleet_up HOST…: the first one makes a fleet unless it has one, the others join it.
fleet_up() {
  local first=$1 host
  fleet_has "$first" || {
    say "$first: making a fleet"
    fleet_call "$first" POST /fleet/init "{\"address\":\"$(host_address "$first")\"}" >/dev/null ||
      fail "$first cannot make a fleet"
  }
  shift
  for host in "$@"; do
    fleet_has "$host" || fleet_join "$host" "$first"
  done
}

fleet_join() {
  local host=$1 first=$2 answer
  say "$host: joining the fleet of $first"
  answer=$(fleet_call "$host" POST /fleet/join \
    "{\"token\":\"$(fleet_token "$first")\",\"remote\":\"$(host_address "$first"):2377\",\"address\":\"$(host_address "$host")\"}") ||
    fail "$host cannot join: $answer"
}
