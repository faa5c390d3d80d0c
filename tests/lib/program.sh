# Starts the program with its built-in sandbox tenants for a client from outside. Sourced after tools.sh.

# program_build builds the program and sets $program to it.
program_build() {
  cargo build --locked --quiet -p runtime -p codegen --bins || return 1
  program=${CARGO_TARGET_DIR:-$root/target}/debug/runtime
}

# program_start [FLAG…] starts it on a free port with a database of its own; sets $program_url and $program_token.
program_start() {
  program_stop
  program_dir=$(mktemp -d)
  (cd "$program_dir" && exec "$program" --listen 127.0.0.1:0 --database-url "sqlite://$program_dir/drawbridge.db" \
    --ready-file "$program_dir/ready.json" --admin-token program-admin-token "$@" >"$program_dir/out" 2>"$program_dir/log") &
  program_pid=$!
  local tries
  for tries in $(seq 600); do
    [ -f "$program_dir/ready.json" ] && break
    kill -0 "$program_pid" 2>/dev/null || break
    sleep 0.05
  done
  if [ ! -f "$program_dir/ready.json" ]; then
    echo 'the program does not start:'
    tail -n 20 "$program_dir/log"
    return 1
  fi
  program_url=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["url"].rstrip("/"))' "$program_dir/ready.json")
  program_token=program-admin-token
}

# program_stop ends it and fails if it had ended by itself, ends badly or has panicked.
program_stop() {
  [ -n "${program_pid-}" ] || return 0
  local status=0
  kill -TERM "$program_pid" 2>/dev/null || status=1
  wait "$program_pid" || status=1
  grep -q 'panicked at' "$program_dir/log" && status=1
  [ $status -eq 0 ] || { echo 'the program ended badly:' && tail -n 20 "$program_dir/log"; }
  rm -rf "$program_dir"
  program_pid=
  return $status
}
trap 'program_stop >/dev/null' EXIT

# program_server INTEGRATION CONFIG makes an MCP server over the sandbox account and prints its URL.
program_server() {
  python3 - "$program_url" "$program_token" "$1" "$2" <<'PYTHON'
import json, sys, urllib.request

base, token, integration, config = sys.argv[1:]


def call(path, body=None):
    request = urllib.request.Request(base + path, data=body and json.dumps(body).encode())
    request.add_header("authorization", f"Bearer {token}")
    request.add_header("content-type", "application/json")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return json.load(opener.open(request))


accounts = call("/integrated-account")["result"]
account = next(row["id"] for row in accounts if row["integration"] == integration)
print(call(f"/integrated-account/{account}/mcp", {"name": "client", "config": json.loads(config)})["url"])
PYTHON
}
