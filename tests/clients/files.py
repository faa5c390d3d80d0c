"""Files as models see them, through the official Python client and fastmcp: some hosts hand on `content` alone, others
`structuredContent` where there is one, and either has to be enough.

python files.py MODE           MODE: auto, legacy, a revision without handshake such as 2026-07-28, or fastmcp

Needs IRONCLAD_URL. One line a check.
"""

import asyncio
import base64
import json
import os
import sys
import traceback

mode = sys.argv[1]


def client():
    if mode == "fastmcp":
        from fastmcp import Client

        return Client(os.environ["IRONCLAD_URL"])
    from mcp import Client

    return Client(os.environ["IRONCLAD_URL"], mode=mode, read_timeout_seconds=30)


async def both(client, tool, **arguments):
    """What a host has that keeps one of the two, and what else stands in `content`."""
    result = await client.call_tool(tool, arguments)
    first, *others = result.content
    assert json.loads(first.text) == result.structured_content, result
    return result.structured_content, others


async def a_key_is_text(client):
    key, others = await both(client, "get_single_ironclad_webhook_verification_key")
    assert key["text"].startswith("-----BEGIN ") and key["size"] == len(key["text"]), key
    assert key["name"] and key["content_type"] == "application/x-pem-file" and not others, key


async def an_export_is_text_with_name_and_type(client):
    for wanted, media in [("CSV", "text/csv"), ("JSON", "application/json")]:
        job, _ = await both(client, "create_a_ironclad_export", exportType="workflow_activities", exportFormat=wanted)
        while (await both(client, "get_single_ironclad_export_by_id", id=job["jobId"]))[0].get("pending"):
            pass
        export, others = await both(client, "ironclad_exports_download", id=job["jobId"])
        assert export["name"].endswith(f".{wanted.lower()}") and export["content_type"] == media and not others, export
        rows = json.loads(export["text"]) if wanted == "JSON" else export["text"].splitlines()
        assert len(rows) > 5, export


async def bytes_have_name_type_and_size_in_both(client):
    sheet, others = await both(client, "ironclad_records_export")
    [block] = others
    assert len(base64.b64decode(block.resource.blob)) == sheet["size"] > 0, sheet
    media = getattr(block.resource, "mime_type", None) or block.resource.mimeType
    assert media == sheet["content_type"] and sheet["name"].endswith(".xlsx"), sheet


async def main():
    failed = 0
    async with client() as opened:
        for check in [a_key_is_text, an_export_is_text_with_name_and_type, bytes_have_name_type_and_size_in_both]:
            try:
                await check(opened)
                print(f"ok python {mode}: {check.__name__}")
            except Exception:  # noqa: BLE001 - every check is run
                failed += 1
                print(f"not ok python {mode}: {check.__name__}")
                traceback.print_exc(file=sys.stdout)
    return failed


sys.exit(min(asyncio.run(main()), 1))
