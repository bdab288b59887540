# The stock docker command line, where this machine has none. Sourced, not run.
# shellcheck shell=bash

readonly DOCKER_COMMAND=/usr/local/bin/docker

docker_cli_prepare() {
  local directory=$LAB_CACHE/docker-cli-$ROOTFS_SUITE
  docker_is_installed "$directory" && return
  [[ -d $directory ]] || together docker_cli_make
  say "installing $DOCKER_COMMAND, which runs it"
  docker_wrapper "$directory" >"$DOCKER_COMMAND.half"
  chmod 755 "$DOCKER_COMMAND.half"
  mv "$DOCKER_COMMAND.half" "$DOCKER_COMMAND"
}

# Somebody's docker, or our wrapper with the program still behind it. Never overwrites somebody's.
docker_is_installed() {
  [[ -e $DOCKER_COMMAND ]] || command -v docker >/dev/null || return 1
  ! docker_is_ours || [[ -d $1 ]]
}

docker_is_ours() { [[ -f $DOCKER_COMMAND ]] && grep -q "^# Installed by './flota lab up'" "$DOCKER_COMMAND"; }

docker_cli_make() {
  say "no docker command on this machine: fetching Debian $ROOTFS_SUITE's docker-cli"
  cache_make "$LAB_CACHE/docker-cli-$ROOTFS_SUITE" docker_cli_fetch
}

# With the C library it was built for, which is newer than this machine's may be.
docker_cli_fetch() { fetch_packages "$ROOTFS_SUITE" "$(dpkg --print-architecture)" "$1" docker-cli libc6; }

docker_wrapper() {
  local command
  mapfile -t command < <(foreign_command "$1" "$1/usr/bin/docker")
  printf "#!/bin/sh\n# Installed by './flota lab up': Debian %s's docker-cli, with the libraries it was built for.\n" "$ROOTFS_SUITE"
  printf 'exec %s "$@"\n' "${command[*]}"
}

docker_cli_purge() { ! docker_is_ours || rm -f "$DOCKER_COMMAND"; }
