# Images of programs too large for every lab, made when asked for: each a layer on top of the debian tree, with a recipe
# of its own. Sourced, not run.
# shellcheck shell=bash

readonly PROGRAMS=(node openjdk postgres)

is_program() { [[ " ${PROGRAMS[*]} " == *" $1 "* ]]; }

program_hash() { (cd "$FLOTA_HOME" && { trees_hash && cat lab/images/programs/*; } | sha256sum | cut -c1-12); }
program_tree() { printf '%s/program-%s-%s\n' "$LAB_CACHE" "$1" "$(program_hash)"; }

# A registry's storage with the image and nothing else.
program_cache() { printf '%s/image-%s-%s-%s\n' "$LAB_CACHE" "$1" "$(program_hash)" "$(images_hash)"; }

# program_publish NAME: to the registry, which is up.
program_publish() {
  local cache
  PROGRAM=$1
  cache=$(program_cache "$PROGRAM")
  [[ -d $cache ]] || together program_make
  storage_copy "$cache" "$REGISTRY_STATE/storage"
}

# Makes the image of PROGRAM and keeps it for the next lab.
program_make() {
  local tree started=$SECONDS
  tree=$(program_tree "$PROGRAM")
  trees_prepare
  if [[ ! -d $tree ]]; then
    say "making the file tree of library/$PROGRAM from Debian's packages"
    cache_make "$tree" env DEBIAN_TREE="$(trees_directory)/debian" \
      unshare --mount --propagation private "$FLOTA_HOME/lab/images/programs/make-tree.sh" "$PROGRAM"
  fi
  say "building library/$PROGRAM"
  quietly "$LAB_CACHE/log/$PROGRAM.log" publish_from "$(trees_directory)" --program="$PROGRAM=$tree"
  cache_make "$(program_cache "$PROGRAM")" storage_copy_image "$PROGRAM" "$REGISTRY_STATE/storage"
  say "made in $((SECONDS - started))s: $(sed -n 's#^library/##p' "$LAB_CACHE/log/$PROGRAM.log")"
}

# storage_copy_image NAME FROM TO: of library/NAME, what names it and the blobs that it is made of.
storage_copy_image() {
  local repository=repositories/library/$1 from=$2/docker/registry/v2 to=$3/docker/registry/v2 digest blob
  mkdir -p "$to/repositories/library"
  cp -a "$from/$repository" "$to/repositories/library/"
  while read -r digest; do
    blob=blobs/sha256/${digest:0:2}/$digest
    mkdir -p "$to/$blob"
    cp -a --link "$from/$blob/data" "$to/$blob/" 2>/dev/null || cp -a "$from/$blob/data" "$to/$blob/"
  done < <(grep -rhoE --include=link '[0-9a-f]{64}$' "$from/$repository" | sort -u)
}
