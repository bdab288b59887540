# The fencer of a lab host. Like the daemon it is a child of the host's init, and no kin of the daemon: it stays
# when that ends, and goes with the host. Sourced, not run.
# shellcheck shell=bash

readonly HOST_FENCER_LOG=var/log/flota/fencer.log

# As this machine sees it; nothing while there is none.
host_fencer_process() {
  local init
  init=$(host_init_process "$1")
  [[ -z $init ]] || pgrep -o -P "$init" -x "$FENCER_NAME" || true
}

host_fencer_start() {
  [[ -z $(host_fencer_process "$1") ]] || return 0
  # shellcheck disable=SC2016
  (host_run_inside "$1" setsid --fork sh -c 'exec "$@" >>/'"$HOST_FENCER_LOG"' 2>&1' _ "/opt/lab/$FENCER_NAME") \
    </dev/null >/dev/null 8>&- 9>&-
}
