"""What hostile input costs, and the program that it is sent to: for inputs.py and answers.py.

CPU is what all threads of the program ran (schedstat, in nanoseconds). Four times the input may cost six times the CPU:
linear work with some noise, where quadratic work costs sixteen times. Work below FLOOR is not told from noise and passes
as that much. Beside that stands a ceiling, so that a heavy constant is noticed too: no request costs more than CEILING or
PASSES times what the program takes to read as many bytes and throw them away, whichever is more; the second makes the
promise hold in a build without optimisation and on a slow machine.
"""

import collections
import http.client
import pathlib
import re
import urllib.parse

from harness import *
from shapes import PATH_PARAMETERS, Raw, text

FACTOR = 6
FLOOR = 0.012
CEILING = 1.0
PASSES = 6
ADMIN_BODY = 256 * 1024
MESSAGE = 16 << 20
ANSWER = 256 * 1024
"""The largest answer that may come of a request, beyond what the route answers to a good one."""
SHORT_OR_LONG = 50_000 if SHORT else 1_000_000
"""The smaller size of messages, in bytes: of a quadratic piece of work even the smaller one stands out of the noise."""


def ran(program):
    """Nanoseconds by thread."""
    found = {}
    for task in pathlib.Path(f"/proc/{program.pid}/task").iterdir():
        try:
            found[task.name] = int((task / "schedstat").read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


Answered = collections.namedtuple("Answered", "status size body cpu")


class Caller:
    """Sends requests as they are given, over a connection that is kept, and knows what they cost."""

    def __init__(self, program):
        self.program = program
        self.connection = None

    def send(self, method, path, body=None, headers=()):
        """Status (0: the connection was closed without an answer), size and text of the answer, and CPU seconds."""
        given = dict(headers)
        given.setdefault("authorization", f"Bearer {ADMIN}")
        if body is not None:
            body = body.encode() if isinstance(body, str) else body
            given.setdefault("content-type", "application/json")
            given.setdefault("accept", "application/json, text/event-stream")
        before = ran(self.program)
        status, answered = self.exchange(method, path, body, given)
        after = ran(self.program)
        spent = sum(max(time - before.get(thread, 0), 0) for thread, time in after.items()) / 1e9
        return Answered(status, len(answered), answered, spent)

    def exchange(self, method, path, body, headers):
        for attempt in range(2):
            kept = self.connection is not None
            try:
                if not kept:
                    self.connection = http.client.HTTPConnection(*self.program.address, timeout=120)
                self.connection.request(method, path, body, headers)
                response = self.connection.getresponse()
                answered = response.read()
                if response.will_close:
                    self.close()
                return response.status, answered
            except (OSError, http.client.HTTPException):
                self.close()
                # A kept connection may have been closed for its age: that is no answer to this request.
                if not kept or attempt:
                    break
        assert self.program.running, f"the program has ended:\n{self.program.tail()}"
        return 0, b""

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


class Costs:
    """Measures shapes at n and 4 n and keeps what was worst."""

    def __init__(self, place, n, usual=0):
        self.caller = Caller(place.program)
        self.n = n
        self.usual = usual
        self.measured = 0
        self.growth = (0.0, "")
        self.most = (0.0, "")
        self.largest = (0, "")
        # An answer to nothing that was asked: its JSON is read and thrown away.
        unasked = '{"jsonrpc":"2.0","result":[' + "1," * (2 * n) + "1]}"
        one_pass = min(self.caller.send("POST", place.path, unasked).cpu for _ in range(3))
        self.ceiling = max(CEILING, PASSES * one_pass)

    def measure(self, what, send):
        """`send(caller, n)` sends one request; its growth, its ceiling and the size of its answer are asserted."""
        self.measured += 1
        small, large = self.once(what, send, self.n), self.once(what, send, 4 * self.n)
        for _ in range(5):
            if large <= FACTOR * max(small, FLOOR) and large <= self.ceiling:
                break
            small, large = min(small, self.once(what, send, self.n)), min(large, self.once(what, send, 4 * self.n))
        growth = large / max(small, FLOOR)
        self.growth, self.most = max(self.growth, (growth, what)), max(self.most, (large, what))
        assert growth <= FACTOR, f"{what}: {small:.3f} s of CPU at {self.n} bytes, {large:.3f} s at four times that"
        assert large <= self.ceiling, f"{what}: {large:.3f} s of CPU at {4 * self.n} bytes, more than {self.ceiling:.2f} s"

    def once(self, what, send, n):
        answered = send(self.caller, n)
        self.largest = max(self.largest, (answered.size, what))
        assert answered.status < 500 or answered.status == 503, f"{what}: {answered.status} {answered.body[:300]}"
        assert answered.size <= ANSWER + self.usual, f"{what}: an answer of {answered.size} bytes to a request of {n}"
        return answered.cpu

    def figure(self):
        return f"{self.measured} shapes, ≤ {self.growth[0]:.1f} x, ≤ {self.most[0]:.2f} s, ≤ {self.largest[0] // 1024} KB"


class Place:
    """A program over a stub, with an account and a server to attack."""

    def __init__(self, api="torii", **config):
        self.vendor = Upstream()
        launchable = [template(number, label) for number, label in enumerate(LABELS)]
        self.vendor.on("GET", r"/public/api/v1/workflow-schemas", lambda _: answer({"list": launchable}))
        self.vendor.on("GET", r"/public/api/v1/workflow-schemas/.*", lambda _: answer(launchable[0]))
        self.vendor.on(
            "GET",
            r"/v1\.0/contracts/fields",
            lambda _: answer({"fields": [{"systemKey": f"field{n}", "name": f"Field {n}"} for n in range(300)]}),
        )
        self.program = Program(upstream_hosts=self.vendor)
        self.account = account(self.program, api, self.vendor)
        self.server = new_server(self.program, self.account, config or None)
        self.path = urllib.parse.urlsplit(self.server["url"]).path

    def costs(self, n, usual=0):
        return Costs(self, n, usual)

    def fill(self, path):
        """The path with its parameters, each by its row."""
        filled, seen = [], []
        for segment in path.split("/"):
            seen.append(segment)
            if segment.startswith("{"):
                known = PATH_PARAMETERS.get("/".join(seen))
                assert known, f"no row says what stands for the last parameter of {'/'.join(seen)}"
                segment = known(self)
            filled.append(segment)
        return "/".join(filled)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.program.__exit__(*failure)
        self.vendor.close()


LABELS = [
    "NDA",
    "nda!",
    "Non-Disclosure",
    "契約",
    "契約",
    "合同",
    "🎉",
    "🎉🎉",
    "Vertrag für Übersetzung",
    "Договор",
    "عقد",
    "",
    "---",
    "NDA",
]


def template(number, label):
    """A launch template whose id ends in characters of several bytes."""
    ids = ["5f1e8a", "é語🎉", "id-ü", "🎉", "ñ" * 9]
    options = {"freeTextAllowed": False, "values": ["EU", "US", *(f"Region {n}" for n in range(200))]}
    form = {
        "counterpartyName": {"type": "string", "displayName": "Counterparty", "required": "always"},
        "kind": {"type": "array", "displayName": "契約の種類", "options": options, "elementType": {"type": "string"}},
        "start": {"type": "date", "displayName": "Début"},
        **{f"field{n}": {"type": "string", "displayName": f"Feld {n} für alle"} for n in range(60)},
    }
    return {"id": f"{ids[number % len(ids)]}{'' if number < 5 else number}", "name": label, "permissions": ["launch"], "schema": form}


class SignedIn:
    """A browser that is signed in to the pages: what it sends with every request, and with a form."""

    def __init__(self, program):
        caller = Caller(program)
        self.headers = {"cookie": "", "sec-fetch-site": "same-origin", "accept": "text/html"}
        token = urllib.parse.urlencode({"csrf": self.visit(caller, "GET", "/sign-in"), "token": program.token})
        self.form = {**self.headers, "content-type": "application/x-www-form-urlencoded"}
        self.visit(caller, "POST", "/sign-in", token)
        self.csrf = self.visit(caller, "GET", "/")
        assert self.csrf, "not signed in"
        self.form["cookie"] = self.headers["cookie"]
        caller.close()

    def visit(self, caller, method, path, body=None):
        """Answers what forms of the page carry, and keeps its cookies."""
        connection = http.client.HTTPConnection(*caller.program.address, timeout=60)
        kind = {"content-type": "application/x-www-form-urlencoded"} if body else {}
        connection.request(method, path, body, {**self.headers, **kind})
        response = connection.getresponse()
        cookies = [value.split(";")[0] for name, value in response.getheaders() if name == "set-cookie"]
        self.headers["cookie"] = "; ".join([*filter(None, [self.headers["cookie"]]), *cookies])
        found = re.search(r'name="csrf" value="([^"]+)"', response.read().decode())
        connection.close()
        return found and found[1]


def documented(program):
    """(METHOD, path, whether it takes a body) of every route of the program's own document."""
    document = program.made("GET", "/openapi.json")
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield method.upper(), path, "requestBody" in operation


def message(method, params=None):
    """The JSON text of a message; `params` may be JSON text itself."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method}
    return text({**body, "params": Raw(params) if isinstance(params, str) else params or {}})
