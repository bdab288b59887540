# The lab's registries, in the underlay's namespace. Sourced, not run.
# shellcheck shell=bash

readonly REGISTRY_STATE=$LAB_STATE/registry
# FLOTA_LAB_REGISTRIES: these alone, of plain, basic and token.
read -ra REGISTRIES <<<"${FLOTA_LAB_REGISTRIES:-plain basic token}"
readonly REGISTRIES
readonly TOKEN_SERVER_CLASS=dev.flota.lab.registry.TokenServerMain
readonly TOKEN_ISSUER=flota-lab
readonly TOKEN_SERVICE=registry.flota.lab

registry_port() {
  case $1 in
    plain) printf '5000\n' ;;
    basic) printf '5443\n' ;;
    token) printf '5444\n' ;;
  esac
}

registry_up() {
  local name
  mkdir -p "$REGISTRY_STATE/storage"
  cgroup_make "$REGISTRY_GROUP"
  for name in "${REGISTRIES[@]}"; do registry_start_if_dead "$name"; done
  ! registry_is_wanted token || token_server_start_if_dead
  for name in "${REGISTRIES[@]}"; do
    wait_until 30 registry_answers "$name" || registry_failed "$name"
  done
  ! registry_is_wanted token || wait_until 30 token_server_answers || registry_failed token-server
}

registry_is_wanted() { [[ " ${REGISTRIES[*]} " == *" $1 "* ]]; }

registry_failed() {
  tail -n 20 "$REGISTRY_STATE/$1.log" >&2
  fail "the registry's process '$1' does not answer"
}

registry_start_if_dead() {
  local name=$1 configuration=$REGISTRY_STATE/$1.yml command
  [[ -z $(registry_process "$configuration") ]] || return 0
  say "starting registry '$name' on $REGISTRY_ADDRESS:$(registry_port "$name")"
  [[ -e $REGISTRY_STATE/htpasswd ]] || registry_passwords
  registry_configuration "$name" >"$configuration"
  mapfile -t command < <(rootfs_command /usr/bin/docker-registry)
  registry_run "$name" "${command[@]}" serve "$configuration"
}

token_server_start_if_dead() {
  [[ -z $(registry_process "$TOKEN_SERVER_CLASS") ]] || return 0
  say "starting the token server on $TOKEN_SERVER"
  registry_run token-server "$FLOTA_JDK/bin/java" -XX:+UseSerialGC -Xmx64m -cp "$(lab_jars)" "$TOKEN_SERVER_CLASS" \
    --listen="$TOKEN_SERVER" --user="$REGISTRY_USER" --password="$REGISTRY_PASSWORD" \
    --issuer="$TOKEN_ISSUER" \
    --tls-certificate="$CERTIFICATES/registry.crt" --tls-key="$CERTIFICATES/registry.key" \
    --signing-certificate="$CERTIFICATES/token.crt" --signing-key="$CERTIFICATES/token.key"
}

# registry_run NAME COMMAND…: detached, in the registries' cgroup and the underlay's namespace.
registry_run() {
  local name=$1
  shift
  (
    cgroup_enter "$REGISTRY_GROUP"
    exec setsid nsenter --net="/run/netns/$UNDERLAY" "$@"
  ) </dev/null >>"$REGISTRY_STATE/$name.log" 2>&1 8>&- 9>&- &
  disown
}

# The registry's process of which the command line has this word.
registry_process() {
  local process
  while read -r process; do
    if tr '\0' '\n' <"/proc/$process/cmdline" 2>/dev/null | grep -qxF -- "$1"; then
      printf '%s\n' "$process"
      return
    fi
  done < <(cgroup_processes "$REGISTRY_GROUP")
}

registry_passwords() {
  local half=$REGISTRY_STATE/htpasswd.half command
  mapfile -t command < <(rootfs_command /usr/bin/htpasswd)
  "${command[@]}" -nbB "$REGISTRY_USER" "$REGISTRY_PASSWORD" >"$half"
  mv "$half" "$REGISTRY_STATE/htpasswd"
}

registry_configuration() {
  local name=$1
  cat <<END
version: 0.1
log:
  level: warn
  accesslog:
    disabled: true
storage:
  filesystem:
    rootdirectory: $REGISTRY_STATE/storage
  delete:
    enabled: true
http:
  addr: :$(registry_port "$name")
  secret: flota-lab
END
  [[ $name == plain ]] || cat <<END
  tls:
    certificate: $CERTIFICATES/registry.crt
    key: $CERTIFICATES/registry.key
END
  case $name in
    basic) cat <<END ;;
auth:
  htpasswd:
    realm: Flota lab registry
    path: $REGISTRY_STATE/htpasswd
END
    token) cat <<END ;;
auth:
  token:
    realm: https://$TOKEN_SERVER/token
    service: $TOKEN_SERVICE
    issuer: $TOKEN_ISSUER
    rootcertbundle: $CERTIFICATES/token.crt
END
  esac
}

# Any HTTP answer will do: two of them ask for a login first.
registry_answers() {
  local scheme=https
  [[ $1 != plain ]] || scheme=http
  underlay_curl --output /dev/null "$scheme://$REGISTRY_ADDRESS:$(registry_port "$1")/v2/"
}

token_server_answers() { underlay_curl --output /dev/null "https://$TOKEN_SERVER/healthy"; }

underlay_curl() {
  nsenter --net="/run/netns/$UNDERLAY" env -u CURL_CA_BUNDLE -u SSL_CERT_FILE \
    curl --noproxy '*' --silent --max-time 5 --cacert "$CERTIFICATES/ca.crt" "$@"
}
