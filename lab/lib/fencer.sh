# The fencer: a program of its own in C, see docs/adr/0006-the-fencer.md. Sourced, not run.
# shellcheck shell=bash

readonly FENCER_NAME=flota-fencer
readonly FENCER_SOURCE=$FLOTA_HOME/cluster/src/main/c/fencer.c

need_compiler() {
  require_commands gcc=gcc
  [[ -e /usr/include/stdlib.h ]] || install_packages libc6-dev
}

# fencer_make DIRECTORY
fencer_make() { gcc -O2 -Wall -Wextra -Werror -static -s -o "$1/$FENCER_NAME" "$FENCER_SOURCE"; }

fencer_build_if_needed() {
  local program=$FLOTA_HOME/target/native/$FENCER_NAME
  [[ ! $program -nt $FENCER_SOURCE ]] || return 0
  need_compiler
  say "compiling the fencer"
  mkdir -p "$FLOTA_HOME/target/native/half"
  fencer_make "$FLOTA_HOME/target/native/half"
  # A fencer that runs keeps its file.
  mv -T "$FLOTA_HOME/target/native/half/$FENCER_NAME" "$program"
}

# In place of the shell, on this machine.
fencer_run() {
  fencer_build_if_needed
  exec "$FLOTA_HOME/target/native/$FENCER_NAME" "$@"
}
