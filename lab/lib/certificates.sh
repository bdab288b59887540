# The lab's certificate authority and its registries' certificates. Sourced, not run.
# shellcheck shell=bash

readonly CERTIFICATES=$LAB_STATE/certificates

certificates_prepare() {
  [[ ! -d $CERTIFICATES ]] || return 0
  require_commands openssl=openssl
  say "making the registries' certificates, signed by an authority of the lab's own"
  local half=$CERTIFICATES.half
  rm -rf "$half"
  mkdir -p "$half"
  chmod 0700 "$half"
  quietly "$LAB_CACHE/log/certificates.log" certificates_make "$half"
  mv -T "$half" "$CERTIFICATES"
}

certificates_make() {
  local directory=$1 key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 3650)
  openssl req -x509 "${key[@]}" -keyout "$directory/ca.key" -out "$directory/ca.crt" -subj '/CN=Flota lab CA' \
    -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign'
  openssl req "${key[@]}" -keyout "$directory/registry.key" -out "$directory/registry.csr" -subj '/CN=registry.flota.lab'
  openssl x509 -req -in "$directory/registry.csr" -CA "$directory/ca.crt" -CAkey "$directory/ca.key" -CAcreateserial \
    -days 3650 -out "$directory/registry.crt" -extfile <(registry_certificate_extensions)
  # What the token server signs with; the registry trusts this certificate alone.
  openssl req -x509 -newkey rsa:2048 -noenc -days 3650 -keyout "$directory/token.key" -out "$directory/token.crt" \
    -subj '/CN=Flota lab token server'
}

registry_certificate_extensions() {
  printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n'
  printf 'subjectAltName=IP:%s,IP:127.0.0.1,DNS:localhost,DNS:registry.flota.lab\n' "$REGISTRY_ADDRESS"
}

# certificates_install DIRECTORY: the authority in docker's layout, one directory for each registry.
certificates_install() {
  local registry
  for registry in "$REGISTRY_BASIC" "$REGISTRY_TOKEN"; do
    mkdir -p "$1/$registry"
    cp "$CERTIFICATES/ca.crt" "$1/$registry/ca.crt"
  done
}
