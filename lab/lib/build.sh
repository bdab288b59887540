# Builds Flota when its sources are newer than the last build. Sourced, not run.
# shellcheck shell=bash

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
  local started stamp log=$FLOTA_HOME/target/build.log
  stamp=$(build_stamp)
  started=$(mktemp "$FLOTA_HOME/target/.build.XXXXXX")
  say "building with Maven (a minute or two the first time)"
  rm -rf "$(dist_directory)"
  (cd "$FLOTA_HOME" && quietly "$log" mvn -B -ntp -Dmaven.test.skip=true package)
  mv "$started" "$stamp"
  say "built in ${SECONDS}s"
}
