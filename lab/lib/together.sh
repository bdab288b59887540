# Several things at a time. Sourced, not run.
# shellcheck shell=bash

together_groups=()

# together COMMAND…: runs each command (one word) at the same time as the others, in a process group of
# its own; fails when one fails, after all have ended.
together() {
  local command group failed=0
  set -m
  for command in "$@"; do
    "$command" </dev/null &
    together_groups+=("$!")
  done
  set +m
  for group in "${together_groups[@]}"; do wait "$group" || failed=1; done
  together_groups=()
  ((failed == 0)) || exit 1
}

# Called when the script ends: whoever interrupts it interrupts all of it.
together_end() {
  local group
  for group in "${together_groups[@]}"; do kill -TERM -- "-$group" 2>/dev/null || true; done
}
