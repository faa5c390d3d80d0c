"""Connections that say nothing or do not read (3), bodies that inflate (4), metrics that nobody reads (6), mute vendors (11)."""

import concurrent.futures
import contextlib
import re
import resource
import select
import signal
import socket
import threading
import time

from harness import *

GET = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
PING = bytes([0, 0, 8, 6, 0, 0, 0, 0, 0]) + bytes(8)
# The answer to the server's own PING, whose content h2 has fixed.
PONG = bytes([0, 0, 8, 6, 1, 0, 0, 0, 0]) + bytes.fromhex("3b7cdb7a0b8716b4")
# GET / by the static table of HPACK, and for localhost.
HEADERS = bytes([0, 0, 14, 1, 5, 0, 0, 0, 1, 0x82, 0x86, 0x84, 0x41, 9]) + b"localhost"
OAUTH = {"type": "oauth2_client_credentials", "client_id": "stub", "client_secret": "stub", "as_user_email": "bot@example.com"}


@contextlib.contextmanager
def open_files(soft):
    """This process may have so many files open, and what it starts meanwhile as well."""
    before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard if soft is None else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    try:
        yield resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard))


def connect(program, source="127.0.0.1", said=b"", receive=None):
    """A connection from an address of this machine; `receive`: bytes of its receive buffer."""
    found = socket.socket()
    if receive:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    found.settimeout(30)
    found.bind((source, 0))
    found.connect(program.address)
    found.sendall(said)
    return found


def answer_of(stream):
    """What comes until the end, or until nothing more comes for a moment."""
    parts = []
    stream.settimeout(0.5)
    with contextlib.suppress(OSError):
        while part := stream.recv(65536):
            parts.append(part)
    return b"".join(parts)


def is_over(stream):
    """Whether the other side has ended a connection; what it says meanwhile is thrown away."""
    stream.setblocking(False)
    try:
        while stream.recv(65536):
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


def open_in(program):
    """How many connections the program has open, by its own metric (and this one)."""
    return int(float(re.search(r"^drawbridge_connections_open (\S+)", program.metrics(), re.MULTILINE)[1]))


class Attackers:
    """Connections by kind; each kind has seconds in which all of its connections must have ended."""

    def __init__(self, kinds):
        self.kinds = kinds
        self.open = {name: list(streams) for name, (_, streams, _) in kinds.items()}
        self.begun = time.monotonic()
        self.took = {}

    def run(self):
        while any(self.open.values()):
            for name, (limit, _, keep_talking) in self.kinds.items():
                self.open[name] = [stream for stream in self.open[name] if not self.is_over(name, stream)]
                passed = time.monotonic() - self.begun
                if self.open[name]:
                    assert passed < limit, f"{len(self.open[name])} connections of the kind {name} are open after {passed:.0f} s"
                    for stream in self.open[name]:
                        with contextlib.suppress(OSError):
                            stream.send(keep_talking)
                else:
                    self.took.setdefault(name, passed)
            time.sleep(0.5)
        return ", ".join(f"{name} {took:.0f} s" for name, took in self.took.items())

    def is_over(self, name, stream):
        if name != "unread":
            return is_over(stream)
        # Reading would help it: whether the socket has an error or a hang-up is seen without.
        poll = select.poll()
        poll.register(stream, 0)
        return bool(poll.poll(0))


@row(3, "silence, half a preface, slow heads and unread answers end in their time", limit=150, waits=True)
def connections_that_say_nothing_end():
    with Upstream({"/v1.0/orgs/my": lambda _: answer({"org": {"text": "x" * 25_000}})}) as vendor, Program(upstream_hosts=vendor) as program:
        url = server(program, account(program, "torii", vendor))
        body = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_all_torii_me","arguments":{}}}'
        head = f"POST {url.removeprefix(program.url)} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        call = f"{head}accept: application/json, text/event-stream\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
        many = 50 if SHORT else 400
        attackers = Attackers({
            "silent": (16, [connect(program) for _ in range(many)], b""),
            "half a preface": (26, [connect(program, said=PREFACE[:-2]) for _ in range(many)], b""),
            "no stream": (26, [connect(program, said=PREFACE + SETTINGS) for _ in range(many)], PING),
            "slow heads": (26, [connect(program, said=b"GET / HTTP/1.1\r\n") for _ in range(many)], b"x"),
            "unread": (60, [connect(program, said=call * 200, receive=4096) for _ in range(4)], b""),
        })  # fmt: skip
        figure = attackers.run()
        assert open_in(program) <= 3, open_in(program)
        return figure


@row(3, "slow bodies end after 60 s on every route, idle connections after 120 s", short=False, waits=True)
def slow_bodies_and_idle_connections_end():
    with Program() as program:
        url = f"/mcp/{'x' * 43}"
        posts = [("/api-token", ADMIN), ("/integrated-account", ADMIN), (f"/integrated-account/{'x' * 20}/tools/any", ADMIN), (url, "none")]

        def slow_body(path, token):
            head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n"
            return connect(program, said=head.encode() + b"content-length: 1000\r\n\r\n{")

        idle = [connect(program, said=GET) for _ in range(100)]
        pinging = [connect(program, said=PREFACE + SETTINGS + HEADERS) for _ in range(100)]
        return Attackers({
            "slow bodies": (72, [slow_body(*post) for post in posts for _ in range(20)], b" "),
            "idle": (135, idle, b""),
            "idle with pings": (135, pinging, PONG),
        }).run()  # fmt: skip


@row(3, "an address has 2,048 connections, others come in; soft limit of open files raised")
def one_address_leaves_room_for_others():
    with open_files(1_024):
        program = Program(start=False)
        program.start()
    with program, open_files(None) as possible:
        if possible < 6_000:
            raise Skip(f"this process may have {possible} files open")
        # Each has said something, so that none is closed as a silent one while the others are still made.
        held = [connect(program, said=GET) for _ in range(2_048)]
        held += [connect(program, source="127.0.0.2", said=GET) for _ in range(2_000)]
        until(lambda: open_in_from(program, "127.0.0.3") >= 4_048, seconds=60, what="all of them")
        shed = [connect(program, said=GET) for _ in range(100)]
        answers = [answer_of(stream) for stream in shed]
        assert all(text.startswith(b"HTTP/1.1 503 ") and b"retry-after:" in text for text in answers), answers[:3]
        with within(2, "a client from another address"):
            other = connect(program, source="127.0.0.3", said=GET)
            assert other.recv(100).startswith(b"HTTP/1.1 200 ")
        counted = re.search(r'shed_total\{limit="connections-per-address"\} (\d+)', metrics_from(program, "127.0.0.3"))[1]
        lines = program.log_text().count("connections-per-address")
        assert int(counted) >= 100 and 1 <= lines <= 3, (counted, lines)
        for stream in [*held, *shed]:
            stream.close()
        until(lambda: answer_of(connect(program, said=GET)).startswith(b"HTTP/1.1 200 "), what="room again")
        return f"4,048 open, {counted} turned away, {lines} lines"


def metrics_from(program, source):
    return answer_of(connect(program, source=source, said=b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).decode()


def open_in_from(program, source):
    return int(float(re.search(r"^drawbridge_connections_open (\S+)", metrics_from(program, source), re.MULTILINE)[1]))


@row(3, "8,192 connections of many addresses: the next are told so and cost no memory", short=False)
def a_full_house_is_said_at_once():
    with open_files(None) as possible, Program() as program:
        if possible < 10_000:
            raise Skip(f"this process may have {possible} files open")
        held = [connect(program, source=f"127.0.1.{number % 8 + 1}", said=GET) for number in range(8_192)]
        time.sleep(1)
        before = program.rss_kb().anon
        slowest = 0
        for number in range(3_000):
            begun = time.monotonic()
            text = answer_of(connect(program, source=f"127.0.2.{number % 100 + 1}", said=GET))
            slowest = max(slowest, time.monotonic() - begun)
            if text.startswith(b"HTTP/1.1 200 "):
                # Some of those that held a place have had their time.
                assert number >= 500, f"{number} turned away"
                break
            assert text.startswith(b"HTTP/1.1 503 "), text
        grown = program.rss_kb().anon - before
        assert grown < 4_000, f"{grown} KB"
        for stream in held:
            stream.close()
        return f"{number} turned away, at most {slowest:.2f} s, {grown} KB"


@row(3, "at the end idle connections and streams close within 1 s; a second signal ends at once")
def the_end_is_orderly():
    with Upstream({"/v1.0/orgs/my": mute}) as vendor, Program(upstream_hosts=vendor) as program:
        url = server(program, account(program, "torii", vendor))
        stream = url.removeprefix(program.url).replace("/mcp/", "/sse/", 1)
        idle = [connect(program, said=GET) for _ in range(20)]
        silent = [connect(program) for _ in range(20)]
        events = [connect(program, said=f"GET {stream} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()) for _ in range(20)]
        caller = threading.Thread(target=quiet, args=(mcp, url, "tools/call", {"name": "list_all_torii_me"}))
        caller.start()
        until(lambda: vendor.count("/v1.0/orgs/my") == 1, what="the call")
        for one in events:
            until(lambda: select.select([one], [], [], 0)[0], what="a stream")
        begun = time.monotonic()
        program.signal(signal.SIGTERM)
        everyone = [*idle, *silent, *events]
        until(lambda: all(is_over(one) for one in everyone), seconds=1.5, what="the end of idle connections")
        took = time.monotonic() - begun
        assert took <= 1.1, f"{took:.2f} s"
        assert program.running, "a call is under way"
        program.signal(signal.SIGTERM)
        with within(1, "the second signal"):
            code = program.process.wait(5)
        assert code == 143, code
        caller.join()
        return f"{took:.2f} s, exit {code}"


def quiet(function, *arguments):
    with contextlib.suppress(Exception):
        return function(*arguments)


@row(4, "3 GB in 3 MB at the token endpoint cost no memory")
def a_bomb_at_the_token_endpoint_is_not_inflated():
    with Upstream({"POST /oauth/token": bomb(3 << 30)}) as vendor, Program(upstream_hosts=vendor) as program:
        url = server(program, account(program, "ironclad", vendor, OAUTH))
        mcp(url, "tools/list")
        before = program.rss_kb().anon
        for _ in range(3):
            result = call(url, "list_all_ironclad_workflows")
            assert result["isError"], result
        grown = program.rss_kb().anon - before
        assert grown < 8_000, f"{grown} KB"
        return f"{grown} KB"


@row(4, "3 GB in 3 MB as a tool's answer, good or bad, stop at 64 MiB")
def a_bomb_as_an_answer_is_cut():
    with Upstream({"/v1.0/orgs/my": bomb(3 << 30), "/v1.0/roles": bomb(3 << 30, 500)}) as vendor, Program(upstream_hosts=vendor) as program:
        url = server(program, account(program, "torii", vendor))
        before = program.rss_kb().resident
        peak = 0
        done = threading.Event()

        def watch():
            nonlocal peak
            while not done.wait(0.02):
                peak = max(peak, program.rss_kb().resident)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            for tool in ["list_all_torii_me", "list_all_torii_roles"]:
                result = call(url, tool)
                assert result["structuredContent"]["error"]["kind"] == "too_large", result
        finally:
            done.set()
            watcher.join()
        grown = peak - before
        # The buffer of 64 MiB, and the one that it grows from.
        assert grown < 250_000, f"{grown} KB"
        return f"{grown >> 10} MiB at the most"


@row(6, "requests that nobody scrapes leave memory flat")
def metrics_that_nobody_reads_cost_no_memory():
    count = 100_000 if SHORT else 1_000_000
    with Program() as program:

        def send(requests):
            stream = connect(program)
            for _ in range(requests // 200):
                stream.sendall(GET * 200)
                left = 200
                while left:
                    left -= stream.recv(1 << 18).count(b"HTTP/1.1 200")
            stream.close()

        for number in range(200):
            # What callers make up is no label.
            connect(program, said=f"M{number} /made/up/{number} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()).close()
        send(30_000)
        time.sleep(1.2)
        before = program.rss_kb().anon
        send(count)
        time.sleep(1.2)
        grown = program.rss_kb().anon - before
        assert grown < 700, f"{grown} KB over {count} requests"
        assert f'route="/healthz",method="GET",status="200"}} {count + 30_000}' in program.metrics()
        series = len(program.metrics().splitlines())
        assert series < 120, f"{series} lines of metrics"
        return f"{grown} KB over {count:,}"


@row(11, "a mute vendor delays no other account, fails fast with the reason, is found again")
def one_mute_vendor_delays_nobody():
    tool, path = "list_all_torii_me", "/v1.0/orgs/my"
    with Upstream({path: mute}) as silent, Upstream() as live, Program(upstream_hosts=[silent, live], upstream_timeout=4) as program:
        to_silent = [server(program, account(program, "torii", silent)) for _ in range(4)]
        to_live = server(program, account(program, "torii", live))
        call(to_live, tool)
        with concurrent.futures.ThreadPoolExecutor(400) as pool:
            flood = [pool.submit(call, to_silent[number % 4], tool) for number in range(400)]
            until(lambda: silent.count() >= 200, what="the flood")
            slowest = 0
            for _ in range(30):
                begun = time.monotonic()
                assert not call(to_live, tool)["isError"]
                slowest = max(slowest, time.monotonic() - begun)
            kinds = [future.result()["structuredContent"]["error"]["kind"] for future in flood]
        assert slowest < 1.5, f"{slowest:.2f} s beside a mute vendor"
        assert set(kinds) <= {"upstream_timeout", "unavailable"}, set(kinds)
        seen = silent.count()
        assert seen <= 256 + 8, f"{seen} requests at once to one host"

        def fails_fast():
            begun = time.monotonic()
            error = call(to_silent[0], tool)["structuredContent"]["error"]
            return error["kind"] == "unavailable" and (time.monotonic() - begun, error["message"])

        took, message = until(fails_fast, what="an open breaker")
        assert took < 0.5 and "has not answered since" in message, (took, message)
        silent.on("GET", path, lambda _: answer({"org": {"id": 1}}))
        begun = time.monotonic()
        until(lambda: not call(to_silent[1], tool)["isError"], seconds=45, what="the vendor is back", every=0.1)
        back = time.monotonic() - begun
        log = program.log_text()
        assert "a host does not answer" in log and "a host answers again" in log
        metrics = program.metrics()
        assert all(f'breaker_changes_total{{to="{to}"}}' in metrics for to in ("open", "probing", "closed")), metrics
        return f"live {slowest:.2f} s, mute {took * 1000:.0f} ms, back after {back:.0f} s"
