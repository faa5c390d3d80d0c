"""One Python client of the matrix: reads steps from stdin, answers each with a line.

python matrix.py mcp|fastmcp MODE         MODE: legacy or a revision without handshake such as 2026-07-28

A step is `{"url", "step", "bearer"?, "sign_in"?}`: `use` connects, lists and calls; `expire` lets the access token's time
be over; `tokens` tells what is kept. A browser is whatever BROWSER names.
"""

import asyncio
import json
import logging
import sys
import urllib.parse
import warnings
import webbrowser

import mcp
from kept import Storage
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

which, mode = sys.argv[1:]
if which == "fastmcp":  # It takes a second to be read.
    import fastmcp
    from fastmcp.client.auth import OAuth
TOOL = "list_all_torii_users"
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)


class Callback:
    """Where the browser comes back to, for a client that leaves that to the program around it."""

    async def begin(self):
        self.back = asyncio.get_running_loop().create_future()
        self.server = await asyncio.start_server(self.visited, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/callback"

    async def visited(self, reader, writer):
        line = (await reader.readline()).decode()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nBack")
        await writer.drain()
        writer.close()
        if line.startswith("GET /callback?") and not self.back.done():
            self.back.set_result(dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(line.split()[1]).query)))

    async def came_back(self):
        back = await self.back
        self.back = asyncio.get_running_loop().create_future()
        if "code" not in back:
            raise PermissionError(back["error"])
        return AuthorizationCodeResult(**back)


async def provider(url):
    if which == "fastmcp":
        return OAuth(url, client_name="fastmcp")
    callback = Callback()
    metadata = OAuthClientMetadata(client_name="mcp", redirect_uris=[await callback.begin()])

    async def opened(address):
        await asyncio.to_thread(webbrowser.open, address)

    return OAuthClientProvider(url, metadata, Storage(), opened, callback.came_back)


async def used(client):
    tools = await client.list_tools()
    return getattr(tools, "tools", tools), await client.call_tool(TOOL, {"limit": 2}), client.protocol_version


async def use(url, auth, bearer):
    if which == "fastmcp":
        async with fastmcp.Client(url, auth=auth or bearer, mode=mode) as client:
            return await used(client)
    headers = {"authorization": f"Bearer {bearer}"} if bearer else None
    async with create_mcp_http_client(headers=headers, auth=auth) as http:
        async with mcp.Client(streamable_http_client(url, http_client=http), mode=mode) as client:
            return await used(client)


async def step(kept, url, step, bearer=None, sign_in=False):
    if sign_in and url not in kept:
        kept[url] = await provider(url)
    auth = kept.get(url)
    if step == "use":
        tools, result, version = await use(url, auth, bearer)
        return {"tools": len(tools), "rows": len(result.structured_content["result"]), "version": version}
    context = auth.context
    if step == "expire":
        context.token_expiry_time = 1
        return {}
    tokens = context.current_tokens
    return {"access": tokens.access_token, "refresh": tokens.refresh_token, "client": context.client_info.client_id}


def told(error):
    """The first error that is no group of others."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"


async def main():
    kept = {}
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            async with asyncio.timeout(60):
                answer = await step(kept, **json.loads(line))
        except Exception as error:  # noqa: BLE001 - told as the client tells it
            answer = {"error": told(error)}
        print(json.dumps(answer), flush=True)


asyncio.run(main())
