# Debian packages: what this machine lacks, and where its mirror is. Sourced, not run.
# shellcheck shell=bash

# require_commands COMMAND=PACKAGE…: installs the packages of those commands that are missing.
require_commands() {
  local pair missing=()
  for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
  done
  ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
}

# One at a time: apt has no patience of its own with another apt.
install_packages() {
  command -v apt-get >/dev/null || fail "these Debian packages are missing, and there is no apt-get to install them: $*"
  local log
  log=$(mktemp -t flota-apt.XXXXXX)
  say "installing Debian packages: $*"
  (
    exec 7>/run/lock/flota-apt.lock
    flock 7
    quietly "$log" apt-get update
    quietly "$log" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
  ) || exit
  rm -f "$log"
}

# The machine's own Debian mirror, so that the lab's downloads go where the machine's go.
debian_mirror() {
  local uri=""
  if command -v apt-get >/dev/null; then
    # shellcheck disable=SC2016 # $(…) is apt's syntax here
    uri=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
      awk '$1 == "Debian" && $2 !~ /security/ { print $2; exit }')
  fi
  printf '%s\n' "${uri:-http://deb.debian.org/debian/}"
}

# fetch_packages SUITE ARCHITECTURE DIRECTORY PACKAGE…: downloads and unpacks, installs nothing. @PACKAGE: what that one
# depends on in its stead, for packages that only name the newest of others.
fetch_packages() {
  local suite=$1 architecture=$2 directory=$3
  shift 3
  local work
  work=$(mktemp -d -t flota-fetch.XXXXXX)
  mkdir -p "$work"/{lists/partial,archives/partial,download}
  : >"$work/status"
  printf 'deb %s %s main\n' "$(debian_mirror)" "$suite" >"$work/sources.list"
  private_apt_configuration "$work" "$architecture" >"$work/apt.conf"
  (
    export APT_CONFIG=$work/apt.conf
    quietly "$work/log" apt-get update
    cd "$work/download" || exit
    mapfile -t packages < <(packages_meant "$@")
    quietly "$work/log" apt-get download "${packages[@]}"
  )
  mkdir -p "$directory"
  local package
  for package in "$work"/download/*.deb; do dpkg-deb -x "$package" "$directory"; done
  rm -rf "$work"
}

packages_meant() {
  local package
  for package in "$@"; do
    if [[ $package == @* ]]; then
      apt-cache depends "${package#@}" | awk '$1 == "Depends:" { print $2 }'
    else
      printf '%s\n' "$package"
    fi
  done
}

# Sources, lists and status of its own: the machine's apt is neither read nor changed.
private_apt_configuration() {
  local work=$1 architecture=$2
  cat <<END
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "root";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "$work/lists";
Dir::State::Status "$work/status";
Dir::Cache "$work";
Dir::Cache::Archives "$work/archives";
END
}
