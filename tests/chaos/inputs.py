"""Hostile input on every path into the program: what it costs (2). What is answered to it is in answers.py.

The paths are derived: admin routes from the program's own /openapi.json, MCP routes and JSON-RPC methods from the sources,
tools from tools/list. A route, method, path parameter or body without a row in the tables (shapes.py) fails. The shapes
are put into every place of a body that holds members. costs.py says what is measured and allowed.
"""

import json
import os
import pathlib
import re
import resource
import subprocess
import threading
import time
import urllib.parse

from costs import *
from harness import *
from program import BINARY
from shapes import *

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "runtime/server/src"


def sources():
    return {path: path.read_text() for path in SOURCES.rglob("*.rs") if "tests" not in (*path.parts, path.stem)}


def other_routes(program):
    """The routes in the sources that the document does not have."""
    found = {path for source in sources().values() for path in re.findall(r'\.route\(\s*"([^"]+)"', source)}
    return found - {path for _, path, _ in documented(program)}


def methods():
    """The JSON-RPC methods that the sources name."""
    mcp = (SOURCES / "mcp.rs").read_text()
    found = set(re.findall(r'^\s*\("([a-z]+(?:/[a-z]+)*)", (?:_|Lifecycle::\w+)\)', mcp, re.MULTILINE))
    found |= set(re.findall(r'method == "([a-z/_]+)"', "".join(sources().values())))
    return found


@row(2, "the tables of inputs have a row for every route, parameter, body and method")
def every_input_has_a_row():
    with Place() as place:
        routes = list(documented(place.program))
        for method, path, body in routes:
            place.fill(path)
            assert not body or f"{method} {path}" in BODIES, f"no row has a body for {method} {path}"
        stray = set(BODIES) - {f"{method} {path}" for method, path, body in routes if body}
        assert not stray, f"rows without a route: {stray}"
        others = other_routes(place.program)
        rows = set(MCP_ROUTES) | set(SIGN_IN_ROUTES) | PAGES | set(FORMS)
        assert others == rows, f"routes and rows differ: {others ^ rows}"
        assert methods() == set(METHODS), f"methods and rows differ: {methods() ^ set(METHODS)}"
        return f"{len(routes)} + {len(others)} routes, {len(METHODS)} methods"


def attack_lines(place, costs, method, path, kept=False):
    """The shapes of everything but a body."""
    found = place.fill(path)
    # What must stay is attacked by name only where the request is refused before it does anything.
    if method == "DELETE":
        found = re.sub(r"[0-9a-f]{24}", ABSENT, found)
    for name, shape in QUERIES.items():
        costs.measure(f"{method} {path}, {name}", lambda caller, n: caller.send(method, f"{found}?{shape(n)}"))
    if "{" in path:
        longer = found[: found.rindex("/") + 1]
        costs.measure(f"{method} {path}, long segment", lambda caller, n: caller.send(method, longer + "s" * n))
        costs.measure(f"{method} {path}, escaped segment", lambda caller, n: caller.send(method, longer + "%C3%A9" * (n // 6)))
    costs.measure(f"{method} {path}, many segments", lambda caller, n: caller.send(method, found + "/s" * (n // 2)))
    for name, shape in HEADERS.items():
        costs.measure(f"{method} {path}, {name}", lambda caller, n: caller.send(method, found, headers=shape(n)))


@row(2, "CPU of every admin route grows with its query, path and headers and no faster")
def lines_of_admin_requests():
    with Place() as place:
        usual = len(json.dumps(place.program.made("GET", f"/integrated-account/{place.account}/tools")))
        costs = place.costs(15_000, usual)
        for method, path, _ in documented(place.program):
            attack_lines(place, costs, method, path)
        return costs.figure()


@row(2, "CPU of every admin route grows with its body and no faster")
def bodies_of_admin_requests():
    with Place() as place:
        costs = place.costs(ADMIN_BODY // (16 if SHORT else 4) - 1024)
        for route, body in BODIES.items():
            method, path = route.split(" ")
            found = place.fill(path)
            for what, shape in hostile(body):
                costs.measure(f"{route}, {what}", lambda caller, n: caller.send(method, found, shape(n)))
        return costs.figure()


def attack_messages(place, costs, path, wanted):
    """Every shape in the message and the parameters of these methods."""
    for method in wanted:
        usual = {"jsonrpc": "2.0", "id": 1, "method": method, "params": METHODS[method]}
        headers = {"mcp-protocol-version": "2026-07-28", "mcp-method": method} if "_meta" in METHODS[method] else {}
        for what, shape in hostile(usual):
            if not SHORT or method in ("tools/call", "prompts/get") or what.endswith(("/id", " at /")):
                costs.measure(f"{method}, {what}", lambda caller, n: caller.send("POST", path, shape(n), headers))


@row(2, "CPU of every page grows with its query, path, headers and form and no faster")
def pages():
    with Place() as place:
        n = ADMIN_BODY // (16 if SHORT else 4) - 1024
        costs = place.costs(15_000, 100_000)
        signed_in = SignedIn(place.program)
        for path in sorted(PAGES):
            found = place.fill(path)
            for name, shape in QUERIES.items():
                costs.measure(f"{path}, {name}", lambda caller, n: caller.send("GET", f"{found}?{shape(n)}", headers=signed_in.headers))
        costs.n = n
        for path, form in FORMS.items():
            if path == "/sign-out":
                continue
            found, form = place.fill(path), {**form, "csrf": signed_in.csrf}
            shapes = {f"{name} as {field}": {field: shape} for field in form if field != "csrf" for name, shape in FIELDS.items()}
            shapes["many fields"] = {}
            for what, changed in shapes.items():
                filled = lambda n: {**form, **{field: shape(n // 3) for field, shape in changed.items()}}
                more = lambda n: [] if changed else [(f"f{number}", "1") for number in range(n // 9)] + [("add", "x")] * (n // 12)
                body = lambda n: urllib.parse.urlencode([*filled(n).items(), *more(n)])
                costs.measure(f"{path}, {what}", lambda caller, n: caller.send("POST", found, body(n), signed_in.form))
        return costs.figure()


@row(2, "CPU of the sign-in's routes grows with query, path, headers and body and no faster")
def sign_in_requests():
    with Place(auth="oauth") as place:
        costs = place.costs(15_000, 2_000)
        for path, body in SIGN_IN_ROUTES.items():
            attack_lines(place, costs, "POST" if body else "GET", path)
        costs.n = 30_000
        for path, body in SIGN_IN_ROUTES.items():
            if path == "/oauth/register":
                for what, shape in hostile(body):
                    costs.measure(f"{path}, {what}", lambda caller, n: caller.send("POST", path, shape(n)))
            elif body:
                headers = {"content-type": "application/x-www-form-urlencoded"}
                for field in body:
                    for name, shape in FIELDS.items():
                        filled = lambda n: urllib.parse.urlencode({**body, field: shape(n // 3)})
                        costs.measure(f"{path}, {name} as {field}", lambda caller, n: caller.send("POST", path, filled(n), headers))
                many = lambda n: urllib.parse.urlencode({**body, **{f"f{number}": "1" for number in range(n // 9)}})
                costs.measure(f"{path}, many fields", lambda caller, n: caller.send("POST", path, many(n), headers))
        return costs.figure()


@row(2, "CPU of every JSON-RPC method grows with its message and no faster", limit=900)
def messages():
    with Place() as place:
        costs = place.costs(SHORT_OR_LONG)
        attack_messages(place, costs, place.path, METHODS)
        return costs.figure()


@row(2, "CPU of a message of admissible size has a ceiling", short=False, limit=900)
def largest_messages():
    with Place() as place:
        costs = place.costs(MESSAGE // 4 - 4096)
        for what, shape in hostile({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": METHODS["tools/call"]}):
            costs.measure(what, lambda caller, n: caller.send("POST", place.path, shape(n)))
        return costs.figure()


@row(2, "CPU of the MCP routes grows with query, path and headers and no faster")
def lines_of_mcp_requests():
    with Place() as place:
        costs = place.costs(15_000)
        for path, method in MCP_ROUTES.items():
            # A stream that opens does not end: its address is attacked by a method that opens none.
            attack_lines(place, costs, "POST" if method == "GET" else method, path)
        return costs.figure()


def attack_calls(place, costs, calls):
    for tool, arguments in calls.items():
        params = {"name": tool, "arguments": arguments}
        for what, shape in hostile(params, ("arguments",)):
            costs.measure(f"{tool}, {what}", lambda caller, n: caller.send("POST", place.path, message("tools/call", shape(n))))


@row(2, "CPU of a tool call grows with its arguments and no faster: live fields, launch forms, search", limit=900)
def arguments():
    figures = []
    for api, config, calls in [
        ("torii", {}, CALLS),
        ("ironclad", {"dynamic_tools": True}, IRONCLAD_CALLS),
        ("torii", {"tool_exposure": "discovery"}, DISCOVERY_CALLS),
    ]:
        with Place(api, **config) as place:
            costs = place.costs(SHORT_OR_LONG)
            attack_calls(place, costs, calls)
            figures.append(costs)
    worst = max(figures, key=lambda costs: costs.most)
    worst.measured = sum(costs.measured for costs in figures)
    worst.growth = max(costs.growth for costs in figures)
    return worst.figure()


@row(2, "CPU of a call of every tool grows with every one of its arguments and no faster", short=False, limit=1800)
def arguments_of_every_tool():
    figures = []
    for api in ["torii", "ironclad"]:
        with Place(api) as place:
            costs = place.costs(250_000)
            tools = mcp(place.server["url"], "tools/list")[1]["result"]["tools"]
            for tool in tools:
                names = list(tool["inputSchema"].get("properties", {}))
                for name, shape in VALUES.items():
                    # One at a time would be thousands of requests: each has its share of the bytes.
                    body = lambda n: text({argument: shape(n // max(len(names), 1)) for argument in names})
                    params = lambda n: text({"name": tool["name"], "arguments": Raw(body(n))})
                    costs.measure(
                        f"{tool['name']}, {name}", lambda caller, n: caller.send("POST", place.path, message("tools/call", params(n)))
                    )
            figures.append(f"{api}: {costs.figure()}")
    return "; ".join(figures)


@row(2, "CPU of an answer grows with what the vendor and `fields` hold and no faster")
def answers_and_fields():
    sizes = {}
    rows = lambda count: {"users": [{f"m{n}": n for n in range(30)} for _ in range(count)], "count": count, "total": count}
    with Place() as place:
        place.vendor.on("GET", r"/v1\.0/users", lambda _: answer(rows(sizes["rows"])))
        costs = place.costs(1_000)
        names = [f"m{n}.x" for n in range(400)] + [f"m{n}" for n in range(29)]

        def send(caller, n):
            sizes["rows"] = n
            return caller.send(
                "POST", place.path, message("tools/call", text({"name": "list_all_torii_users", "arguments": {"fields": names}}))
            )

        costs.measure("rows of an answer, 429 fields", send)
        return costs.figure()


@row(2, "CPU of the older transport grows with its messages and no faster")
def messages_of_the_older_transport():
    with Place() as place:
        costs = place.costs(50_000)
        stream = raw(place.program)
        path = place.path.replace("/mcp/", "/sse/")
        stream.sendall(f"GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n".encode())
        received = b""
        while b"session=" not in received or not received.endswith(b"\n\n") and b"\n\n" not in received.split(b"session=")[1]:
            received += stream.recv(4096)
        session = re.search(rb"data: (\S+)", received)[1].decode()
        drained = threading.Thread(target=lambda: [None for _ in iter(lambda: stream.recv(1 << 16), b"")], daemon=True)
        drained.start()
        for what, shape in hostile({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": METHODS["tools/call"]}):
            if what.endswith((" /", "/id", "/params/arguments")):
                costs.measure(what, lambda caller, n: caller.send("POST", session, shape(n)))
        stream.shutdown(2)
        return costs.figure()


def lines(n, shape):
    """Input of the stdio transport: one hostile line."""
    return (shape(n) + "\n").encode()


@row(2, "CPU of the stdio transport grows with its lines and no faster")
def lines_of_stdio():
    n = 200_000 if SHORT else 800_000
    worst = (0.0, "")
    binary = BINARY
    usual = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": METHODS["tools/call"]}
    cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
    shapes = {
        "many keys": dict(hostile(usual))["many keys at /"],
        "many arguments": dict(hostile(usual))["many keys at /params/arguments"],
        "long id": dict(hostile(usual))["long text as /id"],
        "long requestId": dict(hostile(cancelled))["long text as /params/requestId"],
        "many cancellations": lambda n: "\n".join([json.dumps(cancelled)] * (n // 90)),
        "blank lines": lambda n: "\n" * n,
        "blanks": lambda n: " " * n,
        "no JSON": lambda n: "{" * n,
    }

    def cost(send):
        directory = work_directory()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(  # noqa: PLW1510
            [binary, "stdio", "--api", "torii"], input=send, cwd=directory, capture_output=True, timeout=120,
            env={**{name: value for name, value in os.environ.items() if not name.startswith("DRAWBRIDGE_")}, "TORII_API_KEY": "stub"},
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode == 0 and b"panicked" not in done.stderr, done.stderr[-500:]
        assert len(done.stdout) < ANSWER + 300 * send.count(b"\n"), f"{len(done.stdout)} bytes"
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    start = min(cost(b"") for _ in range(2))
    for what, shape in shapes.items():
        small = large = float("inf")
        for _ in range(4):
            small, large = min(small, cost(lines(n, shape)) - start), min(large, cost(lines(4 * n, shape)) - start)
            # The start of a process is noise of its own.
            if large <= FACTOR * max(small, 5 * FLOOR):
                break
        growth = large / max(small, 5 * FLOOR)
        worst = max(worst, (growth, what))
        assert growth <= FACTOR, f"{what}: {small:.3f} s of CPU at {n} bytes, {large:.3f} s at four times that"
    return f"{len(shapes)} shapes, ≤ {worst[0]:.1f} x"


@row(2, "small requests are answered while large ones are worked on")
def small_requests_meanwhile():
    with Place() as place:
        body = text(
            {
                "jsonrpc": "2.0",
                "id": 1,
                "method": "tools/call",
                "params": {"name": "list_all_torii_users", "arguments": {MEMBERS["many keys"](15_000_000): None}},
            }
        )
        body = body.encode()
        done = threading.Event()

        def heavy():
            caller = Caller(place.program)
            while not done.is_set():
                caller.exchange("POST", place.path, body, {"content-type": "application/json"})
            caller.close()

        threads = [threading.Thread(target=heavy) for _ in range(4)]
        caller = Caller(place.program)
        waits = []
        for thread in threads:
            thread.start()
        try:
            end = time.monotonic() + (3 if SHORT else 15)
            while time.monotonic() < end:
                begun = time.monotonic()
                assert caller.exchange("POST", place.path, message("ping").encode(), {"content-type": "application/json"})[0] == 200
                waits.append(time.monotonic() - begun)
                time.sleep(0.01)
        finally:
            done.set()
            for thread in threads:
                thread.join()
        waits.sort()
        typical = waits[len(waits) * 9 // 10]
        assert typical <= 0.25, f"nine of ten small requests took up to {typical:.3f} s"
        return f"nine of {len(waits) // 10 and 10} within {typical * 1000:.0f} ms"
