"""Handshake, list and calls through fastmcp. Needs IRONCLAD_URL. One line a check."""

import asyncio
import os
import sys

from fastmcp import Client
from fastmcp.exceptions import ToolError


async def main():
    async with Client(os.environ["IRONCLAD_URL"]) as client:
        names = [tool.name for tool in await client.list_tools()]
        assert len(names) > 70 and "ironclad_workflows_cancel" in names, names
        print(f"ok fastmcp: lists {len(names)} tools")
        page = await client.call_tool("list_all_ironclad_workflows", {"limit": 3})
        assert len(page.structured_content["result"]) == 3, page
        print("ok fastmcp: calls a tool")
        try:
            await client.call_tool("ironclad_workflows_cancel", {"id": "x"})
            raise AssertionError("a call without its comment succeeds")
        except ToolError as error:
            assert "comment" in str(error), error
        print("ok fastmcp: sees a tool's error")


try:
    asyncio.run(main())
except Exception as error:  # noqa: BLE001 - told as a failed check
    print(f"not ok fastmcp: {error!r}")
    sys.exit(1)
