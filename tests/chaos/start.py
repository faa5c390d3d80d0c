"""Item 12: a first start loses no secret, and shows it to its owner only."""

import contextlib
import json
import os
import pty
import re
import select
import shutil
import socket
import sqlite3
import stat
import subprocess
import time

from harness import Program, holds, mcp, request, row, until, work_directory
from program import BINARY

FIRST = {"admin_token": None, "no_sandbox": False}
"""Settings under which a first start has something to show."""


@contextlib.contextmanager
def directory():
    path = work_directory("start-")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def opens(url, token):
    return request("GET", f"{url}/integration", headers={"authorization": f"Bearer {token}"})[0] == 200


def tokens(text):
    return re.findall(r"dbt_[\w-]+", text), re.findall(r"/mcp/([\w-]{20,})", text)


def started(program):
    """Waits for what it prints; answers that and the URL."""
    text = until(lambda: program.out_text() if "is open at" in program.out_text() else None, 30, "a first line")
    return text, re.findall(r"is open at (\S+)", text)[-1]


@row(12, "a used port: the reason with address and setting, and the token is kept for the next start")
def a_used_port():
    with directory() as path, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for setting in ("listen", "metrics_listen"):
            failed = Program(path, start=False, **{**FIRST, setting: address})
            code = failed.spawn().process.wait(30)
            said = failed.tail(1)
            expected = f"cannot listen at {address} (setting {setting.replace('_', '-')}): Address already in use"
            assert code == 1 and expected in said, f"{code}: {said}"
            assert not failed.out_text(), failed.out_text()
        with Program(path, **FIRST) as program:
            assert opens(program.url, program.ready["admin_token"]), "the token does not open anything"
        return "Address already in use"


@row(12, "piped output and the log hold no secret; a 0600 file beside the database does")
def piped_output_holds_no_secret():
    with directory() as path:
        with Program(path, start=False, log_level="trace", ready_file=None, **FIRST) as program:
            text, url = started(program.spawn())
            file = path / "first-start.txt"
            assert str(file) in text and mode(file) == 0o600, text
            found, urls = tokens(file.read_text())
            assert opens(url, found[0]), "the token does not open anything"
            assert all(mcp(f"{url}/mcp/{token}", "tools/list")[0] == 200 for token in urls)
        everything = program.out_text() + program.log_text()
        leaked = [secret for secret in {*found, *urls} if secret in everything]
        assert not leaked, f"{len(leaked)} secrets are in the output or the log"
        return f"{len({*found, *urls})} secrets, 0 leaked"


@row(12, "a terminal shows the token and the URLs")
def a_terminal_shows_them():
    with directory() as path:
        near, far = pty.openpty()
        command = [BINARY, "--listen=127.0.0.1:0"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DRAWBRIDGE_")}
        process = subprocess.Popen(command, cwd=path, env=environment, stdin=far, stdout=far, stderr=subprocess.DEVNULL)
        os.close(far)
        text, end = "", time.monotonic() + 30
        while "mcpServers" not in text or not text.rstrip().endswith("}"):
            assert time.monotonic() < end, f"it shows only: {text}"
            if select.select([near], [], [], 0.2)[0]:
                text += os.read(near, 65536).decode()
        found, urls = tokens(text)
        url = re.search(r"is open at (\S+)", text)[1]
        good = opens(url, found[0]) and all(mcp(f"{url}/mcp/{token}", "tools/list")[0] == 200 for token in urls)
        files = sorted(file.name for file in (path / "data").iterdir())
        process.terminate()
        assert process.wait(30) == 0 and good, text
        os.close(near)
        assert "first-start.txt" not in files, files
        return f"{len({*found, *urls})} secrets"


@row(12, "a ready file that cannot be written ends the start before anything is made")
def no_place_for_the_ready_file():
    with directory() as path:
        failed = Program(path, start=False, ready_file=str(path / "absent" / "ready.json"), **FIRST)
        code = failed.spawn().process.wait(30)
        said = failed.tail(1)
        assert code == 1 and "setting ready-file" in said, f"{code}: {said}"
        with Program(path, **FIRST) as program:
            assert opens(program.url, program.ready["admin_token"])
        return said.rpartition("): ")[2]


@row(12, "what could not be shown after all is taken back: the next start is a first one")
def a_place_that_goes_away():
    with directory() as path:
        made = Program(path, start=False, **FIRST)
        assert made.run("token", "list").returncode == 0
        place = path / "place"
        place.mkdir()
        # Someone writes to the database; the first start waits for them, with its place proven.
        database = sqlite3.connect(path / "drawbridge.db", isolation_level=None)
        database.execute("BEGIN IMMEDIATE")
        with Program(path, start=False, ready_file=str(place / "ready.json"), **FIRST) as program:
            program.spawn()
            until(lambda: list(place.glob("ready.json.*")), 20, "a file aside")
            time.sleep(0.5)
            place.rename(path / "elsewhere")
            database.execute("ROLLBACK")
            code = program.process.wait(30)
            assert code == 1 and "cannot write the ready file" in program.log_text(), f"{code}: {program.tail()}"
        rows = [database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in ("api_token", "mcp_server", "integrated_account")]
        database.close()
        assert rows == [0, 0, 0], f"tokens, servers, accounts left: {rows}"
        with Program(path, **FIRST) as program:
            assert opens(program.url, program.ready["admin_token"])
        return "0 rows left"


@row(12, "database, log of the database, key and secrets are 0600, their directory 0700, under umask 000")
def modes_do_not_follow_the_umask():
    with directory() as path:
        data = path / "data"
        settings = {**FIRST, "database_url": f"sqlite://{data}/drawbridge.db", "ready_file": None}
        with Program(path, umask=0, start=False, **settings) as program:
            started(program.spawn())
            found = {file.name: mode(file) for file in data.iterdir()}
            expected = {"drawbridge.db", "drawbridge.db-wal", "drawbridge.db-shm", "drawbridge.db.key", "first-start.txt"}
            assert set(found) == expected, sorted(found)
            wide = {name: oct(value) for name, value in found.items() if value != 0o600}
            assert not wide and mode(data) == 0o700, f"{wide}, directory {oct(mode(data))}"
        return f"{len(found)} files"


@row(12, "a first start that is killed at any moment leaves a way in")
def killed_while_starting():
    rounds, ways = 12, {"file": 0, "next start": 0, "command": 0}
    for number in range(rounds):
        with directory() as path:
            program = Program(path, start=False, ready_file=None, **FIRST).spawn()
            time.sleep(0.01 + 0.01 * number)
            program.kill()
            shown = [file.read_text() for file in path.glob("first-start*.txt")]
            with Program(path, **FIRST) as later:
                if later.ready.get("admin_token"):
                    ways["next start"] += 1
                    token = later.ready["admin_token"]
                elif shown:
                    ways["file"] += 1
                    token = tokens(shown[0])[0][0]
                else:
                    ways["command"] += 1
                    made = later.run("token", "create", "--name", "x", "--scope", "admin", "--json")
                    token = json.loads(made.stdout)["token"]
                assert opens(later.url, token), f"round {number}: {ways}"
    return ", ".join(f"{name} {count}" for name, count in ways.items())


@row(12, "a later start makes nothing and says how there can be more")
def a_later_start_says_how():
    with directory() as path:
        with Program(path, **FIRST) as program:
            first = program.ready
        with Program(path, **FIRST) as program:
            text = until(lambda: program.out_text() if program.out_text().count("is open at") == 2 else None, 10, "a second line")
            assert "runtime token create" in text and "runtime server create" in text, text
            assert set(program.ready) == {"url"}, program.ready
            holds(lambda: opens(program.url, first["admin_token"]), 0.2, "the first token")
            made = program.run("token", "create", "--name", "again", "--scope", "admin", "--json")
            assert opens(program.url, json.loads(made.stdout)["token"]), made.stderr
    return "token create, server create"
