"""Drives the load and prints the table; tests/bench/load runs it."""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "chaos"))

from program import Program, account, new_server, work_directory  # noqa: E402

LOAD = os.environ["BENCH_LOAD"]
CALLS = {
    "read": ("list_all_torii_users", {"limit": 7}, "GET", "/v1.0/users?limit=7", None),
    "write": ("create_a_torii_app", {"idApp": 7}, "POST", "/v1.0/apps", {"idApp": 7}),
}
"""Scenarios by name: a tool with its arguments, and the request that a proxy has to pass on for the same."""
LINE = "{:<8} {:>5}  {:<10} {:>8} {:>9} {:>9} {:>8} {:>8} {:>8}"


class Process:
    """A part of the load program that serves; it prints where."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([LOAD, *arguments], stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def http_request(method, path, body=None, headers=()):
    """A whole request as bytes."""
    data = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", "accept: application/json, text/event-stream", *headers]
    if body is not None:
        lines += ["content-type: application/json", f"content-length: {len(data)}"]
    return "\r\n".join([*lines, "", ""]).encode() + data


def message(method, params):
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def answered(url, body):
    """The bytes of an answer."""
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return opener.open(urllib.request.Request(url, json.dumps(body).encode(), headers)).read()


class Target:
    """Something that is measured: where, which process, and what is sent to it."""

    def __init__(self, label, address, pid, request, folder):
        self.label, self.address, self.pid = label, address, pid
        self.file = folder / f"request-{len(os.listdir(folder))}"
        self.file.write_bytes(request)

    def drive(self, connections, warm, seconds):
        command = [LOAD, "drive", self.address, str(self.file), str(connections), str(warm), str(seconds), str(self.pid)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + warm + 60, check=False)
        if done.returncode != 0:
            sys.exit(f"{self.label}: {done.stderr[:1500]}")
        return json.loads(done.stdout)


def compare(name, targets, connections, options):
    """One scenario, its targets in turn, round by round; the last target is the bare one."""
    rounds = {target.label: [] for target in targets}
    for _ in range(options.rounds):
        for target in targets:
            rounds[target.label].append(target.drive(connections, options.warm, options.seconds))
    bare = targets[-1].label

    def median(label, figure):
        return statistics.median(figure(found) for found in rounds[label])

    def cpu(found):
        return found["cpu_seconds"] / found["calls"] * 1000

    def rate(found):
        return found["calls"] / found["seconds"]

    for target in targets:
        ratio = statistics.median(rate(own) / rate(other) for own, other in zip(rounds[target.label], rounds[bare]))
        beyond = median(target.label, cpu) - median(bare, cpu)
        figures = [f"{median(target.label, cpu):.4f}", f"{beyond:+.4f}", f"{median(target.label, rate):.0f}", f"{ratio:.2f}"]
        figures += [f"{median(target.label, lambda found: found[name]):.2f}" for name in ("p50_ms", "p99_ms")]
        print(LINE.format(name, connections, target.label, *figures), flush=True)
    print(flush=True)


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/load", description="What a call costs.")
    parser.add_argument("--runtime", action="append", default=[], metavar="LABEL=PATH", help="a program to measure; may be repeated")
    parser.add_argument("--connections", default="1,16,128", metavar="N,…")
    parser.add_argument("--scenarios", default="read,list,write", metavar="NAME,…", help="of read, list, write")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2, help="how long each round of each target is measured")
    parser.add_argument("--warm", type=float, default=0.5, help="how long before that it is driven")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        stub = stack.enter_context(Process("stub"))
        proxy = stack.enter_context(Process("proxy", stub.address))
        folder = work_directory("load-")
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        programs = []
        for text in options.runtime:
            label, _, path = text.rpartition("=")
            program = stack.enter_context(Program(binary=str(pathlib.Path(path).resolve()), upstream_hosts=stub.address))
            made = new_server(program, account(program, "torii", f"http://{stub.address}"))
            listed = answered(made["url"], message("tools/list", {}))
            programs.append((label or "now", program, f"/mcp/{made['token']}", listed, program.rss_kb()))
        body = folder / "listed"
        body.write_bytes(programs[-1][3])
        bare = stack.enter_context(Process("bare", str(body)))

        print(f"{options.rounds} rounds of {options.seconds:g} s, medians; CPU in ms a call, beyond: than the bare one; ratio: of throughput\n")
        print(LINE.format("", "conns", "", "CPU", "beyond", "calls/s", "ratio", "p50 ms", "p99 ms"))
        for name in options.scenarios.split(","):
            if name == "list":
                request = lambda path: http_request("POST", path, message("tools/list", {}))  # noqa: E731
                other = Target("bare", bare.address, bare.pid, request("/"), folder)
            else:
                tool, arguments, method, path, sent = CALLS[name]
                call = message("tools/call", {"name": tool, "arguments": arguments})
                request = lambda path, call=call: http_request("POST", path, call)  # noqa: E731
                other = Target("proxy", proxy.address, proxy.pid, http_request(method, path, sent, ["authorization: Bearer x"]), folder)
            own = [Target(label, program.url.removeprefix("http://"), program.pid, request(path), folder) for label, program, path, *_ in programs]
            for connections in map(int, options.connections.split(",")):
                compare(name, [*own, other], connections, options)
        print(f"{'memory in KB':<20} {'RssAnon':>18} {'VmRSS':>18}")
        for label, program, _, _, before in programs:
            after = program.rss_kb()
            print(f"{label:<20} {f'{before.anon} → {after.anon}':>18} {f'{before.resident} → {after.resident}':>18}")


main()
