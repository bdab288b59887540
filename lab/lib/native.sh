# The lab's few lines of C and the fencer, compiled when it goes up. Sourced, not run.
# shellcheck shell=bash

native_directory() {
  printf '%s/native-%s\n' "$LAB_CACHE" "$(cat "$FLOTA_HOME"/lab/native/*.c "$FENCER_SOURCE" | sha256sum | cut -c1-12)"
}

native_prepare() {
  local directory
  directory=$(native_directory)
  [[ ! -d $directory ]] || return 0
  need_compiler
  say "compiling the hosts' init and fencer"
  cache_make "$directory" native_make
}

native_make() {
  local sources=$FLOTA_HOME/lab/native
  gcc -O2 -Wall -Wextra -Werror -static -o "$1/$INIT_NAME" "$sources/init.c"
  fencer_make "$1"
  gcc -O2 -Wall -Wextra -Werror -shared -fPIC -o "$1/prlimit.so" "$sources/prlimit.c"
  gcc -O2 -Wall -Wextra -Werror -shared -fPIC -o "$1/nosync.so" "$sources/nosync.c"
  gcc -Os -Wall -Wextra -Werror -static -nostdlib -fno-stack-protector -fno-asynchronous-unwind-tables \
    -Wl,--build-id=none -Wl,-z,noseparate-code -s -o "$1/hello" "$sources/hello.c"
}
