# Finds a JDK that is new enough. Sourced, not run.
# shellcheck shell=bash

readonly JDK_NEEDED=25

# The major version of the JDK in a directory; nothing where there is none.
jdk_version() {
  [[ -x $1/bin/javac && -r $1/release ]] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

jdk_suffices() {
  local version
  version=$(jdk_version "$1")
  [[ -n $version ]] && ((version >= JDK_NEEDED))
}

find_jdk() {
  local candidate
  for candidate in "${JAVA_HOME:-}" /usr/lib/jvm/*"$JDK_NEEDED"* /usr/lib/jvm/*; do
    if [[ -n $candidate ]] && jdk_suffices "$candidate"; then
      readlink -f "$candidate"
      return
    fi
  done
  fail "no JDK $JDK_NEEDED or newer: neither in JAVA_HOME (${JAVA_HOME:-not set}) nor in /usr/lib/jvm.
Install one, for instance Eclipse Temurin (package temurin-25-jdk of adoptium.net's apt repository)
or, where Debian has it, 'apt-get install openjdk-25-jdk-headless'; or set JAVA_HOME."
}

# The daemon keeps the optimizing compiler: bulk work (digests, TLS) is ten times slower without it. What a pull or
# a crowd of starts took is given back to the machine soon after (docs/adr/0010). The ledger's few small messages need
# no pools of buffers (16 MB). The class cache is mapped where it was made for: moved it would be a copy for each daemon.
daemon_java_options() {
  printf '%s\n' \
    --sun-misc-unsafe-memory-access=allow \
    --enable-native-access=ALL-UNNAMED \
    -XX:+UseSerialGC \
    -XX:+UseCompactObjectHeaders \
    -Xms28m \
    -Xmx512m \
    -Xmn12m \
    -XX:MinHeapFreeRatio=5 \
    -XX:MaxHeapFreeRatio=10 \
    -XX:-ShrinkHeapInSteps \
    -XX:TrimNativeHeapInterval=10000 \
    -XX:ReservedCodeCacheSize=64m \
    -XX:CompileThresholdScaling=2 \
    -Djdk.nio.maxCachedBufferSize=65536 \
    -XX:-UsePerfData \
    -XX:+UnlockDiagnosticVMOptions \
    -XX:ArchiveRelocationMode=0 \
    -Dorg.apache.ratis.thirdparty.io.netty.allocator.type=unpooled \
    -Dorg.apache.ratis.thirdparty.io.grpc.netty.useCustomAllocator=false \
    -XX:+ExitOnOutOfMemoryError
}

# More arenas keep more memory that nobody uses, and so do the compilers' pieces of 32 KB among what lives long.
daemon_environment() { printf '%s\n' MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=30000; }

# The command line lives for a moment: the quick compiler alone starts it faster.
client_java_options() {
  printf '%s\n' \
    --sun-misc-unsafe-memory-access=allow \
    --enable-native-access=ALL-UNNAMED \
    -XX:+UseSerialGC \
    -XX:+UseCompactObjectHeaders \
    -XX:TieredStopAtLevel=1 \
    -Xshare:auto
}
