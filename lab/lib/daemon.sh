# The engine's daemon in a lab host. Sourced, not run.
# shellcheck shell=bash

readonly DAEMON_LOG=var/log/flota/daemon.log
# Not anchored: for a moment it is still the shell that is about to become java.
readonly DAEMON_PATTERN='/opt/jdk/bin/java .*dev\.flota\.api\.Main daemon'

# The daemon as this machine sees it; nothing while there is none. It is a child of the host's init.
daemon_process() {
  local init
  init=$(host_init_process "$1")
  [[ -z $init ]] || pgrep -o -P "$init" -f "$DAEMON_PATTERN" || true
}

# Whether it runs from the newest jars, not from those of an earlier build.
daemon_is_current() {
  grep -qzF "/opt/flota/$(readlink "$LAB_STATE/dist/lib")/" "/proc/$(daemon_process "$1")/cmdline"
}

daemon_is_alive() { [[ -n $(daemon_process "$1") ]]; }

daemon_log() { printf '%s/upper/%s\n' "$(host_state "$1")" "$DAEMON_LOG"; }

daemon_answers() {
  curl --silent --fail --max-time 5 --output /dev/null --unix-socket "$(host_run "$1")/api.sock" http://localhost/_ping
}

# The jars a host sees are copies: a build does not pull them from under a running daemon.
daemon_lay_out_jars() {
  local source name
  source=$(dist_directory)
  name=$(stat -c %Y "$(build_stamp)")
  [[ ! -d $LAB_STATE/dist/$name ]] || return 0
  mkdir -p "$LAB_STATE/dist"
  rm -rf "$LAB_STATE/dist/.half"
  cp -a --reflink=auto "$source" "$LAB_STATE/dist/.half"
  mv -T "$LAB_STATE/dist/.half" "$LAB_STATE/dist/$name"
  ln -sfn "$name/lib" "$LAB_STATE/dist/lib"
}

# FLOTA_LAB_JAVA_OPTIONS: more options for the virtual machine, by blanks. FLOTA_LAB_SETTINGS: of the daemon, as variables
# (conf/flota.conf), by blanks. FLOTA_LAB_NO_SYNC=yes: it does not wait until the disk has what it writes.
daemon_start() {
  local host=$1 options more environment settings name jars
  mapfile -t options < <(daemon_java_options)
  read -ra more <<<"${FLOTA_LAB_JAVA_OPTIONS:-}"
  mapfile -t environment < <(daemon_environment)
  read -ra settings <<<"${FLOTA_LAB_SETTINGS:-}"
  environment+=("${settings[@]}")
  [[ ${FLOTA_LAB_NO_SYNC:-no} != yes ]] || environment+=(LD_PRELOAD=/opt/lab/nosync.so)
  name=/opt/flota/$(dirname "$(readlink "$LAB_STATE/dist/lib")")
  jars=$(class_path "$LAB_STATE/dist/lib" "$name/lib")
  [[ ! -e $LAB_STATE/dist/lib/../flota.aot ]] || options+=("-XX:AOTCache=$name/flota.aot")
  rm -f "$(host_run "$host")/api.sock"
  # setsid forks inside the host, so that the daemon becomes a child of the host's init.
  # shellcheck disable=SC2016
  (host_run_inside "$host" setsid --fork sh -c 'exec "$@" >>/'"$DAEMON_LOG"' 2>&1' _ \
    env FLOTA_LOG="${FLOTA_LOG:-INFO}" "${environment[@]}" /opt/jdk/bin/java "${options[@]}" "${more[@]}" -cp "$jars" "$MAIN_CLASS" daemon) </dev/null >/dev/null 8>&- 9>&-
}

# Long, for machines that are busy; a daemon that died is not waited for.
daemon_await() {
  local host=$1
  wait_until 180 daemon_answers_or_died "$host" && daemon_answers "$host" && return
  say "the last lines of $(daemon_log "$host"):"
  tail -n 30 "$(daemon_log "$host")" >&2
  fail "the daemon of $host does not answer"
}

daemon_answers_or_died() { daemon_answers "$1" || ! daemon_is_alive "$1"; }

daemon_stop() {
  local process
  process=$(daemon_process "$1")
  [[ -n $process ]] || return 0
  kill -TERM "$process" 2>/dev/null || true
  wait_until 15 process_is_gone "$process" || kill -KILL "$process" 2>/dev/null || true
  wait_until 5 process_is_gone "$process" || fail "the daemon of $1 (process $process) does not end"
}

process_is_gone() { [[ ! -d /proc/$1 ]]; }
