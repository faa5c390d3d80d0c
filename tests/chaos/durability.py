"""Item 1: no write of the admin API is acknowledged whose commit failed.

The table of writes is derived from the program's own document: an operation that may write and has no case here fails, and
so does a case without an operation. Every case is tried under every fault, then with the fault gone, then after a kill -9.
"""

import contextlib
import errno
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from harness import (
    Postgres, Program, Upstream, account, answer, eio_shim, file_size_limit, mcp, new_server, row, small_disk, until, work_directory,
)  # fmt: skip
from upstream import TOKEN

WRITING_GETS = {"GET /integrated-account/{id}/connect", "GET /oauth/callback"}
OAUTH = {"type": "oauth2_authorization_code", "client_id": "chaos-client", "client_secret": "chaos-secret"}
CLIENT = {"type": "oauth2_client_credentials", "client_id": "chaos-client", "client_secret": "chaos-secret", "as_user_email": "bot@example.com"}
CASES = []


def case(operation):
    """Registers a write. The function prepares it and answers two others: one that sends it, and one that holds what the
    program says later against what it answered."""

    def register(function):
        CASES.append((operation, function))
        return function

    return register


class World:
    """A program, a vendor, and names that are used once."""

    def __init__(self, program, vendor):
        self.program, self.vendor, self.names = program, vendor, 0

    def name(self):
        self.names += 1
        return f"chaos {self.names}"

    def account(self, integration="torii", credentials=None):
        return account(self.program, integration, self.vendor, credentials)

    def get(self, path):
        status, body, _ = self.program.admin("GET", path)
        return body if status == 200 else status

    def all(self, path):
        """Every row of a list."""
        rows, cursor = [], None
        while True:
            query = urllib.parse.urlencode({"limit": 100, **({"next_cursor": cursor} if cursor else {})})
            page = self.program.made("GET", f"{path}?{query}")
            rows += page["result"]
            cursor = page["next_cursor"]
            if not cursor:
                return rows

    def opens(self, token):
        """Whether an MCP URL is good."""
        status, _ = mcp(f"{self.program.url}/mcp/{token}", "tools/list")
        assert status in (200, 404), f"the URL answers {status}"
        return status == 200


def acknowledged(answer):
    return answer[0] < 400


def gone_or_kept(answer, kept):
    """A revocation that failed may have happened; one that was acknowledged must have."""
    assert not (acknowledged(answer) and kept), f"answered {answer[0]}, and is still good"


@case("POST /integrated-account")
def connect_account(world):
    name = world.name()
    body = {"integration": "torii", "name": name, "base_url": world.vendor.url, "credentials": {"type": "bearer", "token": "x"}}

    def same(answer):
        there = any(row["name"] == name for row in world.all("/integrated-account"))
        assert there == acknowledged(answer), f"answered {answer[0]}, and the account is {'there' if there else 'not there'}"

    return lambda: world.program.admin("POST", "/integrated-account", body), same


@case("PATCH /integrated-account/{id}")
def change_account(world):
    path = f"/integrated-account/{world.account()}"
    before, name = world.get(path), world.name()

    def same(answer):
        now = world.get(path)
        assert now["name"] == name if acknowledged(answer) else now == before, f"answered {answer[0]}, and is {now}"

    return lambda: world.program.admin("PATCH", path, {"name": name}), same


@case("DELETE /integrated-account/{id}")
def disconnect_account(world):
    id = world.account()
    token = new_server(world.program, id)["token"]

    def same(answer):
        there = world.get(f"/integrated-account/{id}") != 404
        assert world.opens(token) == there, "an account and its server differ"
        gone_or_kept(answer, there)

    return lambda: world.program.admin("DELETE", f"/integrated-account/{id}"), same


@case("POST /integrated-account/{id}/mcp")
def make_server(world):
    path = f"/integrated-account/{world.account()}/mcp"

    def same(answer):
        there = len(world.all(path))
        assert there == acknowledged(answer), f"answered {answer[0]}, and there are {there}"

    return lambda: world.program.admin("POST", path, {"name": "x"}), same


@case("PATCH /integrated-account/{id}/mcp/{server_id}")
def narrow_server(world):
    id = world.account()
    made = new_server(world.program, id)
    path = f"/integrated-account/{id}/mcp/{made['id']}"

    def listed():
        return len(mcp(f"{world.program.url}/mcp/{made['token']}", "tools/list")[1]["result"]["tools"])

    before, tools = world.get(path)["config"], listed()

    def same(answer):
        narrowed = world.get(path)["config"] != before
        assert narrowed == acknowledged(answer), f"answered {answer[0]}, and is {'' if narrowed else 'not '}narrowed"
        assert (listed() < tools) == narrowed, "what is stored and what is listed differ"

    return lambda: world.program.admin("PATCH", path, {"config": {"methods": ["read"]}}), same


@case("POST /integrated-account/{id}/mcp/{server_id}/rotate")
def rotate_server(world):
    id = world.account()
    made = new_server(world.program, id)
    path = f"/integrated-account/{id}/mcp/{made['id']}/rotate"
    assert world.opens(made["token"])

    def same(answer):
        rotated = not world.opens(made["token"])
        assert rotated == acknowledged(answer), f"answered {answer[0]}, and the old URL is {'gone' if rotated else 'good'}"
        assert not rotated or world.opens(answer[1]["token"]), "the new URL is not good"

    return lambda: world.program.admin("POST", path, {"overlap_seconds": 0}), same


@case("DELETE /integrated-account/{id}/mcp/{server_id}")
def end_server(world):
    id = world.account()
    made = new_server(world.program, id)
    path = f"/integrated-account/{id}/mcp/{made['id']}"
    assert world.opens(made["token"])

    def same(answer):
        there = world.get(path) != 404
        assert world.opens(made["token"]) == there, "a server and its URL differ"
        gone_or_kept(answer, there)

    return lambda: world.program.admin("DELETE", path), same


@case("POST /api-token")
def make_token(world):
    name = world.name()

    def same(answer):
        there = any(row["name"] == name for row in world.all("/api-token"))
        assert there == acknowledged(answer), f"answered {answer[0]}, and the token is {'there' if there else 'not there'}"

    return lambda: world.program.admin("POST", "/api-token", {"name": name, "scope": "admin"}), same


@case("DELETE /api-token/{id}")
def revoke_token(world):
    made = world.program.made("POST", "/api-token", {"name": world.name(), "scope": "admin"})

    def same(answer):
        status, _, _ = world.program.admin("GET", "/integration", token=made["token"])
        assert status in (200, 401), f"the token is answered {status}"
        gone_or_kept(answer, status == 200)

    return lambda: world.program.admin("DELETE", f"/api-token/{made['id']}"), same


@case("GET /integrated-account/{id}/connect")
def send_a_browser(world):
    id = world.account("ironclad", OAUTH)
    return lambda: world.program.admin("GET", f"/integrated-account/{id}/connect"), lambda _: None


def begin_connecting(world):
    """An account that waits for a browser to come back, and the state that it comes back with."""
    id = world.account("ironclad", OAUTH)
    status, body, headers = world.program.admin("GET", f"/integrated-account/{id}/connect")
    assert status == 303, f"{status} {body}"
    return id, urllib.parse.parse_qs(urllib.parse.urlsplit(headers["location"]).query)["state"][0]


@case("GET /oauth/callback")
def a_state_is_good_once(world):
    id, state = begin_connecting(world)
    code = f"code-{id}"
    path = f"/oauth/callback?{urllib.parse.urlencode({'state': state, 'code': code})}"
    used = lambda: sum(code.encode() in request.body for request in world.vendor.seen("/oauth/token"))  # noqa: E731

    def send():
        answers = [world.program.admin("GET", path) for _ in range(3)]
        return min(answers, key=lambda answer: answer[0])

    def same(_):
        world.program.admin("GET", path)
        assert used() <= 1, f"the state was accepted {used()} times"

    return send, same


@case("POST /integrated-account/{id}/test")
def test_account(world):
    """Gets a token first, which must be stored before it is used."""
    id = world.account("ironclad", CLIENT)

    def send():
        status, body, headers = world.program.admin("POST", f"/integrated-account/{id}/test")
        if status == 200 and body["ok"] is False:
            return 503, body, {"content-type": "application/problem+json", "retry-after": "0"}
        return status, body, headers

    return send, lambda _: None


@case("POST /integrated-account/{id}/tools/{tool}")
def call_a_tool_that_writes(world):
    """Is in the log before the vendor hears of it."""
    id, app = world.account(), 1_000_000 + time.monotonic_ns() % 1_000_000_000

    def reached():
        return sum(str(app).encode() in request.body for request in world.vendor.seen("/v1.0/apps", "POST"))

    def send():
        status, body, headers = world.program.admin("POST", f"/integrated-account/{id}/tools/create_a_torii_app", {"idApp": app})
        if reached():
            return 200, f"the vendor was written to without a log row: {status}", headers
        if status == 200 and body["isError"] and body["structuredContent"]["error"]["kind"] == "unavailable":
            return 503, body, {"content-type": "application/problem+json", "retry-after": "0"}
        return status, body, headers

    return send, lambda _: None


def operations(program):
    """What may write, by the program's own document."""
    paths = program.made("GET", "/openapi.json")["paths"]
    every = {f"{method.upper()} {path}" for path, item in paths.items() for method in item}
    return {name for name in every if name.split()[0] in ("POST", "PUT", "PATCH", "DELETE")} | (WRITING_GETS & every)


def covered(program):
    found, cases = operations(program), {operation for operation, _ in CASES}
    assert found == cases, f"operations without a case: {sorted(found - cases)}; cases without an operation: {sorted(cases - found)}"
    return len(found)


def refused(answer):
    """What is wrong with an answer under a fault; None when nothing is."""
    if isinstance(answer, Exception):
        return f"no answer: {answer!r}"
    status, body, headers = answer
    if status != 503:
        return f"answered {status} {str(body)[:120]}"
    if headers.get("content-type") != "application/problem+json" or "retry-after" not in headers:
        return f"no problem document with retry-after: {headers}"
    return None


def walk(program, vendor, fault):
    """Every write under one fault: while it lasts, when it is gone, and after a kill -9."""
    world, faults = World(program, vendor), []
    number = covered(program)
    cases = [(operation, *prepare(world)) for operation, prepare in CASES]

    def attempt(send):
        try:
            return send()
        except (OSError, ValueError) as error:
            return error

    with fault(), ThreadPoolExecutor(len(cases)) as pool:
        begun = time.monotonic()
        answers = list(pool.map(lambda found: attempt(found[1]), cases))
        took = time.monotonic() - begun
    until(lambda: program.admin("GET", "/readyz")[0] == 200, 20, "ready again")

    def compare(when):
        for (operation, _, same), answer in zip(cases, answers):
            try:
                same((599, "", {}) if isinstance(answer, Exception) else answer)
            except AssertionError as why:
                faults.append(f"{operation}: {when}: {why}")

    faults += [f"{operation}: {why}" for (operation, _, _), answer in zip(cases, answers) if (why := refused(answer))]
    compare("when the fault is gone")
    program.made("POST", "/api-token", {"name": "after the fault", "scope": "call"})
    program.restart(kill=True)
    compare("after a kill -9")
    for operation, send, _ in cases:
        status = send()[0]
        if status not in (200, 201, 204, 303) and not (status == 404 and ("DELETE" in operation or "callback" in operation)):
            faults.append(f"{operation}: once more, without a fault: answered {status}")
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults)
    return f"{number} writes refused in {took:.2f} s"


def walk_sqlite(fault_of, **settings):
    with Upstream() as vendor, Program(upstream_hosts=vendor, **settings) as program:
        return walk(program, vendor, lambda: fault_of(program))


@row(1, "every operation that may write has a case")
def the_table_of_writes_is_whole():
    with Program() as program:
        return f"{covered(program)} operations"


@row(1, "a full disk: no write is acknowledged, nothing is half done")
def a_full_disk():
    with small_disk(4) as disk:
        return walk_sqlite(lambda _: disk.full(), database_url=f"sqlite://{disk.path}/drawbridge.db")


@row(1, "a file-size limit: no write is acknowledged, nothing is half done")
def a_file_size_limit():
    def fault(program):
        return file_size_limit(program.pid, (program.directory / "drawbridge.db-wal").stat().st_size)

    return walk_sqlite(fault)


def walk_shim(operations, error=errno.EIO):
    directory = work_directory("shim-")
    shim = eio_shim(directory)
    try:
        return walk_sqlite(lambda _: shim.failing(operations, error), env=shim.env)
    finally:
        directory.rmdir()


@row(1, "EIO on write: no write is acknowledged, nothing is half done")
def eio_on_write():
    return walk_shim("write")


@row(1, "EIO on fsync: no write is acknowledged, nothing is half done")
def eio_on_fsync():
    return walk_shim("fsync")


@row(1, "EIO on everything that writes: no write is acknowledged, nothing is half done")
def eio_on_everything():
    return walk_shim("write fsync ftruncate")


@row(1, "a stopped PostgreSQL: no write is acknowledged, nothing is half done", waits=True)
def a_stopped_database():
    with Postgres() as database:
        return walk_sqlite(lambda _: database.stopped(), **database.settings())


@row(1, "a killed PostgreSQL: no write is acknowledged, nothing is half done", short=False)
def a_killed_database():
    with Postgres() as database:
        return walk_sqlite(lambda _: database.killed(), **database.settings())


@row(1, "an account is not called connected whose grant could not be stored")
def a_grant_that_cannot_be_stored():
    directory = work_directory("shim-")
    shim = eio_shim(directory)
    with contextlib.ExitStack() as broken, Upstream() as vendor, Program(upstream_hosts=vendor, env=shim.env) as program:
        world = World(program, vendor)
        id, state = begin_connecting(world)

        def break_then_answer(_):
            broken.enter_context(shim.failing())
            return answer(TOKEN)

        vendor.on("POST", "/oauth/token", break_then_answer)
        finished = program.admin("GET", f"/oauth/callback?state={state}&code=x")
        broken.close()
        why = refused(finished)
        assert why is None, why
        vendor.on("POST", "/oauth/token", lambda _: answer(TOKEN))
        until(lambda: program.admin("GET", "/readyz")[0] == 200, 20, "ready again")
        again = program.admin("GET", f"/oauth/callback?state={state}&code=y")[0]
        assert again == 404, f"the state, used once, answers {again}"
    directory.rmdir()
    return f"{finished[0]}, then {again}"
