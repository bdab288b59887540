#!/usr/bin/env bash
# make-trees.sh DIRECTORY: the file trees of the sample images, made from Debian packages: one directory
# for each layer, and a file `versions` that says what is in them. Runs in a mount namespace of its own,
# so that a run which is killed leaves no mount. FLOTA_HOME, HELLO from the environment.
set -euo pipefail

readonly TREES=$1 DEBIAN_TREE=$1/debian
readonly IMAGE_SUITE=trixie
for part in say packages layers; do
  # shellcheck source=/dev/null
  source "$FLOTA_HOME/lab/lib/$part.sh"
done

make_hello() {
  mkdir -p "$TREES/hello"
  cp "$HELLO" "$TREES/hello/hello"
}

fetch_busybox() {
  local architecture
  for architecture in amd64 arm64; do
    fetch_packages "$IMAGE_SUITE" "$architecture" "$TREES/.packages/$architecture" busybox-static
  done
  note_version busybox "$(busybox_version)"
}

# The package of the machine's own kind is the one that can be asked.
own_busybox() { printf '%s/.packages/%s/usr/bin/busybox\n' "$TREES" "$(dpkg --print-architecture)"; }

# Read once and whole: busybox does not like its reader to leave early.
busybox_version() { local text; text=$("$(own_busybox)" 2>&1); sed -n '1s/^BusyBox v\([0-9.]*\).*/\1/p' <<<"$text"; }

common_files() {
  local tree=$1
  printf 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\nbin:x:2:2:bin:/bin:/bin/false\nsys:x:3:3:sys:/dev:/bin/false\nwww-data:x:33:33:www-data:/var/www:/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\n' >"$tree/etc/passwd"
  printf 'root:x:0:\ndaemon:x:1:\nbin:x:2:\nsys:x:3:\nwww-data:x:33:\nnogroup:x:65534:\n' >"$tree/etc/group"
  printf 'root:*:::::::\nnobody:*:::::::\n' >"$tree/etc/shadow"
  chmod 640 "$tree/etc/shadow"
  chmod 1777 "$tree/tmp"
  chmod 700 "$tree/root"
}

# As Docker's busybox image: every applet is a hard link in /bin.
make_busybox() {
  local architecture=$1 tree=$TREES/busybox-$1 applet
  mkdir -p "$tree"/{bin,dev,etc,home,root,tmp,usr/{bin,sbin},var/spool/mail,var/www}
  cp "$TREES/.packages/$architecture/usr/bin/busybox" "$tree/bin/busybox"
  chmod 755 "$tree/bin/busybox"
  while read -r applet; do
    [[ $applet == busybox ]] || ln "$tree/bin/busybox" "$tree/bin/$applet"
  done < <("$(own_busybox)" --list)
  ln "$tree/bin/busybox" "$tree/usr/bin/env"
  common_files "$tree"
}

# Laid out as Alpine is, every applet a symbolic link where Alpine has it, but made of Debian's busybox.
make_alpine() {
  local architecture=$1 tree=$TREES/alpine-$1 applet
  mkdir -p "$tree"/{bin,dev,etc,home,lib,media,mnt,opt,proc,root,run,sbin,srv,sys,tmp,usr/{bin,sbin,lib,share},var/{cache,log,lib,tmp}}
  cp "$TREES/.packages/$architecture/usr/bin/busybox" "$tree/bin/busybox"
  chmod 755 "$tree/bin/busybox"
  while read -r applet; do
    [[ $applet == bin/busybox ]] || ln -s /bin/busybox "$tree/$applet"
  done < <("$(own_busybox)" --list-full | grep -E '^(usr/)?s?bin/')
  common_files "$tree"
  sed -i 's#^root:.*#root:x:0:0:root:/root:/bin/ash#' "$tree/etc/passwd"
  chmod 1777 "$tree/var/tmp"
  printf 'NAME="Flota lab stand-in for Alpine Linux"\nID=flota-lab-alpine\nVERSION_ID=%s\nPRETTY_NAME="Flota lab stand-in for Alpine Linux (Debian busybox %s)"\n' \
    "$(busybox_version)" "$(busybox_version)" >"$tree/etc/os-release"
  printf '/bin/sh\n/bin/ash\n' >"$tree/etc/shells"
  printf 'export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n' >"$tree/etc/profile"
}

make_debian() {
  local tree=$DEBIAN_TREE
  mmdebstrap --quiet --variant=minbase --skip=cleanup/apt/lists,cleanup/reproducible/lists \
    --aptopt='Acquire::Languages "none"' \
    --aptopt='Dir::Cache::pkgcache ""' \
    --aptopt='Dir::Cache::srcpkgcache ""' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/lintian/*' \
    "$IMAGE_SUITE" "$tree" "$(debian_mirror)"
  printf '#!/bin/sh\n# A container has no init that could start services.\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
  chmod 755 "$tree/usr/sbin/policy-rc.d"
  # Each container mounts its own over these.
  : >"$tree/etc/resolv.conf"
  : >"$tree/etc/hosts"
  : >"$tree/etc/hostname"
  find "$tree/dev" -mindepth 1 -delete
  rm -rf "$tree"/var/cache/ldconfig/aux-cache "$tree"/var/cache/apt/archives/*.deb
  note_version debian "$(<"$tree/etc/debian_version")"
}

# add_layer NAME PACKAGE…
add_layer() {
  layer_open "$1"
  layer_install "${@:2}"
  note_package_version "$1" "$2"
  "finish_$1" "$LAYER_ROOT"
  layer_close "$1"
}

# Files to serve where the image from Docker Hub has them, logs on the container's own streams.
finish_nginx() {
  local root=$1
  rm -rf "$root/var/www/html" "$root/usr/share/nginx/html"
  mkdir -p "$root/usr/share/nginx/html"
  printf '<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n<p>If you see this page, the nginx web server is successfully installed and working.</p>\n</body>\n</html>\n' \
    >"$root/usr/share/nginx/html/index.html"
  rm -f "$root/etc/nginx/sites-enabled/default"
  cat >"$root/etc/nginx/conf.d/default.conf" <<'END'
server {
    listen 80;
    server_name localhost;
    location / {
        root /usr/share/nginx/html;
        index index.html;
    }
}
END
  sed -i 's#^error_log .*#error_log /var/log/nginx/error.log notice;#' "$root/etc/nginx/nginx.conf"
  rm -f "$root"/var/log/nginx/*.log
  ln -s /dev/stdout "$root/var/log/nginx/access.log"
  ln -s /dev/stderr "$root/var/log/nginx/error.log"
}

finish_redis() {
  mkdir -p "$1/data"
  chroot "$1" chown redis:redis /data
}

finish_python() { ln -s /usr/bin/python3 "$1/usr/local/bin/python"; }

# The lists served the three installations and belong in no image.
drop_package_lists() { find "$DEBIAN_TREE/var/lib/apt/lists" -mindepth 1 -delete; }

mkdir -p "$TREES"
make_hello
fetch_busybox
for architecture in amd64 arm64; do
  make_busybox "$architecture"
  make_alpine "$architecture"
done
make_debian
add_layer nginx nginx
add_layer redis redis-server
add_layer python python3
drop_package_lists
rm -rf "$TREES/.packages"
