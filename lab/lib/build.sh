# Builds Flota when its sources are newer than the last build. Sourced, not run.
# shellcheck shell=bash

readonly MAIN_CLASS=dev.flota.api.Main

# Where `mvn package` puts the jars: the daemon's in dist/lib, the lab's own tools in dist/lab.
dist_directory() { printf '%s\n' "$FLOTA_HOME/target/dist"; }

build_stamp() { printf '%s\n' "$(dist_directory)/.built"; }

# Directories count too: a deleted source changes its directory's time.
build_is_current() {
  local stamp
  stamp=$(build_stamp)
  [[ -e $stamp ]] || return 1
  [[ -z $(find "$FLOTA_HOME"/pom.xml "$FLOTA_HOME"/*/pom.xml "$FLOTA_HOME"/*/src/main \
    -newer "$stamp" -print -quit) ]]
}

build_if_needed() {
  build_is_current && return
  require_commands mvn=maven
  mkdir -p "$FLOTA_HOME/target"
  (
    exec 8>"$FLOTA_HOME/target/.build.lock"
    flock 8
    build_is_current || build
  )
}

build() {
  say "building with Maven (a minute or two the first time)"
  quietly "$FLOTA_HOME/target/build.log" build_dist -Dmaven.test.skip=true package
  say "built in ${SECONDS}s"
}

# What `docker version` shows; nothing without git or outside a checkout of Flota itself.
built_commit() {
  [[ -e $FLOTA_HOME/.git ]] || return 0
  git -c safe.directory="$FLOTA_HOME" -C "$FLOTA_HOME" rev-parse --short HEAD 2>/dev/null || true
}

# build_dist MAVEN-ARGUMENT…: any run that reaches the phase `package` makes the jars anew.
build_dist() {
  local started commit
  mkdir -p "$FLOTA_HOME/target"
  started=$(mktemp "$FLOTA_HOME/target/.build.XXXXXX")
  rm -rf "$(dist_directory)"
  commit=$(built_commit)
  (cd "$FLOTA_HOME" && MAVEN_OPTS="${MAVEN_OPTS:-} --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED" mvn -B -ntp "-Dflota.commit=${commit:-unknown}" "$@")
  [[ ! -d $(dist_directory) ]] || make_cache
  mv "$started" "$(build_stamp)"
}

# class_path DIRECTORY [SEEN-AS]: its jars, in an order that each copy of it has: the cache is of no use in another one.
class_path() {
  local jars=("$1"/*.jar)
  (IFS=: && printf '%s\n' "${jars[*]/#"$1"/"${2:-$1}"}")
}

# What the JDK has ready for the daemon (JEP 514): it starts in half the time, and shares memory with other daemons on the
# machine. Nothing depends on it.
class_cache() { printf '%s\n' "$(dist_directory)/flota.aot"; }

make_cache() {
  local trial
  trial=$(mktemp -d "$FLOTA_HOME/target/trial.XXXXXX")
  say "making the daemon's class cache by a trial run"
  unshare --mount --net --pid --fork --kill-child --mount-proc \
    "$FLOTA_HOME/lab/lib/trial.sh" "$trial" "$(class_cache)" >"$FLOTA_HOME/target/trial.log" 2>&1 || {
    rm -f "$(class_cache)"
    say "no class cache, so the daemon starts slower: see $FLOTA_HOME/target/trial.log"
  }
  rm -rf "$trial"
}
