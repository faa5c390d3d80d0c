# Installs what the tests need beyond cargo, each once, under $work. Sourced; every function is safe to call again.

# need COMMAND PACKAGE… installs Debian packages when the command is missing.
need() {
  local command=$1
  shift
  command -v "$command" >/dev/null 2>&1 && return
  local sudo=
  [ "$(id -u)" -eq 0 ] || sudo=sudo
  $sudo apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q "$@" >/dev/null
}

# python_env FILE makes a virtual environment from a requirements file and prints its interpreter.
python_env() {
  local env=$work/python-$(sha256sum "$1" | cut -c1-12)
  if [ ! -f "$env/done" ]; then
    rm -rf "$env"
    python3 -m venv "$env" && "$env/bin/pip" install -q --disable-pip-version-check -r "$1" && touch "$env/done" || return 1
  fi
  printf '%s/bin/python\n' "$env"
}

# node_env DIR installs the packages of DIR/package-lock.json and prints the folder that holds node_modules.
node_env() {
  local env=$work/node-$(cat "$1/package.json" "$1/package-lock.json" | sha256sum | cut -c1-12)
  if [ ! -f "$env/done" ]; then
    rm -rf "$env"
    mkdir -p "$env"
    cp "$1/package.json" "$1/package-lock.json" "$env/"
    (cd "$env" && npm ci --silent --no-audit --no-fund) >&2 && touch "$env/done" || return 1
  fi
  printf '%s\n' "$env"
}
