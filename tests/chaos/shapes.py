"""Shapes of hostile input, and the good input that they are put into: what inputs.py and answers.py send."""

import base64
import json

ABSENT = "0" * 24
"""The end of an id that nothing has."""
KEY = len('"unknown0000000":1,')

PATH_PARAMETERS = {
    "/integration/{api}": lambda place: "torii",
    "/integrated-account/{id}": lambda place: place.account,
    "/integrated-account/{id}/mcp/{server_id}": lambda place: place.server["id"],
    "/integrated-account/{id}/tools/{tool}": lambda place: "list_all_torii_users",
    "/api-token/{id}": lambda place: f"tok_{ABSENT}",
    "/mcp/{token}": lambda place: place.server["token"],
    "/sse/{token}": lambda place: place.server["token"],
    "/accounts/{id}": lambda place: place.account,
    "/accounts/{id}/tools/{tool}": lambda place: "list_all_torii_users",
    "/mcp-servers/{id}": lambda place: place.server["id"],
    "/mcp-servers/{id}/clients/{admission}": lambda place: f"adm_{ABSENT}",
    "/.well-known/oauth-protected-resource/{*resource}": lambda place: f"mcp/{place.server['token']}",
    "/.well-known/oauth-authorization-server/{*path}": lambda place: "base",
    "/tokens/{id}": lambda place: f"tok_{ABSENT}",
    "/assets/{name}": lambda place: "style.css",
}
"""What stands for the parameter that a path, cut off behind it, ends with."""

CONFIG = {"methods": ["read"], "tags": ["users"], "allow": ["list_all_torii_users"], "deny": [], "tool_exposure": "all", "auth": "oauth"}
BODIES = {
    "POST /integrated-account": {"integration": "torii", "name": "x", "credentials": {"type": "bearer", "token": "t", "scim_token": "s"}},
    "PATCH /integrated-account/{id}": {"name": "x", "credentials": {"type": "bearer", "token": "t"}},
    "POST /integrated-account/{id}/mcp": {
        "name": "x", "config": CONFIG, "expires_at": "2100-01-01T00:00:00Z", "paused": False, "owner": "Ada", "purpose": "audit",
    },  # fmt: skip
    "PATCH /integrated-account/{id}/mcp/{server_id}": {
        "name": "x", "config": CONFIG, "expires_at": "2100-01-01T00:00:00Z", "paused": False, "owner": "Ada", "purpose": "audit",
    },  # fmt: skip
    "POST /integrated-account/{id}/mcp/{server_id}/rotate": {"overlap_seconds": 60},
    "POST /integrated-account/{id}/tools/{tool}": {"fields": ["id"], "limit": 1, "q": "x"},
    "POST /api-token": {"name": "x", "scope": "call", "expires_at": "2100-01-01T00:00:00Z"},
}
"""A good body of every route that takes one."""

MCP_ROUTES = {"/mcp/{token}": "POST", "/sse/{token}": "GET", "/sse/{token}/messages": "POST"}
"""Every route that /openapi.json does not have, with its method."""

SIGN_IN_ROUTES = {
    "/.well-known/oauth-protected-resource/{*resource}": None,
    "/.well-known/oauth-authorization-server": None,
    "/.well-known/oauth-authorization-server/{*path}": None,
    "/oauth/register": {"redirect_uris": ["https://client.example/cb"], "client_name": "x", "grant_types": ["authorization_code"]},
    "/oauth/token": {
        "grant_type": "authorization_code", "code": "dbo_x", "client_id": "dbc_x", "redirect_uri": "https://client.example/cb", "code_verifier": "v" * 43,
        "refresh_token": "dbr_" + "x" * 86, "resource": "http://localhost/mcp/x",
    },
    "/oauth/revoke": {"token": "dba_x", "token_type_hint": "access_token", "client_id": "dbc_x"},
}  # fmt: skip
"""Every route of the sign-in that programs ask, with a good body where it takes one: JSON to register, else a form."""

CHOICES = {"name": "x", "preset": "read", "until": "never", "keep": "1", "owner": "Ada", "tags": "users", "add": "create_a_torii_app"}
FORMS = {
    "/sign-in": {"token": "guess", "next": "/", "zone": "Europe/Berlin"},
    "/sign-out": {},
    "/oauth/authorize": {"server": "0" * 64, "client_id": "dbc_x", "redirect_uri": "https://client.example/cb", "state": "x", "token": "guess"},
    "/accounts/new": {"integration": "torii", "name": "x", "type": "bearer", "bearer.token": "t", "owner": "Ada"},
    "/accounts/{id}/edit": {"name": "x", "owner": "Ada", "purpose": "audit"},
    "/accounts/{id}/reconnect": {"type": "bearer", "bearer.token": "t"},
    "/accounts/{id}/connect": {},
    "/accounts/{id}/test": {},
    "/accounts/{id}/delete": {"servers": "1"},
    "/accounts/{id}/mcp/new": CHOICES,
    "/accounts/{id}/mcp/preview": CHOICES,
    "/accounts/{id}/tools/{tool}": {"arg.limit": "1", "arg.email": "x", "own.x": "y", "rest.arg": "{}", "step": "run"},
    "/mcp-servers/{id}/change": CHOICES,
    "/mcp-servers/{id}/preview": CHOICES,
    "/mcp-servers/{id}/pause": {},
    "/mcp-servers/{id}/resume": {},
    "/mcp-servers/{id}/rotate": {"overlap": "60"},
    "/mcp-servers/{id}/revoke": {},
    "/mcp-servers/{id}/clients/{admission}/end": {},
    "/tokens/new": {"name": "x", "scope": "call", "until": "1h", "owner": "Ada", "purpose": "audit"},
    "/tokens/{id}/revoke": {},
}
"""A good form of every page that takes one; those that would end what is attacked lack their confirmation."""
PAGES = {
    "/", "/sign-in", "/oauth/authorize", "/assets/{name}", "/accounts", "/accounts/new", "/accounts/{id}", "/accounts/{id}/edit", "/accounts/{id}/reconnect",
    "/accounts/{id}/delete", "/accounts/{id}/mcp", "/accounts/{id}/tools", "/accounts/{id}/tools/{tool}", "/accounts/{id}/fields", "/accounts/{id}/mcp/new",
    "/calls", "/calls.csv", "/calls.jsonl", "/accounts/{id}/calls", "/accounts/{id}/calls.csv", "/accounts/{id}/calls.jsonl",
    "/mcp-servers/{id}", "/mcp-servers/{id}/change", "/mcp-servers/{id}/connection", "/accounts/{id}/mcp/preview", "/mcp-servers/{id}/preview",
    "/tokens", "/tokens/new", "/tokens/{id}/revoke", "/audit", "/audit.csv", "/audit.jsonl", "/health",
}  # fmt: skip
"""Every page that is read."""
FIELDS = {
    "long text": lambda n: "a b-é" * (n // 6),
    "marks": lambda n: "<'\"&*`\\" * (n // 8),
}
"""In place of a field of a form, about n bytes before they are escaped."""

META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
METHODS = {
    "initialize": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}},
    "ping": {},
    "tools/list": {},
    "tools/call": {"name": "list_all_torii_users", "arguments": {"fields": ["id"], "limit": 1}},
    "prompts/list": {},
    "prompts/get": {"name": "offboard_torii_user", "arguments": {"email": "ada@example.com"}},
    "server/discover": {"_meta": META},
    "notifications/cancelled": {"requestId": 1},
}
"""Good parameters of every method."""

CALLS = {
    "create_a_torii_contract": {"name": "x", "status": "active"},
    "update_a_torii_user_by_id": {"id": 1, "lifecycleStatus": "active"},
    "list_all_torii_users": {"fields": "id,email", "limit": 2, "next_cursor": None, "q": "x"},
    "torii_files_upload": {"type": "attachment", "file": {"name": "a.txt", "content_base64": "YQ=="}},
}
LAUNCH_NDA = "ironclad_launch_nda_opgsls"
"""The tool of the template `NDA` of `costs`, whatever else the vendor lists."""
IRONCLAD_CALLS = {
    "create_a_ironclad_async_workflow": {"template": "t", "attributes": {"counterpartyName": "x", "kind": ["EU"], "start": "2026-01-31"}},
    "list_all_ironclad_workflow_schemas": {"q": "nda", "fields": ["id"]},
    LAUNCH_NDA: {"counterpartyName": "x", "kind": ["EU"]},
}
DISCOVERY_CALLS = {
    "search_tools": {"query": "who left the company", "limit": 5},
    "get_tool_schema": {"name": "list_all_torii_users"},
    "call_read_tool": {"name": "list_all_torii_users", "arguments": {"limit": 1}},
    "call_write_tool": {"name": "update_a_torii_user_by_id", "arguments": {"id": 1, "lifecycleStatus": "active"}},
}


def text(value):
    """A value as JSON text, with the raw pieces that shapes put into it."""
    if isinstance(value, Raw):
        return value.json
    if isinstance(value, dict):
        members = [f"{json.dumps(name)}:{text(member)}" for name, member in value.items() if not isinstance(name, Raw)]
        members += [raw.json for raw in value if isinstance(raw, Raw)]
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(text, value)) + "]"
    return json.dumps(value)


class Raw:
    """JSON that is written as it stands: a value, or as a key whole members."""

    def __init__(self, json):
        self.json = json


def keys(n):
    return ",".join(f'"unknown{number:07}":1' for number in range(max(n // KEY, 1)))


MEMBERS = {
    "many keys": lambda n: Raw(keys(n)),
    "one key many times": lambda n: Raw(",".join(['"unknown":1'] * (n // 12))),
    "many empty objects": lambda n: Raw('"unknown":[' + ",".join(["{}"] * (n // 3)) + "]"),
    "long key": lambda n: Raw('"' + "k" * n + '":1'),
    "long key of escapes": lambda n: Raw('"' + "\\u0001" * (n // 6) + '":1'),
    "long keys alike": lambda n: Raw(",".join(f'"{"k" * (n // 40)}{number}":1' for number in range(40))),
    "long text": lambda n: Raw('"unknown":"' + "é" * (n // 2) + '"'),
    "long list": lambda n: Raw('"unknown":[' + ",".join(["1"] * (n // 2)) + "]"),
    "deep": lambda n: Raw('"unknown":' + "[" * (n // 2) + "]" * (n // 2)),
    "long number": lambda n: Raw('"unknown":' + "1" * n),
}
"""Further members of an object, about n bytes."""

VALUES = {
    "long text": lambda n: Raw('"' + "a b-" * (n // 4) + '"'),
    "text with commas": lambda n: Raw('"' + "1," * (n // 2) + '1"'),
    "text that is a list": lambda n: Raw('"[' + "1," * (n // 2) + '1]"'),
    "texts in a list": lambda n: Raw("[" + ",".join(f'"w{number:06}"' for number in range(n // 10)) + "]"),
    "objects in a list": lambda n: Raw("[" + ",".join(f'{{"k{number % 50}":"v"}}' for number in range(n // 13)) + "]"),
    "numbers in a list": lambda n: Raw("[" + ",".join(["7"] * (n // 2)) + "]"),
    "many members": lambda n: Raw("{" + keys(n) + "}"),
    "boundaries of a form": lambda n: Raw(
        json.dumps(base64.b64encode(b"".join(b"----form-data-%016x" % k for k in range(n // 40))).decode())
    ),
    "JSON in JSON": lambda n: Raw(json.dumps(json.dumps(json.dumps([1] * (n // 3))))),
}
"""In place of a member's value, about n bytes."""

QUERIES = {
    "many parameters": lambda n: "&".join(f"p{number:05}=1" for number in range(n // 9)),
    "one parameter many times": lambda n: "&".join(["limit=1"] * (n // 8)),
    "long name": lambda n: "k" * n + "=1",
    "long value": lambda n: "limit=" + "9" * n,
    "escapes": lambda n: "state=" + "%C3%A9" * (n // 6),
    "lists": lambda n: "methods=" + ",".join(f"m{number}" for number in range(n // 6)) + "&tags=users",
    "cursor": lambda n: "next_cursor=" + "A" * n,
    "long search": lambda n: "q=" + "a%25" * (n // 4),
    "search for nothing that is text": lambda n: "q=" + "%00" * (n // 3),
}

HEADERS = {
    "many headers": lambda n: [(f"x-{number}", "v" * 100) for number in range(min(n // 110, 80))],
    "long header": lambda n: [("mcp-name", "=?base64?" + "QUJD" * (n // 4) + "?=")],
    "long token": lambda n: [("authorization", "Bearer " + "t" * n)],
    "long content type": lambda n: [("content-type", "application/json;" + ";" * n)],
    "long origin": lambda n: [("origin", "http://localhost:" + "1" * n)],
}


def containers(body, at=()):
    """Every place in a body that holds members."""
    if isinstance(body, dict):
        yield at
        for name, member in body.items():
            yield from containers(member, (*at, name))


def leaves(body, at=()):
    """Every place in a body that holds a value which is no object."""
    for name, member in body.items():
        if isinstance(member, dict):
            yield from leaves(member, (*at, name))
        else:
            yield (*at, name)


def at(body, place, change):
    """A copy of the body, changed at a place."""
    if not place:
        return change(body)
    first, *rest = place
    return {**body, first: at(body[first], rest, change)}


TELLING = {"many keys", "long key of escapes", "long text", "texts in a list"}
"""The shapes that are answered by most: enough for the short form of what looks at answers alone."""


def hostile(body, within=(), only=None):
    """(what, n → JSON text) for every shape at every place of a body, or only at those below `within`."""
    for place in containers(body):
        if place[: len(within)] == within:
            for name, shape in MEMBERS.items():
                if only and name not in only:
                    continue
                yield (
                    f"{name} at /{'/'.join(place)}",
                    lambda n, place=place, shape=shape: text(at(body, place, lambda found: {**found, shape(n): None})),
                )
    for place in leaves(body):
        if place[: len(within)] == within:
            for name, shape in VALUES.items():
                if only and name not in only:
                    continue
                yield f"{name} as /{'/'.join(place)}", lambda n, place=place, shape=shape: text(at(body, place, lambda _: shape(n)))
