# Installs what the tests need beyond cargo, each once, under $work. Sourced; every function is safe to call again, and
# while another process calls it: the later one waits.

# need COMMAND PACKAGE… installs Debian packages when the command is missing.
need() {
  local command=$1
  shift
  command -v "$command" >/dev/null 2>&1 && return
  alone "$work/debian" debian_packages "$command" "$@"
}

debian_packages() {
  local command=$1 sudo=
  shift
  command -v "$command" >/dev/null 2>&1 && return
  [ "$(id -u)" -eq 0 ] || sudo=sudo
  $sudo apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q "$@" >/dev/null
}

# postgres_programs prints the folder of the newest installed PostgreSQL server's programs.
postgres_programs() {
  local initdb
  initdb=$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1)
  [ -n "$initdb" ] || initdb=$(command -v initdb)
  [ -n "$initdb" ] && dirname "$initdb"
}

# need_postgres installs a PostgreSQL server when there is none.
need_postgres() {
  [ -n "$(postgres_programs)" ] || need initdb postgresql
  need psql postgresql-client
}

# python_env FILE makes a virtual environment from a requirements file and prints its interpreter.
python_env() {
  local env
  env=$work/python-$(sha256sum "$1" | cut -c1-12)
  alone "$env" python_packages "$1" "$env" && printf '%s/bin/python\n' "$env"
}

python_packages() {
  [ -f "$2/done" ] && return
  rm -rf "$2"
  python3 -m venv "$2" && "$2/bin/pip" install -q --no-compile --disable-pip-version-check -r "$1" && touch "$2/done"
}

# node_env DIR installs the packages of DIR/package-lock.json and prints the folder that holds node_modules.
node_env() {
  local env
  env=$work/node-$(cat "$1/package.json" "$1/package-lock.json" | sha256sum | cut -c1-12)
  alone "$env" node_packages "$1" "$env" && printf '%s\n' "$env"
}

node_packages() {
  [ -f "$2/done" ] && return
  rm -rf "$2"
  mkdir -p "$2"
  cp "$1/package.json" "$1/package-lock.json" "$2/"
  (cd "$2" && npm ci --silent --no-audit --no-fund) >&2 && touch "$2/done"
}

# alone THING COMMAND… runs a command while nobody else does so for the same thing.
alone() {
  local thing=$1
  shift
  # Not what is started meanwhile and stays, as Debian's PostgreSQL does.
  (flock 9 && "$@" 9>&-) 9>"$thing.lock"
}
