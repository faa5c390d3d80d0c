"""What is answered to hostile input: never more than is stated (9), and never a panic (10)."""

import json
import re
import urllib.parse

from costs import *
from harness import *
from shapes import *


def faults_of(answered):
    """The error object of an answer, wherever it stands: of a problem, a tool result or JSON-RPC."""
    body = json.loads(answered.body)
    found = body.get("result", body)
    return found.get("structuredContent", {}).get("error") or body.get("error") or body


@row(9, "an answer to the largest request names 50 faults at most and counts the rest")
def refusals_are_bounded():
    largest = (0, "")
    only = TELLING if SHORT else None
    with Place() as place, Place("ironclad", dynamic_tools=True) as ironclad, Place(tool_exposure="discovery") as discovery:
        ceiling = place.costs(MESSAGE // 4).ceiling

        def refused(at, what, method, path, body):
            nonlocal largest
            answered = Caller(at.program).send(method, path, body)
            largest = max(largest, (answered.size, what))
            assert 0 < answered.status < 500, f"{what}: {answered.status}"
            assert answered.size <= ANSWER, f"{what}: {answered.size} bytes"
            assert answered.cpu <= ceiling, f"{what}: {answered.cpu:.2f} s of CPU, more than {ceiling:.2f} s"
            error = faults_of(answered) if answered.body else {}
            named = error.get("faults") or error.get("errors") or []
            assert len(named) <= 50, f"{what}: {len(named)} faults"
            return error, named

        # Ninety thousand unknown arguments: more than are named, fewer than are looked at.
        for at, tool in [
            (place, "create_a_torii_contract"),
            (place, "list_all_torii_users"),
            (ironclad, LAUNCH_NDA),
            (discovery, "search_tools"),
        ]:
            arguments = {Raw(keys(KEY * 90_000)): None}
            error, named = refused(at, tool, "POST", at.path, message("tools/call", {"name": tool, "arguments": arguments}))
            assert len(named) + error.get("more", 0) >= 90_000, f"{tool}: {len(named)} named, {error.get('more')} more"
            assert str(error["more"]) in error["message"], error["message"]
            # And as many as fit.
            error, named = refused(
                at, f"{tool}, 15 MB", "POST", at.path, message("tools/call", {"name": tool, "arguments": {Raw(keys(15_000_000)): None}})
            )
            assert error["kind"] == "invalid_arguments" and named, error
        for what, shape in hostile({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": METHODS["tools/call"]}, only=only):
            refused(place, what, "POST", place.path, shape(1_000_000 if SHORT else 15_000_000))
        for what, shape in hostile(METHODS["prompts/get"], only=only):
            refused(place, f"prompts/get, {what}", "POST", place.path, message("prompts/get", shape(1_000_000)))
        for route, body in BODIES.items():
            method, path = route.split(" ")
            for what, shape in hostile(body, only=only):
                error, named = refused(place, f"{route}, {what}", method, place.fill(path), shape(ADMIN_BODY * 9 // 10))
                if what.startswith("many keys") and "tools/{tool}" not in route:
                    assert named and error["more"] > 1000, f"{route}, {what}: {error}"
    return f"≤ {largest[0] // 1024} KB ({largest[1]})"


@row(9, "errors of a vendor are repeated as far as a result may go")
def vendor_errors_are_bounded():
    limit = 80_000
    with Place() as place:
        largest = 0
        for what, reply in {
            "long message": answer({"message": "é" * 3_000_000}, 400),
            "text": answer(b"x" * 3_000_000, 500, content_type="text/plain"),
            "long id": answer({"message": "no"}, 400, x_request_id="i" * 60_000),
            "many members": answer({f"k{n}": "v" * 50 for n in range(40_000)}),
            "long names": answer({"n" * 200_000 + str(n): 1 for n in range(10)}),
            "long type": answer(b"\x00\xff\xfe", content_type="x/" + "y" * 30_000),
            "deep": answer(b"[" * 1_000_000 + b"]" * 1_000_000),
        }.items():
            place.vendor.on("GET", r"/v1\.0/.*", lambda _: reply)
            for arguments in [{"id": 1}, {"id": 1, "fields": ["id"]}]:
                answered = Caller(place.program).send(
                    "POST", place.path, message("tools/call", {"name": "get_single_torii_user_by_id", "arguments": arguments})
                )
                largest = max(largest, answered.size)
                assert answered.status == 200 and answered.size <= 3 * limit + 4096, f"{what}: {answered.status}, {answered.size} bytes"
        return f"≤ {largest // 1024} KB"


@row(10, "templates with names and ids of any script are tools, each under a name of its own")
def launch_tools_of_any_script():
    with Place("ironclad", dynamic_tools=True) as place:
        status, body = mcp(place.server["url"], "tools/list")
        assert status == 200, body
        names = [tool["name"] for tool in body["result"]["tools"]]
        launches = [name for name in names if name.startswith("ironclad_launch_")]
        assert len(set(names)) == len(names) and len(launches) == len(LABELS), launches
        assert all(re.fullmatch(r"[a-z0-9_]{1,48}", name) for name in launches), launches
        for name in launches:
            assert call(place.server["url"], name, {"counterPartyname": "é"})["isError"], name
        assert "panicked" not in place.program.log()
        return f"{len(launches)} templates"


@row(10, "text of every script in every place of a request ends no answer in a panic")
def foreign_text_everywhere():
    scripts = [
        "é",
        "語",
        "🎉",
        "\u202e",
        "ﬁ",
        "İ",
        "\u0301",
        "\x7f",
        "%",
        "\\u0000",
        "2026-13-éé",
        "T",
        "=?base64?é?=",
        "a" * 199 + "é",
        "a" * 699 + "語",
    ]
    sent = 0
    with Place() as place, Place("ironclad", dynamic_tools=True) as ironclad:
        for text_of in scripts:
            raw_text = Raw(json.dumps(text_of, ensure_ascii=False) if "\\u" not in text_of else f'"{text_of}"')
            for at_place, tool, sample in [(place, tool, body) for tool, body in CALLS.items()] + [
                (ironclad, tool, body) for tool, body in IRONCLAD_CALLS.items()
            ]:
                for where in leaves(sample):
                    for value in (raw_text, Raw(f"[{raw_text.json}]")):
                        body = text({"name": tool, "arguments": at(sample, where, lambda _: value)})
                        answered = Caller(at_place.program).send("POST", at_place.path, message("tools/call", body))
                        assert answered.status in (200, 400), f"{tool} {where}: {answered.status}"
                        sent += 1
            quoted = urllib.parse.quote(text_of)
            for method, path, body in documented(place.program):
                if method == "GET":
                    found = place.fill(path)
                    for address in [
                        f"{found}?next_cursor={quoted}&since={quoted}",
                        f"{found}?{quoted}={quoted}",
                        f"{found[: found.rindex('/') + 1]}{quoted}",
                    ]:
                        answered = Caller(place.program).send(method, address)
                        assert answered.status < 500, f"{address}: {answered.status}"
                        sent += 1
        for at_place in (place, ironclad):
            assert "panicked" not in at_place.program.log()
    return f"{sent} requests"
