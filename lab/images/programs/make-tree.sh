#!/usr/bin/env bash
# make-tree.sh NAME DIRECTORY: the layer that a program's image has on top of the debian tree, DIRECTORY/NAME, and
# DIRECTORY/versions. Runs in a mount namespace of its own, as make-trees.sh does. FLOTA_HOME, DEBIAN_TREE from the
# environment.
set -euo pipefail

readonly NAME=$1 TREES=$2
readonly HERE=$FLOTA_HOME/lab/images/programs
for part in say packages layers; do
  # shellcheck source=/dev/null
  source "$FLOTA_HOME/lab/lib/$part.sh"
done

install_node() {
  layer_install nodejs
  note_package_version node nodejs
  layer_run useradd --uid 1000 --create-home --shell /bin/bash node
  install -m 755 "$HERE/node-entrypoint.sh" "$LAYER_ROOT/usr/local/bin/docker-entrypoint.sh"
}

# It links its manual pages into a directory that the debian tree has not.
install_openjdk() {
  mkdir -p "$LAYER_ROOT/usr/share/man/man1"
  layer_install openjdk-21-jre-headless
  note_package_version openjdk openjdk-21-jre-headless
}

# Debian's own cluster is not made: the entrypoint makes one per container.
install_postgres() {
  local major=17
  layer_install postgresql-common
  printf 'create_main_cluster = false\n' >>"$LAYER_ROOT/etc/postgresql-common/createcluster.conf"
  layer_install "postgresql-$major"
  note_package_version postgres "postgresql-$major"
  sed -i "s/^#listen_addresses = .*/listen_addresses = '*'/" "$LAYER_ROOT/usr/share/postgresql/$major/postgresql.conf.sample"
  layer_run install -d -o postgres -g postgres -m 3777 /run/postgresql
  layer_run install -d -o postgres -g postgres -m 1777 /var/lib/postgresql/data
  mkdir "$LAYER_ROOT/docker-entrypoint-initdb.d"
  install -m 755 "$HERE/postgres-entrypoint.sh" "$LAYER_ROOT/usr/local/bin/docker-entrypoint.sh"
}

mkdir -p "$TREES"
layer_open "$NAME"
layer_run apt-get update
"install_$NAME"
find "$LAYER_ROOT/var/lib/apt/lists" -mindepth 1 -delete
layer_close "$NAME"
