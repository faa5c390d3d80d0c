"""A stub that stands for a vendor: each path has a behaviour, requests are counted and remembered.

Accounts reach it by `base_url`, the program admits it by `upstream-hosts`. A behaviour is a function of the request that
answers with `answer(…)`, or does as it likes with the socket (`request.handler`) and answers `None`.
"""

import http.server
import json
import re
import socket
import struct
import threading
import time
import urllib.parse
import zlib
from dataclasses import dataclass, field


@dataclass
class Request:
    method: str
    path: str
    query: dict
    headers: dict
    body: bytes
    handler: http.server.BaseHTTPRequestHandler = field(repr=False)
    at: float = field(default_factory=time.monotonic)

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict


def answer(body=None, status=200, **headers):
    """A plain answer: bytes as they are, anything else as JSON. `retry_after=3` becomes `retry-after: 3`."""
    if not isinstance(body, bytes):
        body = b"" if body is None else json.dumps(body).encode()
        headers.setdefault("content_type", "application/json")
    return Answer(status, body, {name.replace("_", "-"): str(value) for name, value in headers.items()})


def mute(request):
    """Says nothing until the caller or the stub is gone."""
    request.handler.server.stub.gone.wait(600)
    request.handler.close_connection = True


def slow(seconds, body=None, status=200):
    """Answers after a while."""

    def behave(request):
        request.handler.server.stub.gone.wait(seconds)
        return answer({"late": seconds} if body is None else body, status)

    return behave


def gate(opened, body=None, status=200):
    """Answers once the `threading.Event` is set."""

    def behave(_):
        opened.wait(600)
        return answer({"ok": True} if body is None else body, status)

    return behave


def bomb(inflated, status=200, content_type="application/json"):
    """A gzip body of `inflated` bytes of JSON: a thousandth of that on the wire. Sent chunked, made as it is sent."""

    def behave(request):
        handler = request.handler
        handler.send_response(status)
        handler.send_header("content-type", content_type)
        handler.send_header("content-encoding", "gzip")
        handler.send_header("transfer-encoding", "chunked")
        handler.end_headers()
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        piece = b" " * (1 << 20)
        parts = [packer.compress(b'{"access_token":"')]
        for _ in range(max(inflated >> 20, 1)):
            parts.append(packer.compress(piece))
            if sum(map(len, parts)) > 1 << 14:
                send_chunk(handler, b"".join(parts))
                parts = []
        parts.append(packer.compress(b'"}') + packer.flush())
        send_chunk(handler, b"".join(parts))
        handler.wfile.write(b"0\r\n\r\n")

    return behave


def send_chunk(handler, data):
    if data:
        handler.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))


def drop(after=0, of=1000, status=200):
    """Closes the connection after `after` bytes of a body that was said to have `of`; before the head when `after` is None."""

    def behave(request):
        handler = request.handler
        if after is not None:
            handler.send_response(status)
            handler.send_header("content-type", "application/json")
            handler.send_header("content-length", str(of))
            handler.end_headers()
            handler.wfile.write(b"{" + b" " * (after - 1) if after else b"")
            handler.wfile.flush()
        handler.close_connection = True
        handler.hang_up()

    return behave


def drip(interval, piece=b" ", of=1_000_000):
    """A body of which a piece comes every `interval` seconds."""

    def behave(request):
        handler = request.handler
        handler.send_response(200)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(of))
        handler.end_headers()
        for _ in range(of // len(piece)):
            handler.wfile.write(piece)
            if handler.server.stub.gone.wait(interval):
                return

    return behave


PERSON = {"id": 1, "email": "ada@example.com", "firstName": "Ada", "lastName": "Byron", "lifecycleStatus": "active"}
APP = {"id": 7, "name": "Chaos", "state": "discovered", "category": "Other"}
WORKFLOW = {"id": "w-1", "title": "NDA", "step": "Create", "status": "active", "attributes": {}, "roles": [], "approvals": {}}
TOKEN = {"access_token": "stub-access-token", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "stub-refresh-token"}
USUAL = [
    ("POST", r"/oauth/token", lambda _: answer(TOKEN)),
    ("GET", r"/v1\.0/orgs/my", lambda _: answer({"org": {"id": 1, "companyName": "Chaos", "domain": "example.com"}})),
    ("GET", r"/v1\.0/users", lambda _: answer({"users": [PERSON, {**PERSON, "id": 2}], "count": 2, "total": 2})),
    ("GET", r"/v1\.0/apps", lambda _: answer({"apps": [APP], "count": 1, "total": 1})),
    ("POST", r"/v1\.0/apps", lambda _: answer({"app": APP}, 201)),
    ("PUT", r"/v1\.0/users/\d+", lambda _: answer({"user": PERSON})),
    ("GET", r"/public/api/v1/workflows", lambda _: answer({"page": 0, "pageSize": 20, "count": 1, "list": [WORKFLOW]})),
    ("GET", r"/public/api/v1/workflows/[^/]+", lambda _: answer(WORKFLOW)),
    ("POST", r"/public/api/v1/workflows/[^/]+/cancel", lambda _: answer(status=204)),
]
"""What it does where nothing else is said: enough of both vendors for calls to succeed."""


class Upstream:
    """`Upstream({"/v1.0/users": mute})`, or later `.on("GET", r"/v1\\.0/users", slow(3))`; the latest behaviour that fits counts.

    Keys are regular expressions for the whole path, with a method before it where that matters ("POST /v1.0/apps").
    """

    def __init__(self, behaviours=None, remember=100_000):
        self.gone = threading.Event()
        self.requests = []
        self.total = 0
        self.remember = remember
        self.lock = threading.Lock()
        self.behaviours = [(method, re.compile(path), behave) for method, path, behave in reversed(USUAL)]
        for key, behave in (behaviours or {}).items():
            method, _, path = key.rpartition(" ")
            self.on(method or None, path, behave)
        self.http = Server(("127.0.0.1", 0), Handler)
        self.http.stub = self
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def host(self):
        """host:port, as `upstream-hosts` wants it."""
        return f"127.0.0.1:{self.http.server_port}"

    @property
    def url(self):
        return f"http://{self.host}"

    def __str__(self):
        return self.host

    def on(self, method, path, behave):
        """From now on: this behaviour for this method (`None`: any) and path."""
        with self.lock:
            self.behaviours.append((method, re.compile(path), behave))

    def seen(self, path=".*", method=None):
        """The remembered requests for this path, oldest first."""
        with self.lock:
            found = list(self.requests)
        return [request for request in found if re.fullmatch(path, request.path) and method in (None, request.method)]

    def count(self, path=".*", method=None):
        return len(self.seen(path, method))

    def forget(self):
        with self.lock:
            self.requests.clear()
            self.total = 0

    def behaviour(self, request):
        with self.lock:
            self.total += 1
            if len(self.requests) < self.remember:
                self.requests.append(request)
            for method, path, behave in reversed(self.behaviours):
                if method in (None, request.method) and path.fullmatch(request.path):
                    return behave
        return lambda _: answer({"ok": True})

    def close(self):
        self.gone.set()
        self.http.shutdown()
        self.http.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def handle_error(self, *_):
        """A caller that has gone is what many rows are about."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def behave(self):
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length) if length else self.chunks()
        url = urllib.parse.urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, url.path, urllib.parse.parse_qs(url.query), headers, body, self)
        reply = self.server.stub.behaviour(request)(request)
        if reply is None:
            return
        head = [f"HTTP/1.1 {reply.status} {self.responses.get(reply.status, ('Answer',))[0]}"]
        head += [f"{name}: {value}" for name, value in reply.headers.items()]
        if reply.status not in (204, 304):
            head.append(f"content-length: {len(reply.body)}")
        self.wfile.write("\r\n".join([*head, "", ""]).encode() + (b"" if self.command == "HEAD" else reply.body))

    def chunks(self):
        if "chunked" not in self.headers.get("transfer-encoding", ""):
            return b""
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def hang_up(self):
        """Closes with a reset, so that the caller does not wait for more."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = behave

    def log_message(self, *_):
        pass
