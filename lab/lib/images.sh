# The sample images: trees from Debian's packages, images from trees, all in the registries' storage.
# Sourced, not run.
# shellcheck shell=bash

readonly IMAGE_JAVA=lab/src/main/java/dev/flota/lab/image
readonly PUBLISHER_CLASS=dev.flota.lab.image.PublishSampleImages

# trees_hash FILE…: of all that the trees are made by, and of these files.
trees_hash() { (cd "$FLOTA_HOME" && cat lab/images/*.sh lab/lib/layers.sh lab/native/hello.c "$@" | sha256sum | cut -c1-12); }
images_hash() { trees_hash "$FLOTA_HOME/$IMAGE_JAVA"/*.java; }

# A registry's storage with every image in it.
images_cache() { printf '%s/images-%s\n' "$LAB_CACHE" "$(images_hash)"; }
trees_directory() { printf '%s/trees-%s\n' "$LAB_CACHE" "$(trees_hash)"; }

trees_prepare() {
  local directory started=$SECONDS
  directory=$(trees_directory)
  [[ ! -d $directory ]] || return 0
  require_commands mmdebstrap=mmdebstrap
  say "making the sample images' file trees from Debian's packages"
  cache_make "$directory" env HELLO="$(native_directory)/hello" \
    unshare --mount --propagation private "$FLOTA_HOME/lab/images/make-trees.sh"
  say "file trees made in $((SECONDS - started))s"
}

# Fills the registries, which are up, unless they have the images already.
images_prepare() {
  local cache mark
  cache=$(images_cache)
  mark=$REGISTRY_STATE/$(basename "$cache")
  [[ ! -e $mark ]] || return 0
  [[ -d $cache ]] || together images_publish
  storage_copy "$cache" "$REGISTRY_STATE/storage"
  : >"$mark"
}

# Builds the images into a registry that is up, and keeps its storage for the next lab.
images_publish() {
  local started=$SECONDS cache
  cache=$(images_cache)
  [[ ! -d $cache ]] || return 0
  trees_prepare
  say "building the sample images and sending them to $REGISTRY_PLAIN"
  quietly "$LAB_CACHE/log/images.log" publish_from "$(trees_directory)"
  say "images published in $((SECONDS - started))s: $(sed -n 's#^library/##p' "$LAB_CACHE/log/images.log" | tr '\n' ';')"
  say "keeping them for the next lab: $cache"
  cache_make "$cache" storage_copy "$REGISTRY_STATE/storage"
}

publish_from() {
  local trees=$1
  shift
  nsenter --net="/run/netns/$UNDERLAY" "$FLOTA_JDK/bin/java" --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -Xmx256m \
    -cp "$(lab_jars)" "$PUBLISHER_CLASS" --trees="$trees" --registry="http://$REGISTRY_PLAIN" "$@"
}

# Blobs never change once they are there and are shared by hard links; what names them is copied.
storage_copy() {
  local from=$1/docker/registry/v2 to=$2/docker/registry/v2
  mkdir -p "$to"
  cp -a --link --no-clobber "$from/blobs" "$to/" 2>/dev/null || cp -a --no-clobber "$from/blobs" "$to/"
  cp -a --remove-destination "$from/repositories" "$to/"
}

# Those that are large and made only when asked for.
image_on_demand() {
  [[ $1 == big ]] || is_program "$1" || usage_error "the images made on demand are big ${PROGRAMS[*]}, not '$1'"
  registry_answers plain || fail "the registry is not up; './flota lab up' starts it"
  if [[ $1 == big ]]; then big_publish; else program_publish "$1"; fi
  say "published: docker pull $1"
}

# 150 MB that hardly compress.
big_publish() {
  local tree=$REGISTRY_STATE/big-tree
  trees_prepare
  say "building library/big, 150 MB"
  rm -rf "$tree"
  big_tree "$tree"
  quietly "$LAB_CACHE/log/big.log" publish_from "$(trees_directory)" --big="$tree"
  rm -rf "$tree"
}

# The same bytes each time: a key stream of AES under a fixed key, cut into files.
big_tree() {
  mkdir -p "$1/data"
  openssl enc -aes-128-ctr -K 00000000000000000000000000000042 -iv 00000000000000000000000000000000 \
    -in <(head -c 150M /dev/zero) | split --bytes=5M --numeric-suffixes - "$1/data/part-"
  find "$1" -exec touch --date=2026-01-01T00:00:00Z {} +
}
