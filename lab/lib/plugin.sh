# 'docker teleport' and what else docker has no word for: a plugin of the docker command line. Sourced, not run.
# shellcheck shell=bash

readonly DOCKER_PLUGINS=(teleport)

plugin_directory() { printf '%s\n' "${DOCKER_CONFIG:-${HOME:-/root}/.docker}/cli-plugins"; }

# plugin_run install|remove
plugin_run() {
  local directory name
  directory=$(plugin_directory)
  case ${1:-} in
    install)
      mkdir -p "$directory"
      for name in "${DOCKER_PLUGINS[@]}"; do
        plugin_script "$name" >"$directory/docker-$name.half"
        chmod 755 "$directory/docker-$name.half"
        mv "$directory/docker-$name.half" "$directory/docker-$name"
        say "docker $name works now, by $directory/docker-$name"
      done
      ;;
    remove)
      for name in "${DOCKER_PLUGINS[@]}"; do
        rm -f "$directory/docker-$name"
      done
      ;;
    *) usage_error "'plugin' knows install and remove, not '${1:-}'" ;;
  esac
}

# Docker's plugin protocol (cli-plugins/manager): one word asks for the metadata; else the whole command line comes,
# global options first.
plugin_script() {
  cat <<END
#!/bin/sh
# Installed by 'flota plugin install'.
if [ "\$1" = docker-cli-plugin-metadata ]; then
  printf '{"SchemaVersion":"0.1.0","Vendor":"Flota","Version":"0.1.0","ShortDescription":"Flota: $1"}\n'
  exit
fi
context=
while [ \$# -gt 0 ] && [ "\$1" != $1 ]; do
  case \$1 in
    -H | --host) DOCKER_HOST=\$2; shift ;;
    --host=*) DOCKER_HOST=\${1#--host=} ;;
    -H*) DOCKER_HOST=\${1#-H} ;;
    -c | --context) context=\$2; shift ;;
    --context=*) context=\${1#--context=} ;;
    --tlscacert | --tlscert | --tlskey) set -- "\$@" "\$1=\$2"; shift ;;
    --tlsverify | --tlscacert=* | --tlscert=* | --tlskey=*) set -- "\$@" "\$1" ;;
    --config | -l | --log-level) shift ;;
  esac
  shift
done
if [ -z "\$DOCKER_HOST" ]; then
  DOCKER_HOST=\$(docker \${context:+--context "\$context"} context inspect --format '{{.Endpoints.docker.Host}}') || exit
  # What docker takes when it was told nothing.
  [ "\$DOCKER_HOST" != unix:///var/run/docker.sock ] || DOCKER_HOST=
fi
[ -z "\$DOCKER_HOST" ] || export DOCKER_HOST
exec "$FLOTA_HOME/flota" "\$@"
END
}
