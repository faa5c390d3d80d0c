"""An agent in the lending library: python story.py PROGRAM serves library.yaml's API over stdio and calls each of its tools."""

import asyncio
import base64
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request

import library
from mcp import Client, StdioServerParameters

ISBN = "9780000000001"


async def story(call, upstream):
    def sent():
        """What the last call sent."""
        return upstream.requests[-1]

    # Both lists of one page and a walk, with the parameters spelled as the document says.
    page = await call("list_all_library_books", limit=5, subject=["law", "history"], published={"from": 1900, "to": 1950})
    method, path, query, headers, _ = sent()
    assert (method, path) == ("GET", "/v1/books"), (method, path)
    assert query == {"subject": ["law|history"], "published[from]": ["1900"], "published[to]": ["1950"], "limit": ["5"], "offset": ["0"]}, query
    assert page["total"] == 12 and len(page["result"]) == 5, page
    walked = page["result"]
    while page["next_cursor"]:
        arguments = {"subject": ["law", "history"], "published": {"from": 1900, "to": 1950}, "limit": 5}
        page = await call("list_all_library_books", next_cursor=page["next_cursor"], **arguments)
        walked += page["result"]
    assert [book["isbn"] for book in walked] == list(upstream.books), walked

    book = await call("get_single_library_book_by_id", id=ISBN)
    assert book == upstream.books[ISBN], book

    made = await call("create_a_library_book", isbn="9780000000099", title="A new one", copies=3, published=None)
    assert made == {"isbn": "9780000000099", "title": "A new one", "copies": 3, "published": None}, made

    await call("create_a_library_loan", kind="loan", isbn=ISBN, member="m-1", due="2027-01-31")
    assert sent()[4] == b'{"kind":"loan","isbn":"%s","member":"m-1","due":"2027-01-31"}' % ISBN.encode(), sent()[4]

    picture = b"\x89PNG\r\n\x1a\n"
    await call("library_book_cover_upload", id=ISBN, image={"name": "cover.png", "content_base64": base64.b64encode(picture).decode()}, caption="Front")
    method, path, _, headers, body = sent()
    assert (method, path) == ("PUT", f"/v1/books/{ISBN}/cover"), (method, path)
    kind = {name.lower(): value for name, value in headers.items()}["content-type"]
    assert kind.startswith("multipart/form-data; boundary="), kind
    assert picture in body and b'name="caption"' in body and b'filename="cover.png"' in body, body

    gone = await call("delete_a_library_book_by_id", id=ISBN)
    assert gone == {"ok": True, "status": 204} and ISBN not in upstream.books, gone
    missing = await call("get_single_library_book_by_id", failing=True, id=ISBN)
    assert missing["kind"] == "not_found" and missing["upstream"]["title"] == "no such thing", missing

    before = len(upstream.requests)
    fault = await call("create_a_library_loan", failing=True, kind="theft", isbn=ISBN)
    assert fault["kind"] == "invalid_arguments" and len(upstream.requests) == before, fault
    fault = await call("create_a_library_loan", failing=True, kind="reservation", isbn=ISBN, member="m-1", due="2027-01-31")
    assert fault["faults"][0]["pointer"] == "/due" and len(upstream.requests) == before, fault
    assert all({name.lower(): value for name, value in request[3].items()}["x-library-key"] == library.KEY for request in upstream.requests)


async def forms(call, client, upstream):
    """What the overlay alone declares: forms, a search among them, the library's own fields, a prompt."""
    found = await call("list_all_library_request_forms", q="purchase map")
    assert [form["id"] for form in found["result"]] == ["f-3"], found

    before = len(upstream.requests)
    answers = {"titel": "Ulysses", "copies": "two", "binding": "papr"}
    fault = await call("create_a_library_request", failing=True, form="f-1", answers=answers)
    named = {one["pointer"]: one.get("nearest") for one in fault["faults"]}
    assert named == {"/answers/title": None, "/answers/titel": "title", "/answers/copies": None, "/answers/binding": "paper"}, fault
    # The form is read to tell an id from a name, and once more before anything is refused by it.
    sent = {(request[0], request[1]) for request in upstream.requests[before:]}
    assert sent == {("GET", "/v1/request-forms/f-1")}, f"nothing was sent but the form was read: {sent}"
    made = await call("create_a_library_request", form="f-1", answers={"title": "Ulysses", "copies": "2"})
    assert made == {"id": "request-1"} and b'"copies":2' in upstream.requests[-1][4], upstream.requests[-1]
    await call("create_a_library_request", form="f-1", answers={"title": "Ulysses"}, prefill=True)

    fault = await call("create_a_library_book", failing=True, isbn="9780000000098", title="x", shelv="A 7")
    assert [(one["pointer"], one["nearest"]) for one in fault["faults"]] == [("/shelv", "shelf")], fault
    await call("create_a_library_book", isbn="9780000000098", title="x", shelf="A 7")
    assert b'"shelf":"A 7"' in upstream.requests[-1][4], upstream.requests[-1]

    prompts = (await client.list_prompts()).prompts
    assert [prompt.name for prompt in prompts] == ["ask_for_a_book"], prompts
    text = (await client.get_prompt("ask_for_a_book", {"title": "Ulysses"})).messages[0].content.text
    assert text.startswith("Ask the library to buy Ulysses: find the form with list_all_library_request_forms"), text


def provisioned(program, upstream):
    """A server that shows each form as a tool of its own."""
    with tempfile.TemporaryDirectory() as folder:
        ready, token = f"{folder}/ready.json", secrets.token_urlsafe(32)
        settings = {
            "DRAWBRIDGE_LISTEN": "127.0.0.1:0", "DRAWBRIDGE_READY_FILE": ready, "DRAWBRIDGE_ADMIN_TOKEN": token,
            "DRAWBRIDGE_DATABASE_URL": f"sqlite://{folder}/library.db", "DRAWBRIDGE_NO_SANDBOX": "true",
            "DRAWBRIDGE_UPSTREAM_HOSTS": f"127.0.0.1:{upstream.server_port}",
        }  # fmt: skip
        with subprocess.Popen([program], env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                for _ in range(200):
                    if os.path.exists(ready):
                        break
                    time.sleep(0.05)
                with open(ready) as file:
                    url = json.load(file)["url"]

                def post(address, body, **headers):
                    data = json.dumps(body).encode()
                    request = urllib.request.Request(address, data, {"content-type": "application/json", **headers})
                    with urllib.request.urlopen(request, timeout=30) as answer:
                        return json.load(answer)

                admin = {"authorization": f"Bearer {token}"}
                credentials = {"type": "api_key", "token": library.KEY}
                account = {"integration": "library", "name": "Library", "base_url": f"http://127.0.0.1:{upstream.server_port}", "credentials": credentials}
                account = post(f"{url}/integrated-account", account, **admin)["id"]
                server = post(f"{url}/integrated-account/{account}/mcp", {"name": "Forms", "config": {"dynamic_tools": True}}, **admin)["url"]

                def rpc(method, **params):
                    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
                    return post(server, message, accept="application/json, text/event-stream")["result"]

                tools = {tool["name"]: tool for tool in rpc("tools/list")["tools"]}
                launching = sorted(name for name in tools if name.startswith("library_launch_"))
                # A label, and a mark of the form's id.
                assert [name.rsplit("_", 1)[0] for name in launching] == ["library_launch_purchase", "library_launch_purchase_of_a_map"], launching
                purchase = launching[0]
                assert tools[purchase]["inputSchema"]["required"] == ["title", "copies"], tools[purchase]
                refused = rpc("tools/call", name=purchase, arguments={"title": "x", "copies": 0})
                assert refused["structuredContent"]["error"]["faults"][0]["pointer"] == "/copies", refused
                rpc("tools/call", name=purchase, arguments={"title": "x", "copies": "3"})
                assert json.loads(upstream.requests[-1][4]) == {"form": "f-1", "answers": {"title": "x", "copies": 3}}, upstream.requests[-1]
            finally:
                process.terminate()


async def main(program):
    upstream = library.serve()
    settings = {"LIBRARY_API_KEY": library.KEY, "LIBRARY_BASE_URL": f"http://127.0.0.1:{upstream.server_port}"}
    server = StdioServerParameters(command=program, args=["stdio", "--api", "library"], env={**os.environ, **settings})
    async with Client(server, read_timeout_seconds=30) as client:
        tools = sorted(tool.name for tool in (await client.list_tools()).tools)
        assert len(tools) == 10, tools

        async def call(tool, failing=False, **arguments):
            result = await client.call_tool(tool, arguments)
            assert result.is_error == failing, f"{tool}: {result.structured_content}"
            return result.structured_content["error"] if failing else result.structured_content

        await story(call, upstream)
        await forms(call, client, upstream)
    provisioned(program, upstream)


asyncio.run(main(sys.argv[1]))
