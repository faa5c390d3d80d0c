"""Item 5: no call leaves the program without a trace.

Each row counts what the vendor received and holds it against the log. A call that may change something is in the log
before its first byte is sent; hang-ups, floods, unread streams and SIGTERM lose none, kill -9 leaves it as `unknown`.
"""

import json
import signal
import socket
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from harness import (
    SHORT, Postgres, Program, Upstream, account, answer, call, eio_shim, gate, mcp, mute, new_server, raw, row, server, slow, until, work_directory,
)  # fmt: skip

READ, WRITE = "list_all_torii_users", "create_a_torii_app"
ARGUMENTS = {"idApp": 7}


def log(program, **filters):
    """Every row of the log that fits, newest first."""
    rows, cursor = [], None
    while True:
        query = urllib.parse.urlencode({"limit": 1000, **filters, **({"next_cursor": cursor} if cursor else {})})
        page = program.made("GET", f"/call-log?{query}")
        rows += page["result"]
        cursor = page["next_cursor"]
        if not cursor:
            return rows


def statuses(program, **filters):
    return [entry["status"] for entry in log(program, **filters)]


def torii(program, vendor):
    return server(program, account(program, "torii", vendor))


def send_and_hang_up(program, url, tool, arguments, when):
    """Sends a call on a socket of its own and closes it once `when()` holds."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}).encode()
    path = urllib.parse.urlsplit(url).path
    stream = raw(program)
    stream.sendall(
        f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: application/json, text/event-stream\r\n"
        f"content-length: {len(body)}\r\n\r\n".encode() + body
    )
    until(when, what="the vendor hears of the call")
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    stream.close()


@row(5, "a client that hangs up in the middle of a write leaves a row")
def a_hang_up_leaves_a_row():
    calls = 5 if SHORT else 50
    with Upstream({"POST /v1.0/apps": mute, "GET /v1.0/users": mute}) as vendor, Program(upstream_hosts=vendor) as program:
        url = torii(program, vendor)
        for number in range(1, calls + 1):
            send_and_hang_up(program, url, WRITE, ARGUMENTS, lambda number=number: vendor.count(method="POST") == number)
            send_and_hang_up(program, url, READ, {}, lambda number=number: vendor.count("/v1.0/users") == number)
        until(lambda: len(log(program)) == 2 * calls and "unsettled" not in statuses(program), what="every row is settled")
        assert statuses(program, tool=WRITE) == ["unknown"] * calls, "the vendor may have carried them out"
        assert statuses(program, tool=READ) == ["cancelled"] * calls
        return f"{2 * calls} hang-ups, {2 * calls} rows"


@row(5, "a stream that nobody reads loses no row of what is posted to it")
def an_unread_stream_loses_no_row():
    with Upstream() as vendor, Program(upstream_hosts=vendor) as program:
        url = torii(program, vendor).replace("/mcp/", "/sse/")
        stream = raw(program)
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stream.sendall(f"GET {urllib.parse.urlsplit(url).path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
        head = stream.recv(4096).decode()
        while "data: " not in head:
            head += stream.recv(4096).decode()
        post = program.url + head.split("data: ")[1].split("\n")[0].strip()

        def write(number):
            try:
                return mcp(post, "tools/call", {"name": WRITE, "arguments": {"idApp": number}}, timeout=5)[0]
            except (TimeoutError, OSError):
                return None

        calls = 100 if SHORT else 400
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(write, range(calls)))
        stream.close()
        sent = vendor.count("/v1.0/apps", "POST")
        until(lambda: len(log(program)) == sent and "unsettled" not in statuses(program), what=f"{sent} rows are settled")
        assert sent >= 64, f"the stream took only {sent} calls"
        return f"{sent} writes, {sent} rows"


@row(5, "a flood of calls loses no row")
def a_flood_loses_no_row():
    calls = 3_000 if SHORT else 30_000
    with Upstream() as vendor, Program(upstream_hosts=vendor, upstream_timeout=60) as program:
        url = torii(program, vendor)
        with ThreadPoolExecutor(32) as pool:
            results = list(pool.map(lambda number: call(url, WRITE if number % 10 == 0 else READ, ARGUMENTS if number % 10 == 0 else {}), range(calls)))
        assert not any(result["isError"] for result in results)
        until(lambda: len(log(program)) == calls, 20, "every call is in the log")
        assert set(statuses(program)) == {"ok"}
        return f"{calls} calls, {calls} rows"


@row(5, "SIGTERM waits for a write and logs it, and tells of what it cuts")
def sigterm_waits_for_writes():
    opened = threading.Event()
    with Upstream({"POST /v1.0/apps": gate(opened, {"app": {"id": 7}}, 201), "PUT /v1.0/users/1": mute, "GET /v1.0/users": mute}) as vendor:
        directory = work_directory()
        with Program(directory=directory, upstream_hosts=vendor, shutdown_grace=4, upstream_timeout=60) as program:
            url = torii(program, vendor)
            pool = ThreadPoolExecutor(3)
            finishes = pool.submit(call, url, WRITE, ARGUMENTS)
            hangs = pool.submit(mcp, url, "tools/call", {"name": "update_a_torii_user_by_id", "arguments": {"id": 1, "lifecycleStatus": "offboarded"}})
            reads = pool.submit(call, url, READ)
            until(lambda: vendor.total >= 3, what="three calls are at the vendor's")
            begun = time.monotonic()
            program.signal(signal.SIGTERM)
            until(lambda: program.admin("GET", "/readyz")[0] == 503, 2, "no longer ready")
            status, said = mcp(program.url + urllib.parse.urlsplit(url).path, "tools/list")
            assert status == 503 and "shut down" in said["error"]["message"], f"what is new is turned away: {status} {said}"
            assert program.admin("GET", "/integrated-account")[0] == 503
            time.sleep(0.5)
            opened.set()
            assert finishes.result(10)["isError"] is False, "a write that ends within the grace is answered"
            assert program.process.wait(20) == 0
            took = time.monotonic() - begun
            assert 3.5 <= took <= 8, f"the grace is 4 s, the end took {took:.1f} s"
            assert hangs.exception(10) is not None, "what is longer than the grace is cut"
            read = reads.exception(10) or reads.result()
            assert isinstance(read, Exception) or read["structuredContent"]["error"]["kind"] == "unavailable", read
            said = program.log_text()
            assert "cut off" in said and "may have carried out" in said, "what was cut is told"
            program.start()
            found = {entry["tool"]: entry["status"] for entry in log(program)}
            assert found == {WRITE: "ok", "update_a_torii_user_by_id": "unknown", READ: "unavailable"}, found
        return f"ended {took:.1f} s after SIGTERM"


@row(5, "SIGTERM ends an idle program, its connections and streams within a second")
def sigterm_ends_what_is_idle():
    with Upstream() as vendor, Program(upstream_hosts=vendor) as program:
        url = torii(program, vendor)
        idle = raw(program)
        idle.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert b"200" in idle.recv(1000)
        stream = raw(program)
        stream.sendall(f"GET {urllib.parse.urlsplit(url).path.replace('/mcp/', '/sse/')} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
        assert b"event-stream" in stream.recv(1000)
        took = program.stop()
        assert took < 1.5, f"{took:.2f} s"
        return f"{took:.2f} s"


@row(5, "kill -9 leaves a write in the log, and the next start settles it as unknown")
def kill_leaves_a_write_in_the_log():
    rounds = 3 if SHORT else 25
    with Upstream({"POST /v1.0/apps": mute}) as vendor, Program(upstream_hosts=vendor) as program:
        url = torii(program, vendor)
        path = urllib.parse.urlsplit(url).path
        for number in range(1, rounds + 1):
            thread = threading.Thread(target=lambda: swallow(mcp, program.url + path, "tools/call", {"name": WRITE, "arguments": ARGUMENTS}))
            thread.start()
            until(lambda number=number: vendor.count(method="POST") == number, what="the vendor hears of the call")
            program.restart(kill=True)
            thread.join()
            until(lambda number=number: statuses(program) == ["unknown"] * number, what="it is settled")
        return f"{rounds} kills, {rounds} rows"


def swallow(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:  # the connection is gone with the program
        return error


@row(5, "kill -9 costs reads of the last second at most")
def kill_costs_a_second_of_reads():
    with Upstream() as vendor, Program(upstream_hosts=vendor) as program:
        url = torii(program, vendor)
        for _ in range(50):
            call(url, READ)
        time.sleep(1)
        program.restart(kill=True)
        assert len(log(program)) == 50
        return "50 reads, 1 s, 50 rows"


@row(5, "a write that cannot be committed to the log is not sent")
def an_uncommitted_write_is_not_sent():
    with Upstream() as vendor:
        directory = work_directory()
        shim = eio_shim(directory)
        with Program(directory=directory, env=shim.env, upstream_hosts=vendor) as program:
            url = torii(program, vendor)
            assert call(url, WRITE, ARGUMENTS)["isError"] is False
            before = vendor.count(method="POST")
            with shim.failing():
                error = call(url, WRITE, ARGUMENTS)["structuredContent"]["error"]
                assert error["kind"] == "unavailable" and "call log" in error["message"], error
                assert vendor.count(method="POST") == before, "nothing was sent"
                assert call(url, READ)["isError"] is False, "reads go on"
            assert call(url, WRITE, ARGUMENTS)["isError"] is False
            until(lambda: len(log(program)) == 4, what="every row, the refused one and the read included")
            return f"refused with {error['kind']}, sent 0"


@row(5, "reads that the database cannot log yet are logged when it can")
def reads_wait_for_the_database():
    with Upstream() as vendor:
        directory = work_directory()
        shim = eio_shim(directory)
        with Program(directory=directory, env=shim.env, upstream_hosts=vendor) as program:
            url = torii(program, vendor)
            with shim.failing():
                for _ in range(100):
                    assert call(url, READ)["isError"] is False
            until(lambda: len(log(program)) == 100, what="every row")
            return "100 reads, 100 rows"


@row(5, "what a write waits for its row", short=False)
def a_write_waits_little():
    with Upstream({"POST /v1.0/apps": lambda _: answer({"app": {"id": 1}}, 201)}) as vendor, Program(upstream_hosts=vendor) as program:
        url = torii(program, vendor)

        def median(tool, arguments):
            times = []
            for _ in range(200):
                begun = time.monotonic()
                call(url, tool, arguments)
                times.append(time.monotonic() - begun)
            return sorted(times)[100] * 1000

        read, write = median(READ, {}), median(WRITE, ARGUMENTS)
        return f"read {read:.1f} ms, write {write:.1f} ms (median)"


class Relay:
    """A line to a database; `silence()` lets what is open hang without a word, as after a lost route. New lines work."""

    def __init__(self, address):
        self.address, self.frozen = address, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.hung = threading.Event()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far, hung = socket.create_connection(self.address), self.hung
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self.pump, args=(source, target, hung), daemon=True).start()

    def pump(self, source, target, hung):
        try:
            while data := source.recv(65536):
                if hung.is_set():
                    self.frozen.append((source, target))
                    return
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def silence(self):
        self.hung, hung = threading.Event(), self.hung
        hung.set()


@row(5, "database connections that go silent cost no row, stop writes for seconds, and do not keep the end", waits=True)
def silent_database_connections_are_given_up():
    with Postgres() as postgres, Upstream() as vendor:
        settings = postgres.settings()
        url = urllib.parse.urlsplit(settings["database_url"])
        relay = Relay((url.hostname, url.port))
        settings["database_url"] = url._replace(netloc=url.netloc.replace(f":{url.port}", f":{relay.port}")).geturl()
        with Program(**settings, upstream_hosts=vendor, shutdown_grace=2) as program:
            made = torii(program, vendor)
            stop = threading.Event()

            def work():
                while not stop.is_set():
                    swallow(call, made, WRITE, ARGUMENTS, 60)

            # In the middle of statements: those never come back.
            with ThreadPoolExecutor(8) as pool:
                workers = [pool.submit(work) for _ in range(8)]
                for _ in range(6):
                    time.sleep(0.3)
                    relay.silence()
                time.sleep(0.3)
                stop.set()
                [worker.result() for worker in workers]
            begun = time.monotonic()
            until(lambda: call(made, WRITE, ARGUMENTS, 30)["isError"] is False, 30, "writes go on")
            took = time.monotonic() - begun
            sent = vendor.count(method="POST")
            until(lambda: statuses(program, tool=WRITE).count("ok") == sent and "unsettled" not in statuses(program), 40, "every row is settled")
            relay.silence()
            begun = time.monotonic()
            program.stop(40)
            ended = time.monotonic() - begun
            relay.listener.close()
        assert ended < 20, f"the end took {ended:.0f} s"
        return f"writes after {took:.0f} s, {sent} rows, ended in {ended:.0f} s"
