#!/usr/bin/env bash
# postgres.sh COMMAND… runs a command with a private PostgreSQL, for the tests that need one: the store's suite and the
# scenarios with two nodes. Installs the server when there is none, runs it on a free port as an ordinary user, removes
# it afterwards, and ends as the command ended. DRAWBRIDGE_TEST_POSTGRES says where it is.
set -u
cd "$(dirname "$0")/../.."
root=${root:-$PWD}
work=${work:-${CARGO_TARGET_DIR:-$root/target}/tests}
mkdir -p "$work"
. tests/lib/tools.sh

need_postgres
need python3 python3
bin=$(postgres_programs)
[ -n "$bin" ] || { echo 'PostgreSQL cannot be installed' && exit 1; }

data=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# The server refuses to run as root.
as_user() { "$@"; }
if [ "$(id -u)" -eq 0 ]; then
  id postgres >/dev/null 2>&1 || useradd --system --no-create-home postgres
  chown postgres "$data"
  as_user() { setpriv --reuid=postgres --regid="$(id -g postgres)" --clear-groups -- "$@"; }
fi
stop() {
  as_user "$bin/pg_ctl" -D "$data/db" -m immediate -s stop >/dev/null 2>&1
  rm -rf "$data"
}
trap stop EXIT

(
  cd "$data" &&
    as_user "$bin/initdb" -D "$data/db" -U drawbridge -A trust -E UTF8 --no-locale --no-sync &&
    as_user "$bin/pg_ctl" -D "$data/db" -s -w -l "$data/log" start \
      -o "-p $port -h 127.0.0.1 -k $data -c fsync=off -c max_connections=300"
) >"$work/postgres-server.log" 2>&1 || { tail -n 20 "$work/postgres-server.log" "$data/log" && exit 1; }

export DRAWBRIDGE_TEST_POSTGRES=postgres://drawbridge@127.0.0.1:$port/postgres
"$@"
