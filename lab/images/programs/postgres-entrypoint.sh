#!/usr/bin/env bash
# Runs postgres as Docker Hub's image does, as the user postgres, and makes the database first where there is none.
set -euo pipefail

fail() {
  printf 'Error: %s\n' "$*" >&2
  exit 1
}

# setting NAME [DEFAULT]: from the environment, or from the file that NAME_FILE names.
setting() {
  local name=$1 file=$1_FILE
  [[ -z ${!name:-} || -z ${!file:-} ]] || fail "both $name and $file are set (but are exclusive)"
  [[ -z ${!file:-} ]] || printf -v "$name" '%s' "$(<"${!file}")"
  printf -v "$name" '%s' "${!name:-${2:-}}"
  unset "$file"
}

settings() {
  setting POSTGRES_PASSWORD
  setting POSTGRES_USER postgres
  setting POSTGRES_DB "$POSTGRES_USER"
  setting POSTGRES_INITDB_ARGS
  setting POSTGRES_HOST_AUTH_METHOD scram-sha-256
  [[ -n $POSTGRES_PASSWORD || $POSTGRES_HOST_AUTH_METHOD == trust ]] ||
    fail 'Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".'
}

# Only until its data is made does it listen on nothing but its socket.
make_database() {
  local options
  read -r -a options <<<"$POSTGRES_INITDB_ARGS"
  initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") "${options[@]}"
  printf '\nhost all all all %s\n' "$POSTGRES_HOST_AUTH_METHOD" >>"$PGDATA/pg_hba.conf"
  pg_ctl -w -o "-c listen_addresses=''" start
  [[ $POSTGRES_DB == postgres ]] || createdb --username="$POSTGRES_USER" --maintenance-db=postgres "$POSTGRES_DB"
  run_scripts
  pg_ctl -w -m fast stop
  printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

run_scripts() {
  local script ask=(psql -v ON_ERROR_STOP=1 --no-psqlrc --username="$POSTGRES_USER" --dbname="$POSTGRES_DB")
  for script in /docker-entrypoint-initdb.d/*; do
    case $script in
      *.sh)
        # shellcheck source=/dev/null
        source "$script"
        ;;
      *.sql) "${ask[@]}" --file="$script" ;;
      *.sql.gz) gunzip -c "$script" | "${ask[@]}" ;;
    esac
  done
}

become_postgres() {
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  find "$PGDATA" \! -user postgres -exec chown postgres:postgres {} +
  export HOME=/var/lib/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups "${BASH_SOURCE[0]}" "$@"
}

[[ ${1:--} != -* ]] || set -- postgres "$@"
if [[ $1 == postgres && " $* " != *" --version "* && " $* " != *" --help "* ]]; then
  ((EUID != 0)) || become_postgres "$@"
  [[ -s $PGDATA/PG_VERSION ]] || {
    settings
    make_database
  }
fi
exec "$@"
