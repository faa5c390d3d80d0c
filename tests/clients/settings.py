"""Settings as `runtime client-config` prints them, given to the clients that they are for.

Each check takes what is printed, puts an API token in the place of what stands for one, and lets the client connect to a
running server with sandbox data, once without and once with a second factor. No model is asked.

Needs PROGRAM, PROGRAM_URL and PROGRAM_TOKEN (an admin token); FASTMCP_PYTHON and NPX_FOLDER (where `npx` finds mcp-remote);
LANGCHAIN_PYTHON, AGENTS_PYTHON and AGENTS_BIN may be empty.
"""

import asyncio
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback
import urllib.parse
import urllib.request
from pathlib import Path

from fastmcp import Client
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

PROGRAM = os.environ["PROGRAM"]
NAME = 'Légal "Ops" $(id) `x` \\ 🦀'
KEY = "legal-ops-id-x-crab"
PLACEHOLDER = "YOUR_API_TOKEN"
TOOL = "list_all_ironclad_workflows"
# What other clients of this machine were told is not ours.
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith(("DRAWBRIDGE_", "CLAUDE", "CODEX", "GEMINI", "ANTHROPIC"))}


def admin(path, body=None):
    request = urllib.request.Request(os.environ["PROGRAM_URL"] + path, data=body and json.dumps(body).encode())
    request.add_header("authorization", f"Bearer {os.environ['PROGRAM_TOKEN']}")
    request.add_header("content-type", "application/json")
    return json.load(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request))


def printed(client, url, token):
    command = [PROGRAM, "client-config", "--for", client, url, "--name", NAME, "--json"] + ["--api-token"] * bool(token)
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


class Case:
    """One client and one server: what is printed, with the real API token, and a home of its own."""

    def __init__(self, client, url, token):
        self.client, self.url, self.token = client, url, token
        self.settings = printed(client, url, token)
        self.home = Path(tempfile.mkdtemp(prefix="settings-"))
        self.environment = CLEAN | {"HOME": str(self.home), "DRAWBRIDGE_API_TOKEN": token or ""}
        if os.environ["AGENTS_BIN"]:
            self.environment["PATH"] = os.environ["AGENTS_BIN"] + ":" + CLEAN["PATH"]

    def snippets(self, language):
        found = [snippet for snippet in self.settings["snippets"] if snippet["language"] == language]
        assert found, f"{self.client} has nothing in {language}"
        return [self.real(snippet["text"]) for snippet in found]

    def real(self, text):
        return text.replace(PLACEHOLDER, self.token) if self.token else text

    def run(self, *command, **more):
        more = {"cwd": self.home, "env": self.environment, "timeout": 120, "text": True} | more
        ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **more)
        assert ended.returncode == 0, f"{command[0]}: {ended.returncode}: {ended.stdout}"
        return ended.stdout

    def write(self, name, text):
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


async def lists_and_calls(session):
    tools = await session.list_tools()
    assert TOOL in [tool.name for tool in getattr(tools, "tools", tools)], tools
    result = await session.call_tool(TOOL, {"limit": 1})
    assert '"result"' in str(result.content[0].text), result


def through_fastmcp(config):
    async def go():
        async with Client(config) as client:
            await lists_and_calls(client)

    asyncio.run(go())


def mcp_config(case):
    through_fastmcp(json.loads(case.snippets("json")[0]))


def claude_desktop(case):
    """Claude Desktop starts the command and speaks over its standard input and output; so does this."""
    [server] = json.loads(case.snippets("json")[0])["mcpServers"].values()
    environment = case.environment | server.get("env", {})
    parameters = StdioServerParameters(command=server["command"], args=server["args"], env=environment, cwd=os.environ["NPX_FOLDER"])

    async def go():
        with open(case.home / "log", "w") as log:
            async with stdio_client(parameters, errlog=log) as (read, write), ClientSession(read, write) as session:
                await session.initialize()
                await lists_and_calls(session)

    asyncio.run(asyncio.wait_for(go(), 120))


def curl(case):
    answer = json.loads(case.run("sh", "-c", case.snippets("shell")[0]))
    assert TOOL in [tool["name"] for tool in answer["result"]["tools"]], answer


def python(case, index, interpreter):
    text = case.snippets("python")[index]
    assert TOOL in case.run(interpreter, case.write("tools.py", text)), text


def langchain(case):
    python(case, 0, os.environ["LANGCHAIN_PYTHON"])


def langchain_adapters(case):
    python(case, 1, os.environ["AGENTS_PYTHON"])


def autogen(case):
    python(case, 0, os.environ["AGENTS_PYTHON"])


def connected(text):
    assert re.search(rf"{KEY}.*Connected", text), text


def claude_code(case):
    case.run("sh", "-c", case.snippets("shell")[0])
    connected(case.run("claude", "mcp", "list"))


def claude_code_project(case):
    """The file of a project, which a person has said yes to."""
    case.write(".mcp.json", case.snippets("json")[0])
    yes = {"hasTrustDialogAccepted": True, "enabledMcpjsonServers": [KEY]}
    case.write(".claude.json", json.dumps({"projects": {str(case.home): yes}}))
    connected(case.run("claude", "mcp", "list"))


def gemini(case):
    case.environment["GEMINI_CLI_TRUST_WORKSPACE"] = "true"
    case.run("sh", "-c", case.snippets("shell")[0])
    connected(case.run("gemini", "mcp", "list"))


def gemini_file(case):
    case.environment["GEMINI_CLI_TRUST_WORKSPACE"] = "true"
    case.write(".gemini/settings.json", case.snippets("json")[0])
    connected(case.run("gemini", "mcp", "list"))


def codex_tools(case):
    """The tools that Codex has of its servers, asked as its editor extension asks."""
    process = subprocess.Popen(
        ["codex", "app-server"], cwd=case.home, env=case.environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    asked = [
        {"id": 1, "method": "initialize", "params": {"clientInfo": {"name": "settings", "title": "settings", "version": "1"}}},
        {"method": "initialized"},
        {"id": 2, "method": "mcpServerStatus/list", "params": {}},
    ]
    try:
        process.stdin.write("".join(json.dumps({"jsonrpc": "2.0"} | message) + "\n" for message in asked))
        process.stdin.flush()
        for line in process.stdout:
            message = json.loads(line)
            if message.get("id") == 2:
                break
        servers = {server["name"]: server["tools"] for server in message["result"]["data"]}
        assert TOOL in servers[KEY], servers
    finally:
        process.kill()
        process.wait()


def codex(case):
    (case.home / ".codex").mkdir()
    for text in sorted(case.snippets("shell"), key=lambda text: text.startswith("codex")):
        case.run("sh", "-c", text)
    codex_tools(case)


def codex_file(case):
    case.write(".codex/config.toml", case.snippets("toml")[0])
    codex_tools(case)


def same_form(server):
    """A server as Cursor and VS Code have it, for a client that reads the same members; what VS Code asks for is told."""
    return {"mcpServers": {KEY: server}}


def cursor(case):
    written = json.loads(case.snippets("json")[0])
    through_fastmcp(written)
    link = urllib.parse.urlsplit(case.settings["link"]["url"])
    assert (link.scheme, link.netloc, link.path) == ("cursor", "anysphere.cursor-deeplink", "/mcp/install"), link
    query = urllib.parse.parse_qs(link.query, strict_parsing=True)
    config = json.loads(case.real(base64.b64decode(query["config"][0], validate=True).decode()))
    assert written["mcpServers"] == {query["name"][0]: config}, config
    through_fastmcp(same_form(config))


def vscode(case):
    def told(server):
        return json.loads(json.dumps(server).replace("${input:drawbridge-api-token}", case.token or ""))

    written = json.loads(case.snippets("json")[0])
    through_fastmcp(same_form(told(written["servers"][KEY])))
    scheme, path = case.settings["link"]["url"].split(":", 1)
    route, query = path.split("?", 1)
    config = json.loads(urllib.parse.unquote(query))
    assert (scheme, route, config.pop("name")) == ("vscode", "mcp/install", KEY), config
    assert config.pop("inputs", None) == written.get("inputs") and (config == written["servers"][KEY]), config
    through_fastmcp(same_form(told(config)))


def only_told(case):
    """A client that nothing here can run: its page is told what to do, or why it cannot be."""
    if case.token:
        assert not case.settings["steps"] and "cannot send an API token" in case.settings["warnings"][0], case.settings
        return
    assert case.snippets("text") == [case.url] and case.settings["steps"], case.settings
    assert "cannot reach this URL" in case.settings["warnings"][0], case.settings
    token = case.url.rsplit("/", 1)[1]
    assert token not in str(case.settings["link"]), case.settings["link"]


# (client, check, what it needs, what that stands for)
CHECKS = [
    ("mcp-config", mcp_config, "FASTMCP_PYTHON"),
    ("claude-desktop", claude_desktop, "NPX_FOLDER"),
    ("curl", curl, "PROGRAM"),
    ("langchain", langchain, "LANGCHAIN_PYTHON"),
    ("langchain", langchain_adapters, "AGENTS_PYTHON"),
    ("autogen", autogen, "AGENTS_PYTHON"),
    ("claude-code", claude_code, "AGENTS_BIN"),
    ("claude-code", claude_code_project, "AGENTS_BIN"),
    ("codex", codex, "AGENTS_BIN"),
    ("codex", codex_file, "AGENTS_BIN"),
    ("gemini", gemini, "AGENTS_BIN"),
    ("gemini", gemini_file, "AGENTS_BIN"),
    ("cursor", cursor, "FASTMCP_PYTHON"),
    ("vscode", vscode, "FASTMCP_PYTHON"),
    ("claude", only_told, "PROGRAM"),
    ("chatgpt", only_told, "PROGRAM"),
]

NOT_TO_BE_HAD = {
    "claude": "the web client is no package; only what is printed is looked at",
    "claude-desktop": "the desktop client is no package; the command that it starts is run",
    "chatgpt": "the web client is no package; only what is printed is looked at",
    "cursor": "the editor is no package; file and link are read by a client of the same form",
    "vscode": "the editor is no package; file and link are read by a client of the same form",
}


def main():
    account = next(row["id"] for row in admin("/integrated-account")["result"] if row["integration"] == "ironclad")

    def server(**config):
        return admin(f"/integrated-account/{account}/mcp", {"name": "settings", "config": config})["url"]

    plain, guarded = server(), server(require_api_token_auth=True)
    token = admin("/api-token", {"name": "settings", "scope": "call"})["token"]
    known = json.loads(subprocess.run([PROGRAM, "client-config", "--json"], check=True, capture_output=True, text=True).stdout)
    assert {entry["client"] for entry in known} == {check[0] for check in CHECKS}, "every client has a check"
    failed = 0
    for client, why in NOT_TO_BE_HAD.items():
        print(f"skipped {client} itself: {why}")
    for client, check, needs in CHECKS:
        if not os.environ[needs]:
            print(f"skipped {client}: {check.__name__}: its packages could not be installed")
            continue
        for url, with_token in [(plain, None), (guarded, token)]:
            name = f"settings {client}: {check.__name__}{' with an API token' if with_token else ''}"
            try:
                check(Case(client, url, with_token))
                print(f"ok {name}", flush=True)
            except Exception:  # noqa: BLE001 - every check is run
                failed += 1
                print(f"not ok {name}", flush=True)
                traceback.print_exc(file=sys.stdout)
    return failed


sys.exit(min(main(), 1))
