"""Sign-in in front of a server, through the official Python client's own OAuth: from a URL to tools, on, and out again.

python sign_in.py MODE         MODE: auto, legacy or a revision without handshake such as 2026-07-28

Needs GUARDED_URL (Torii, reading only, `auth: oauth`) and API_TOKEN, by which a person consents: the form of the page is
posted as a browser would. One line a check.
"""

import asyncio
import http.cookiejar
import os
import re
import sys
import traceback
import urllib.error
import urllib.parse
import urllib.request

from kept import Storage
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

mode, url, token = sys.argv[1], os.environ["GUARDED_URL"], os.environ["API_TOKEN"]
BACK = "http://127.0.0.1:4711/callback"


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Person:
    """Somebody with a browser, who lets clients in."""

    def __init__(self):
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.browser = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies, Stay)
        self.back, self.asked = {}, 0

    async def agree(self, address):
        self.asked += 1
        page = self.browser.open(address).read().decode()
        assert "name not verified" in page and "list_<wbr>" in page and token not in page, page
        form = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.split("/oauth/authorize")[1]))
        fields = {name: value.replace("&#38;", "&") for name, value in form.items()}
        posted = urllib.request.Request(address.split("?")[0], urllib.parse.urlencode({**fields, "token": token}).encode())
        posted.add_header("sec-fetch-site", "same-origin")
        try:
            raise AssertionError(self.browser.open(posted).read().decode())
        except urllib.error.HTTPError as redirect:
            assert redirect.code == 303, redirect.read().decode()
            target = redirect.headers["location"]
        assert target.startswith(f"{BACK}?"), target
        self.back = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(target).query))

    async def came_back(self):
        return AuthorizationCodeResult(**self.back)


def provider(person, storage):
    metadata = OAuthClientMetadata(client_name="Python", redirect_uris=[BACK])
    return OAuthClientProvider(url, metadata, storage, person.agree, person.came_back)


async def tools(auth):
    async with create_mcp_http_client(auth=auth) as http:
        async with Client(streamable_http_client(url, http_client=http), mode=mode) as client:
            listed = (await client.list_tools()).tools
            result = await client.call_tool("list_all_torii_users", {"limit": 2})
            assert not result.is_error and len(result.structured_content["result"]) == 2
            return listed


def refused_with(path, fields):
    request = urllib.request.Request(url.split("/mcp/")[0] + path, urllib.parse.urlencode(fields).encode())
    try:
        return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).status
    except urllib.error.HTTPError as refused:
        return refused.read().decode()


async def the_way_in_and_out():
    person, storage = Person(), Storage()
    auth = provider(person, storage)
    assert len(await tools(auth)) > 5 and person.asked == 1
    yield "registers, is let in by a person, lists and calls"
    first = storage.tokens
    await tools(provider(person, storage))
    assert person.asked == 1 and storage.tokens == first
    yield "comes back with the same access token"
    auth.context.token_expiry_time = 1
    await tools(auth)
    assert storage.tokens.access_token != first.access_token and storage.tokens.refresh_token != first.refresh_token
    assert person.asked == 1
    yield "gets a new access token when its time is over, without asking anybody"
    spent = {"grant_type": "refresh_token", "refresh_token": first.refresh_token, "client_id": storage.client.client_id}
    last = {"token": storage.tokens.refresh_token, "client_id": storage.client.client_id}
    assert refused_with("/oauth/revoke", last) == 200
    asked = person.asked
    await tools(provider(person, storage))
    assert person.asked == asked + 1
    assert "invalid_grant" in refused_with("/oauth/token", spent)
    yield "asks the person again when it was shut out"


async def main():
    steps = the_way_in_and_out()
    try:
        async for words in steps:
            print(f"ok python sign-in {mode}: {words}")
    except Exception:
        print(f"not ok python sign-in {mode}: {traceback.format_exc()}")
        sys.exit(1)


asyncio.run(main())
