# Several things at a time. Sourced, not run.
# shellcheck shell=bash

together_groups=()

# together COMMAND…: runs each command (one word) at the same time as the others, in a process group of
# its own; fails when one fails, after all have ended. All are in one cgroup, by which the next run
# finds what a killed one left at work; so they need not hold its lock. They do hold that of the cache.
together() {
  local command group failed=0
  cgroup_end "$MAKING_GROUP"
  cgroup_make "$MAKING_GROUP"
  exec 6>"$CACHE_LOCK"
  flock --nonblock 6 || {
    say "another lab is making file systems or images; waiting for it"
    flock 6
  }
  rm -rf --one-file-system "$LAB_CACHE"/*.half
  set -m
  for command in "$@"; do
    together_run "$command" </dev/null 9>&- &
    together_groups+=("$!")
  done
  set +m
  for group in "${together_groups[@]}"; do wait "$group" || failed=1; done
  together_groups=()
  exec 6>&-
  cgroup_end "$MAKING_GROUP"
  ((failed == 0)) || exit 1
}

together_run() {
  cgroup_enter "$MAKING_GROUP"
  "$1"
}

# Called when the script ends: whoever interrupts it interrupts all of it.
together_end() {
  local group
  for group in "${together_groups[@]}"; do kill -TERM -- "-$group" 2>/dev/null || true; done
}
