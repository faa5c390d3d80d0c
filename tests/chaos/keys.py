"""Items 7 and 8: the master key is proven at the start and changes while servers run; a node that dies while it renews a
token holds nobody up for long."""

import base64
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from harness import SHORT, Postgres, Program, Upstream, account, answer, call, mcp, row, server, until, work_directory
from upstream import TOKEN

TOOL = "list_all_ironclad_workflows"
CLIENT = {"type": "oauth2_client_credentials", "client_id": "chaos-client", "client_secret": "chaos-secret", "as_user_email": "bot@example.com"}


def new_key():
    return base64.b64encode(os.urandom(32)).decode()


def refused(program):
    """What the program says that does not start."""
    program.spawn()
    assert program.process.wait(30) == 1, "it must not start"
    return program.log_text()


def otherwise(program):
    status, ready, _ = program.admin("GET", "/readyz")
    assert status == 200, ready
    return ready["sealed_under_other_keys"]


@row(7, "a key that is missing or wrong is refused with the reason, and no other is made")
def a_wrong_key_is_refused():
    with Upstream() as vendor:
        directory = work_directory()
        with Program(directory=directory, upstream_hosts=vendor) as program:
            account(program, "torii", vendor)
            key = directory / "drawbridge.db.key"
            kept = key.read_bytes()
            program.stop()
            key.unlink()
            assert "put the key file back" in refused(program)
            assert not key.exists()
            key.write_text(new_key() + "\n")
            key.chmod(0o600)
            said = refused(program)
            assert "does not fit the database" in said, said
            key.write_bytes(kept)
            key.chmod(0o644)
            assert "chmod 600" in refused(program)
            key.chmod(0o600)
            program.start()
            assert otherwise(program) == 0
        return "missing, wrong, readable by others: refused"


@row(7, "the key file changes under a running server while calls go on")
def the_key_file_changes_under_load():
    rotations = 1 if SHORT else 2
    with Upstream() as vendor, Program(upstream_hosts=vendor) as program:
        url = server(program, account(program, "torii", vendor))
        stop, failed, made = threading.Event(), [], []

        def work():
            while not stop.is_set():
                if call(url, "list_all_torii_users")["isError"]:
                    failed.append("call")
                made.append(account(program, "torii", vendor))
                time.sleep(0.05)

        with ThreadPoolExecutor(4) as pool:
            workers = [pool.submit(work) for _ in range(4)]
            for _ in range(rotations):
                ended = program.run("rotate-master-key")
                assert ended.returncode == 0 and "left under another one: 0" in ended.stdout, ended
            stop.set()
            [worker.result() for worker in workers]
        assert not failed
        until(lambda: otherwise(program) == 0, what="nothing is left under an old key")
        program.restart()
        for id in made:
            assert program.admin("GET", f"/integrated-account/{id}/tools?methods=list&tags=roles")[0] == 200, "its credentials open"
        return f"{rotations} rotations, {len(made)} accounts made meanwhile, all open"


@row(7, "the key file changes under a server that has nothing to do meanwhile", waits=True)
def the_key_file_changes_under_an_idle_server():
    with Upstream() as vendor, Program(upstream_hosts=vendor) as program:
        id = account(program, "torii", vendor)
        ended = program.run("rotate-master-key")
        assert ended.returncode == 0 and "left under another one: 0" in ended.stdout, ended
        assert program.admin("GET", f"/integrated-account/{id}/tools?methods=list&tags=roles")[0] == 200, "its credentials open"
        assert otherwise(program) == 0
        return "1 rotation, its account opens"


@row(7, "nodes change their key one by one, and no call fails", short=False)
def nodes_change_their_key_one_by_one():
    old, new = new_key(), new_key()
    with Postgres() as postgres, Upstream() as vendor:
        settings = {**postgres.settings(), "upstream_hosts": vendor, "master_key": old}
        nodes = [Program(**settings) for _ in range(2)]
        accounts = [account(nodes[0], "torii", vendor) for _ in range(300)]
        urls = [server(nodes[0], accounts[0]), server(nodes[0], accounts[-1])]
        paths = [url[len(nodes[0].url) :] for url in urls]
        for keys in (f"{old},{new}", f"{new},{old}", new):
            if keys == new:
                for node in nodes:
                    until(lambda node=node: otherwise(node) == 0, 30, "nothing is left under the old key")
            for node in nodes:
                node.restart(master_key=keys)
                for each in nodes:
                    for path in paths:
                        assert call(each.url + path, "list_all_torii_users")["isError"] is False
        for node in nodes:
            node.stop()
        nodes[0].settings["master_key"] = old
        assert "does not fit the database" in refused(nodes[0])
        for node in nodes:
            node.tidy()
        return f"{len(accounts)} accounts, 3 steps on 2 nodes"


def renewal_after_a_kill(first, second, vendor, asked):
    """Kills a node while it renews; how long the next call takes, on a node that lives or is started."""
    id = account(first, "ironclad", vendor, CLIENT)
    url = server(first, id)
    path = url[len(first.url) :]
    thread = threading.Thread(target=lambda: swallow(mcp, url, "tools/call", {"name": TOOL, "arguments": {}}), daemon=True)
    thread.start()
    until(lambda: asked.is_set(), what="the token endpoint is asked")
    first.kill()
    other = second()
    begun = time.monotonic()
    result = call(other.url + path, TOOL)
    took = time.monotonic() - begun
    assert result["isError"] is False, result
    assert took < 8, f"{took:.1f} s"
    return took


def swallow(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:  # the connection is gone with the program
        return error


def hangs_once(asked):
    """A token endpoint that never answers the first who asks."""

    def behave(request):
        if not asked.is_set():
            asked.set()
            request.handler.server.stub.gone.wait(600)
            return None
        return answer(TOKEN)

    return behave


@row(8, "a node killed while it renews a token holds up the account for seconds")
def a_killed_renewal_holds_up_little():
    asked = threading.Event()
    with Upstream({"POST /oauth/token": hangs_once(asked)}) as vendor, Program(upstream_hosts=vendor) as program:
        took = renewal_after_a_kill(program, lambda: program.start(), vendor, asked)
        return f"{took:.1f} s (one node, SQLite)"


@row(8, "the same with two nodes", short=False)
def a_killed_renewal_holds_up_other_nodes_little():
    asked = threading.Event()
    with Postgres() as postgres, Upstream({"POST /oauth/token": hangs_once(asked)}) as vendor:
        settings = {**postgres.settings(), "upstream_hosts": vendor, "master_key": new_key()}
        first, second = Program(**settings), Program(**settings)
        try:
            took = renewal_after_a_kill(first, lambda: second, vendor, asked)
            second.stop()
        finally:
            first.tidy()
            second.tidy()
        return f"{took:.1f} s (two nodes, PostgreSQL)"


@row(8, "a call that waits for a token outlives no deadline of its own")
def a_waiting_call_keeps_its_deadline():
    def never(request):
        request.handler.server.stub.gone.wait(600)

    with Upstream({"POST /oauth/token": never}) as vendor, Program(upstream_hosts=vendor, upstream_timeout=2, shutdown_grace=1) as program:
        url = server(program, account(program, "ironclad", vendor, CLIENT))
        with ThreadPoolExecutor(4) as pool:
            begun = time.monotonic()
            errors = [result["structuredContent"]["error"]["kind"] for result in pool.map(lambda _: call(url, TOOL), range(4))]
            took = time.monotonic() - begun
        assert took < 3.5, f"{took:.1f} s"
        return f"{took:.1f} s with a limit of 2 s ({', '.join(sorted(set(errors)))})"
