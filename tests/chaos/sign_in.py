"""Item 1: what the sign-in has acknowledged outlives the program, and what was spent stays spent."""

import base64
import hashlib
import re
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from harness import Postgres, Program, Upstream, account, mcp, new_server, request, row

VERIFIER = "a-verifier-of-these-rows-that-is-long-enough-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
BACK = "https://client.example/cb"
FORM = {"content-type": "application/x-www-form-urlencoded"}


class Client:
    """A client of a server that asks people to sign in."""

    def __init__(self, program, token):
        self.program, self.token = program, token
        registered = request("POST", f"{program.url}/oauth/register", {"client_name": "chaos", "redirect_uris": [BACK]})
        self.id = registered[1]["client_id"]

    def code(self):
        """What a person who consents has it sent."""
        asked = {
            "response_type": "code", "client_id": self.id, "redirect_uri": BACK, "code_challenge": CHALLENGE, "code_challenge_method": "S256",
            "resource": f"{self.program.url}/mcp/{self.token}",
        }  # fmt: skip
        status, page, headers = request("GET", f"{self.program.url}/oauth/authorize?{urllib.parse.urlencode(asked)}")
        assert status == 200, f"{status} {page}"
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
        body = urllib.parse.urlencode({**fields, "token": self.program.token}).encode()
        sent = {**FORM, "cookie": headers["set-cookie"].split(";")[0], "sec-fetch-site": "same-origin"}
        status, page, headers = request("POST", f"{self.program.url}/oauth/authorize", body, sent)
        assert status == 303, f"{status} {page}"
        return urllib.parse.parse_qs(urllib.parse.urlsplit(headers["location"]).query)["code"][0]

    def post(self, path, program=None, **fields):
        body = urllib.parse.urlencode({"client_id": self.id, **fields}).encode()
        return request("POST", f"{(program or self.program).url}{path}", body, FORM)[:2]

    def redeem(self, code, program=None):
        return self.post("/oauth/token", program, grant_type="authorization_code", code=code, redirect_uri=BACK, code_verifier=VERIFIER)

    def refresh(self, token, program=None):
        return self.post("/oauth/token", program, grant_type="refresh_token", refresh_token=token)

    def lists(self, access, program=None):
        """The status of a list."""
        url = f"{(program or self.program).url}/mcp/{self.token}"
        return mcp(url, "tools/list", headers={"authorization": f"Bearer {access}"})[0]


def guarded(program, vendor):
    return new_server(program, account(program, "torii", vendor), {"methods": ["read"], "auth": "oauth"})["token"]


@row(1, "a code outlives kill -9 between consent and token, and so do tokens; what was spent stays spent")
def a_code_outlives_the_program():
    with Upstream() as vendor, Program(upstream_hosts=vendor) as program:
        program.settings["listen"] = f"127.0.0.1:{program.address[1]}"
        client = Client(program, guarded(program, vendor))
        code = client.code()
        program.restart(kill=True)
        status, first = client.redeem(code)
        assert status == 200, first
        program.restart(kill=True)
        assert client.lists(first["access_token"]) == 200
        status, second = client.refresh(first["refresh_token"])
        assert status == 200, second
        program.restart(kill=True)
        assert client.lists(second["access_token"]) == 200
        status, reused = client.refresh(first["refresh_token"])
        assert (status, reused["error"]) == (400, "invalid_grant"), reused
        assert [client.lists(tokens["access_token"]) for tokens in (first, second)] == [401, 401]
        program.restart(kill=True)
        assert client.redeem(code)[1]["error"] == "invalid_grant"
        assert client.refresh(second["refresh_token"])[1]["error"] == "invalid_grant"
        log = program.log_text()
        for secret in (client.token, code, first["access_token"], second["refresh_token"]):
            assert secret not in log, "a secret is in the log"
        return "4 kills; 1 family ended"


@row(1, "of many who send one code or one refresh token at once, over two nodes, at most one is answered, and nobody stays in")
def a_code_is_good_once():
    with Postgres() as postgres, Upstream() as vendor:
        shared = {**postgres.settings(), "upstream_hosts": vendor}
        with Program(**shared) as one, Program(**shared) as other, ThreadPoolExecutor(16) as pool:
            client = Client(one, guarded(one, vendor))
            for what in ("code", "refresh"):
                code = client.code()
                send, spent = client.redeem, code
                if what == "refresh":
                    send, spent = client.refresh, client.redeem(code)[1]["refresh_token"]
                answers = list(pool.map(lambda n: send(spent, (one, other)[n % 2]), range(32)))
                good = [answer for status, answer in answers if status == 200]
                assert {status for status, _ in answers} <= {200, 400} and len(good) <= 1, answers
                for tokens in good:
                    assert client.refresh(tokens["refresh_token"], other)[1]["error"] == "invalid_grant"
        return "2 × 32 at once over 2 nodes"
