# Cgroups of lab hosts, on machines with cgroup v1, v1 beside an empty v2 tree, or v2 alone.
# Only groups that carry the lab's name are ever made or removed. Sourced, not run.
# shellcheck shell=bash

# On pure v2 a group with controllers for its children may hold no process: init sits in this leaf.
readonly CGROUP_INIT_LEAF=lab-init

# One line per mounted hierarchy: MOUNTPOINT TYPE OPTIONS, e.g. "/sys/fs/cgroup/cpu cgroup cpu".
cgroup_read_hierarchies() {
  awk '{
    for (i = 7; i <= NF; i++) if ($i == "-") break
    if ($(i+1) !~ /^cgroup2?$/ || $4 != "/") next
    n = split($(i+3), option, ","); kept = ""
    for (k = 1; k <= n; k++)
      if (option[k] !~ /^(rw|ro|xattr|clone_children|nsdelegate|memory_.*|favordynmods|release_agent=.*)$/)
        kept = kept (kept == "" ? "" : ",") option[k]
    print $5, $(i+1), (kept == "" ? "-" : kept)
  }' /proc/self/mountinfo | sort -u
}

# The machine's hierarchies do not change while the lab looks at them.
CGROUP_HIERARCHIES=$(cgroup_read_hierarchies)
readonly CGROUP_HIERARCHIES

cgroup_hierarchies() { printf '%s\n' "$CGROUP_HIERARCHIES"; }

cgroup_is_pure_v2() { ! cgroup_hierarchies | awk '$2 == "cgroup" && $3 !~ /^name=/ { found = 1 } END { exit !found }'; }

# The group's directory in every hierarchy, whether it exists or not.
cgroup_directories() {
  local mountpoint rest
  while read -r mountpoint rest; do
    printf '%s/%s\n' "$mountpoint" "$1"
  done < <(cgroup_hierarchies)
}

# The group's directories that exist.
cgroup_existing() {
  local directory
  while read -r directory; do
    [[ ! -d $directory ]] || printf '%s\n' "$directory"
  done < <(cgroup_directories "$1")
}

cgroup_make() {
  local group=$1 mountpoint type options file
  while read -r mountpoint type options; do
    mkdir -p "$mountpoint/$group"
    [[ $type == cgroup && ,$options, == *,cpuset,* ]] || continue
    for file in cpuset.cpus cpuset.mems; do
      cat "$mountpoint/$file" >"$mountpoint/$group/$file"
    done
  done < <(cgroup_hierarchies)
}

# On pure v2, where the group's first process goes once it has made the group the root of a namespace; nothing elsewhere.
cgroup_leaf() { ! cgroup_is_pure_v2 || printf '%s/%s\n' "$(cgroup_directories "$1")" "$CGROUP_INIT_LEAF"; }

# Pure v2: hands the group, whose processes are all in its leaf, every controller the machine has; what the root lacked is
# noted to be undone.
cgroup_delegate() {
  local group=$1 root controller noted=$LAB_MACHINE/root-controllers
  cgroup_is_pure_v2 || return 0
  root=$(cgroup_hierarchies | awk '$2 == "cgroup2" { print $1; exit }')
  for controller in $(<"$root/cgroup.controllers"); do
    if ! grep -qw "$controller" "$root/cgroup.subtree_control"; then
      mkdir -p "$LAB_MACHINE"
      printf '%s\n' "$controller" >>"$noted"
      printf '+%s' "$controller" >"$root/cgroup.subtree_control"
    fi
    printf '+%s' "$controller" >"$root/$group/cgroup.subtree_control"
  done
}

cgroup_undo_delegation() {
  local noted=$LAB_MACHINE/root-controllers root controller
  [[ -r $noted ]] || return 0
  root=$(cgroup_hierarchies | awk '$2 == "cgroup2" { print $1; exit }')
  while read -r controller; do
    printf -- '-%s' "$controller" >"$root/cgroup.subtree_control"
  done <"$noted"
}

# Puts the calling shell, and so what it starts, into the group.
cgroup_enter() {
  local directory
  while read -r directory; do
    [[ ! -d $directory/$CGROUP_INIT_LEAF ]] || directory=$directory/$CGROUP_INIT_LEAF
    printf '%s\n' "$BASHPID" >"$directory/cgroup.procs"
  done < <(cgroup_directories "$1")
}

# Process ids in the group or below it, in any hierarchy.
cgroup_processes() {
  local directories
  mapfile -t directories < <(cgroup_existing "$1")
  ((${#directories[@]} > 0)) || return 0
  # A group below may vanish between find's look and cat's.
  { find "${directories[@]}" -name cgroup.procs -exec cat {} + 2>/dev/null || true; } | awk '$1 > 0' | sort -nu
}

cgroup_is_empty() { [[ -z $(cgroup_processes "$1") ]]; }

cgroup_exists() { [[ -n $(cgroup_existing "$1") ]]; }

# Frozen tasks do not die: whatever lies frozen below the group is thawed.
cgroup_thaw() {
  local directories file
  mapfile -t directories < <(cgroup_existing "$1")
  ((${#directories[@]} > 0)) || return 0
  while read -r file; do
    case $file in
      */freezer.state) { printf THAWED >"$file"; } 2>/dev/null || true ;;
      */cgroup.freeze) { printf 0 >"$file"; } 2>/dev/null || true ;;
    esac
  done < <(find "${directories[@]}" \( -name freezer.state -o -name cgroup.freeze \) 2>/dev/null)
}

# Kills what is in the group; true once nothing is left. Asked again until then: what was forking
# or frozen in one look is found by the next.
cgroup_kill_and_look() {
  local processes
  cgroup_thaw "$1"
  mapfile -t processes < <(cgroup_processes "$1")
  ((${#processes[@]} > 0)) || return 0
  kill -KILL "${processes[@]}" 2>/dev/null || true
  cgroup_is_empty "$1"
}

cgroup_remove() {
  local directories
  mapfile -t directories < <(cgroup_existing "$1")
  ((${#directories[@]} > 0)) || return 0
  find "${directories[@]}" -depth -type d -exec rmdir {} + 2>/dev/null || true
  ! cgroup_exists "$1"
}

# Ends everything in the group, and the group.
cgroup_end() {
  wait_until 30 cgroup_kill_and_look "$1" ||
    fail "processes of $1 do not end: $(cgroup_processes "$1" | tr '\n' ' ')"
  wait_until 10 cgroup_remove "$1" || fail "cgroups named $1 cannot be removed"
}

# Names of the lab's groups that exist, found by name alone.
cgroup_lab_groups() {
  local mountpoint rest
  while read -r mountpoint rest; do
    find "$mountpoint" -maxdepth 1 -type d -name "$LAB_PREFIX-*" -printf '%f\n'
  done < <(cgroup_hierarchies) | sort -u
}
