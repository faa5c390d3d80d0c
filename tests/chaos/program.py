"""The real program as a process, and a caller for it."""

import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse
from collections import namedtuple

ADMIN = "chaos-admin-token-of-these-rows"
WORK = pathlib.Path(os.environ.get("CHAOS_WORK") or tempfile.gettempdir())
BINARY = os.environ.get("DRAWBRIDGE_PROGRAM") or "runtime"
Memory = namedtuple("Memory", "anon resident")


def work_directory(prefix="program-"):
    """A new empty folder among the test's own files; whoever makes it removes it."""
    WORK.mkdir(parents=True, exist_ok=True)
    return pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=WORK))


class Program:
    """`with Program(upstream_hosts=vendor, max_result_bytes=2000) as program:` starts it, and ends it in order.

    Settings become flags: `no_sandbox=True` is `--no-sandbox=true`, a list is joined by commas, `None` leaves a default of
    ours out (listen, database_url, admin_token, no_sandbox). It ends with an AssertionError when the program ended by
    itself, ends badly, or its log holds a panic.
    """

    def __init__(self, directory=None, env=None, umask=-1, log_level="info", start=True, binary=None, **settings):
        self.own_directory = directory is None
        self.directory = pathlib.Path(directory) if directory else work_directory()
        self.log_file = self.directory / "log"
        self.out = self.directory / "out"
        self.ready_file = self.directory / "ready.json"
        self.umask = umask
        self.binary = binary or BINARY
        defaults = {"listen": "127.0.0.1:0", "database_url": f"sqlite://{self.directory}/drawbridge.db", "admin_token": ADMIN}
        self.settings = {**defaults, "no_sandbox": True, "ready_file": str(self.ready_file), **settings}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DRAWBRIDGE_")}
        self.env = {**inherited, "RUST_LOG": log_level, "RUST_BACKTRACE": "1", **(env or {})}
        self.process = None
        self.ready = {}
        if start:
            try:
                self.start()
            except BaseException:
                self.tidy()
                raise

    def flags(self):
        flags = []
        for name, value in self.settings.items():
            if value is None:
                continue
            if isinstance(value, (list, tuple)):
                value = ",".join(map(str, value))
            if isinstance(value, bool):
                value = str(value).lower()
            flags.append(f"--{name.replace('_', '-')}={value}")
        return flags

    def spawn(self):
        """Starts it and waits for nothing."""
        self.ready_file.unlink(missing_ok=True)
        with open(self.out, "ab") as out, open(self.log_file, "ab") as log:
            # SIGXFSZ stays ignored, as Python has it: a file-size limit is to be an error, not the end.
            self.process = subprocess.Popen(
                [self.binary, *self.flags()], cwd=self.directory, env=self.env, stdin=subprocess.DEVNULL, stdout=out, stderr=log,
                umask=self.umask, restore_signals=False,
            )  # fmt: skip
        return self

    def start(self, seconds=30):
        """Starts it and waits until it is ready."""
        self.spawn()
        ready = pathlib.Path(self.settings["ready_file"])
        end = time.monotonic() + seconds
        while not ready.exists():
            assert self.process.poll() is None, f"the program does not start ({self.process.returncode}):\n{self.tail()}"
            assert time.monotonic() < end, f"the program is not ready after {seconds} s:\n{self.tail()}"
            time.sleep(0.01)
        self.ready = json.loads(ready.read_text())
        return self

    def run(self, *arguments, timeout=60):
        """Another command of the program with these settings: a CompletedProcess with texts."""
        flags = [flag for flag in self.flags() if not flag.startswith(("--listen=", "--ready-file="))]
        return subprocess.run(
            [self.binary, *arguments, *flags], cwd=self.directory, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=timeout,
        )  # fmt: skip

    @property
    def url(self):
        return self.ready["url"].rstrip("/")

    @property
    def address(self):
        """(host, port)"""
        url = urllib.parse.urlsplit(self.url)
        return url.hostname, url.port

    @property
    def token(self):
        return self.settings.get("admin_token") or self.ready.get("admin_token")

    @property
    def pid(self):
        return self.process.pid

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def admin(self, method, path, body=None, token=None, timeout=30, headers=None):
        """One request of the admin API: (status, JSON or text, headers)."""
        headers = {"authorization": f"Bearer {token or self.token}", **(headers or {})}
        return request(method, self.url + path, body, headers, timeout)

    def made(self, method, path, body=None):
        """The JSON of an admin request that must succeed."""
        status, answer, _ = self.admin(method, path, body)
        assert 200 <= status < 300, f"{method} {path}: {status} {answer}"
        return answer

    def stop(self, seconds=60):
        """SIGTERM; it must exit with 0 within `seconds`. Answers how long it took."""
        begun = time.monotonic()
        assert self.running, f"the program has ended by itself ({self.process.returncode}):\n{self.tail()}"
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the program does not end within {seconds} s:\n{self.tail()}") from None
        assert code == 0, f"the program ended with {code}:\n{self.tail()}"
        return time.monotonic() - begun

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def restart(self, kill=False, **settings):
        """Ends it (in order, or by kill -9) and starts it again with the same files; the port is another one."""
        if self.running:
            self.kill() if kill else self.stop()
        self.settings.update(settings)
        return self.start()

    def cpu_seconds(self):
        """What all its threads have run so far. Threads that have ended are no longer in it."""
        total = 0
        for task in pathlib.Path(f"/proc/{self.pid}/task").iterdir():
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except (FileNotFoundError, ProcessLookupError):
                continue
        return total / 1e9

    def rss_kb(self):
        """(anon, resident): RssAnon and VmRSS in KB."""
        found = dict(re.findall(r"^(\w+):\s+(\d+) kB", pathlib.Path(f"/proc/{self.pid}/status").read_text(), re.MULTILINE))
        return Memory(int(found["RssAnon"]), int(found["VmRSS"]))

    def open_files(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def metrics(self):
        """The text of /metrics."""
        return request("GET", f"{self.url}/metrics")[1]

    def log_text(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    log = log_text

    def out_text(self):
        return self.out.read_text(errors="replace") if self.out.exists() else ""

    def tail(self, lines=15):
        return "\n".join(self.log_text().splitlines()[-lines:])

    def tidy(self):
        self.kill()
        if self.own_directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                if self.process is not None and self.process.returncode is None:
                    self.stop()
                panics = [line for line in self.log_text().splitlines() if "panicked at" in line]
                assert not panics, f"{len(panics)} panics: {panics[0]}"
        finally:
            self.tidy()


def request(method, url, body=None, headers=None, timeout=30):
    """One request on a connection of its own: (status, JSON or text, headers with lower-case names). No redirect is followed.

    A body that is not bytes is sent as JSON.
    """
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    headers = dict(headers or {})
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        headers.setdefault("content-type", "application/json")
    try:
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers)
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
        found = {name.lower(): value for name, value in response.getheaders()}
    finally:
        connection.close()
    try:
        return response.status, json.loads(text), found
    except ValueError:
        return response.status, text, found


CREDENTIALS = {
    "torii": {"type": "bearer", "token": "stub-torii-key", "scim_token": "stub-torii-scim-key"},
    "ironclad": {"type": "bearer", "token": "stub-ironclad-key", "as_user_email": "bot@example.com"},
}


def account(program, integration, upstream, credentials=None, name=None):
    """The id of a new account that points at the stub. Start the program with `upstream_hosts=upstream`."""
    body = {"integration": integration, "name": name or f"{integration} {time.monotonic_ns()}", "base_url": getattr(upstream, "url", upstream)}
    return program.made("POST", "/integrated-account", {**body, "credentials": credentials or CREDENTIALS[integration]})["id"]


def new_server(program, account, config=None, **members):
    """A new MCP server as the admin API answers it, with `id`, `token` and `url`."""
    body = {"name": f"server {time.monotonic_ns()}", **({} if config is None else {"config": config}), **members}
    made = program.made("POST", f"/integrated-account/{account}/mcp", body)
    # The program has another port after a restart.
    return {**made, "url": f"{program.url}/mcp/{made['token']}"}


def server(program, account, config=None):
    """The URL of a new MCP server."""
    return new_server(program, account, config)["url"]


def mcp(url, method, params=None, timeout=60, headers=None):
    """One message of MCP: (status, body)."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, **({} if params is None else {"params": params})}
    sent = {"accept": "application/json, text/event-stream", **(headers or {})}
    status, answer, _ = request("POST", url, body, sent, timeout)
    return status, answer


def call(url, tool, arguments=None, timeout=60):
    """The result object of a tool: `isError`, `structuredContent` …"""
    status, answer = mcp(url, "tools/call", {"name": tool, "arguments": arguments or {}}, timeout)
    assert status == 200 and "result" in answer, f"{tool}: {status} {str(answer)[:500]}"
    return answer["result"]


def raw(address, timeout=30):
    """A connected socket: to a Program, an Upstream, a URL, or (host, port)."""
    if isinstance(address, Program):
        address = address.address
    elif not isinstance(address, tuple):
        parts = urllib.parse.urlsplit(getattr(address, "url", address))
        address = (parts.hostname, parts.port)
    found = socket.create_connection(address, timeout)
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return found
