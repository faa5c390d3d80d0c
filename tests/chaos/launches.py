"""Launches: a tenant's list of templates that is slow, fails or is hostile, and files that cannot be sent."""

import base64
import json
import random
import re
import threading
import time

from costs import Place
from harness import answer, call, gate, mcp, row, until

LIST = r"/public/api/v1/workflow-schemas"
LAUNCHING = "ironclad_launch_"
FORM = {"party": {"type": "string", "required": "never"}, "draft": {"type": "array", "elementType": {"type": "document"}}}


def names(place):
    status, body = mcp(place.server["url"], "tools/list")
    assert status == 200, body
    return [tool["name"] for tool in body["result"]["tools"]]


def launching(place):
    return [name for name in names(place) if name.startswith(LAUNCHING)]


def template(id, label):
    return {"id": id, "name": label, "permissions": ["launch"], "schema": FORM}


@row(10, "a list of templates that does not come costs no other tool anything, and lists of tools little")
def a_mute_list_of_templates():
    opened = threading.Event()
    with Place("ironclad", dynamic_tools=True) as place:
        place.vendor.on("GET", LIST, gate(opened, {"list": [template("a", "NDA")]}))
        place.vendor.on("GET", r"/scim/v2/Users", lambda _: answer({"Resources": [], "totalResults": 0}))
        begun = time.monotonic()
        assert not call(place.server["url"], "list_all_ironclad_users", {"limit": 1}).get("isError")
        other = time.monotonic() - begun
        assert other < 1, f"another tool waited {other:.1f} s"
        begun = time.monotonic()
        assert not launching(place)
        listed = time.monotonic() - begun
        assert listed < 5, f"a list of tools waited {listed:.1f} s"
        opened.set()
        until(lambda: launching(place), what="the tools of templates are listed")
        return f"another tool {other * 1000:.0f} ms, a list {listed:.1f} s"


@row(10, "a list of templates that fails is left alone for a while, and what was told before stays")
def a_failing_list_of_templates():
    with Place("ironclad", dynamic_tools=True) as place:
        place.vendor.on("GET", LIST, lambda _: answer({"message": "no"}, 500))
        asked = lambda: len([request for request in place.vendor.requests if re.fullmatch(LIST, request.path)])
        for _ in range(20):
            assert not launching(place)
        assert asked() == 1, f"asked {asked()} times"
        return "20 lists, 1 question"


@row(10, "templates of any name, id and order are tools of their own, each under one name for good")
def hostile_lists_of_templates():
    chance = random.Random(11)
    labels = ["", "NDA", "nda", "\u202eADN", "عقد", "契約", "🎉", "x" * 300, "\u0000", "../..", "a" * 100_000]
    templates = [template(chance.choice(["", "a", "é/?#", "🎉" * 50, "i" * 5_000]) + str(n), chance.choice(labels)) for n in range(300)]
    told = []
    for turn in range(3):
        with Place("ironclad", dynamic_tools=True) as place:
            chance.shuffle(templates)
            odd = [{"id": 7, "name": "x", "schema": {}}, {"id": "y", "schema": []}, None, "text", {"name": "no id", "schema": {}}]
            place.vendor.on("GET", LIST, lambda _: answer({"list": templates + odd}))
            found = launching(place)
            assert len(set(found)) == len(found) == len(templates), f"{len(found)} of {len(templates)}"
            assert all(re.fullmatch(r"[a-z0-9_]{1,48}", name) for name in found), found
            told.append(found)
            assert "panicked" not in place.program.log()
    assert told[0] == told[1] == told[2], "names depend on the order"
    return f"{len(templates)} templates, 3 orders"


@row(10, "files of a launch that are too large, no base64 or nowhere are named, and nothing is sent")
def files_that_cannot_be_launched():
    file = lambda content: {"name": "a.pdf", "content_base64": content}
    large = base64.b64encode(b"x" * (9 << 20)).decode()
    cases = [
        ([file("YQ=")], "content_base64"), ([file(large)], "content_base64"), ([file("é")], "content_base64"),
        ([{"url": "nowhere"}], "/0"), ([{"url": "file:///etc/passwd"}], "/0"), ([{"name": "a"}], "/0"),
        ([{**file("YQ=="), "content_type": "a/b\r\nx: y"}], "content_type"),
    ]  # fmt: skip
    with Place("ironclad", dynamic_tools=True) as place:
        place.vendor.on("GET", LIST, lambda _: answer({"list": [template("t", "NDA")]}))
        place.vendor.on("GET", LIST + "/.*", lambda _: answer(template("t", "NDA")))
        own = launching(place)[0]
        for draft, where in cases:
            values = {"draft": draft}
            whole = {"template": "t", "attributes": values}
            for tool, arguments in [(own, values), ("create_a_ironclad_workflow", whole), ("create_a_ironclad_async_workflow", whole)]:
                result = call(place.server["url"], tool, arguments)
                error = json.loads(result["content"][0]["text"])["error"]
                pointers = [fault["pointer"] for fault in error["faults"]]
                assert error["kind"] == "invalid_arguments" and pointers and all(where in pointer for pointer in pointers), f"{tool}: {error}"
        assert not [request for request in place.vendor.requests if request.method == "POST"]
        # A private address is the vendor's to fetch, and never ours.
        mixed = {"template": "t", "attributes": {"draft": [file("YQ=="), {"url": "http://127.0.0.1:1/a.pdf"}]}}
        place.vendor.on("POST", r"/public/api/v1/workflows", lambda _: answer({"id": "w"}))
        call(place.server["url"], "create_a_ironclad_workflow", mixed)
        (sent,) = [request for request in place.vendor.requests if request.method == "POST"]
        assert b'"url":"http://127.0.0.1:1/a.pdf"' in sent.body and b'filename="a.pdf"' in sent.body, sent.body[:500]
        return f"{len(cases)} files, 3 tools"
