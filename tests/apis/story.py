"""An agent in the lending library: python story.py PROGRAM serves library.yaml's API over stdio and calls each of its tools."""

import asyncio
import base64
import os
import sys

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


async def main(program):
    upstream = library.serve()
    settings = {"LIBRARY_API_KEY": library.KEY, "LIBRARY_BASE_URL": f"http://127.0.0.1:{upstream.server_port}"}
    server = StdioServerParameters(command=program, args=["stdio", "--api", "library"], env={**os.environ, **settings})
    async with Client(server, read_timeout_seconds=30) as client:
        tools = sorted(tool.name for tool in (await client.list_tools()).tools)
        assert len(tools) == 6, tools

        async def call(tool, failing=False, **arguments):
            result = await client.call_tool(tool, arguments)
            assert result.is_error == failing, f"{tool}: {result.structured_content}"
            return result.structured_content["error"] if failing else result.structured_content

        await story(call, upstream)


asyncio.run(main(sys.argv[1]))
