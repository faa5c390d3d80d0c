"""The program as a command of a desktop client, over standard input and output.

python stdio_client.py MODE COMMAND ARGUMENT…       Needs TOOL: the tool to call. One line a check.
"""

import asyncio
import os
import sys

from mcp import Client, StdioServerParameters

mode, command = sys.argv[1], sys.argv[2:]


async def main():
    server = StdioServerParameters(command=command[0], args=command[1:], env=dict(os.environ))
    async with Client(server, mode=mode, read_timeout_seconds=30) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        assert os.environ["TOOL"] in names, names
        result = await client.call_tool(os.environ["TOOL"], {"limit": 2})
        assert not result.is_error and len(result.structured_content["result"]) == 2, result
        print(f"ok stdio {mode}: lists {len(names)} tools and calls one")


try:
    asyncio.run(main())
except Exception as error:  # noqa: BLE001 - told as a failed check
    print(f"not ok stdio {mode}: {error!r}")
    sys.exit(1)
