"""What people use this for, through the official Python client.

python stories.py MODE         MODE: auto, legacy or a revision without handshake such as 2026-07-28

Needs IRONCLAD_URL, TORII_URL (all tools) and READ_ONLY_URL (Ironclad, reading only). One line a check.
"""

import asyncio
import os
import sys
import traceback

from mcp import Client, MCPError

mode = sys.argv[1]


class Tools:
    """One MCP server; a call gives its structured content."""

    def __init__(self, client):
        self.client = client

    async def __call__(self, tool, **arguments):
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, f"{tool}: {result.structured_content}"
        return result.structured_content

    async def failure(self, tool, **arguments):
        result = await self.client.call_tool(tool, arguments)
        assert result.is_error, f"{tool}: {result.structured_content}"
        return result.structured_content["error"]

    async def all(self, tool, limit=7, **arguments):
        """Every item of a list, page by page."""
        items = []
        while True:
            page = await self(tool, limit=limit, **arguments)
            items += page["result"]
            if page["next_cursor"] is None:
                return items
            arguments["next_cursor"] = page["next_cursor"]


def sample(field):
    """A value that fits a field of a launch form."""
    options = (field.get("options") or {}).get("values")
    kind = field["type"]
    if kind == "array":
        return [options[0]] if options else []
    if options:
        return options[0]
    label = field.get("displayName", "")
    return {
        "email": "signer@initech.example",
        "date": "2027-01-31",
        "number": 12,
        "boolean": True,
        "monetaryAmount": {"currency": "USD", "amount": 1200.5},
        "duration": {"years": 1},
    }.get(kind, "Initech" if "Counterparty Name" in label else "As agreed")


async def launch(ironclad, name):
    """Finds a template, reads its form, launches it and polls until the workflow is there."""
    found = (await ironclad("list_all_ironclad_workflow_schemas", q=name))["result"]
    assert len(found) == 1, [template["name"] for template in found]
    form = await ironclad("get_single_ironclad_workflow_schema_by_id", id=found[0]["id"])
    attributes = {key: sample(field) for key, field in form["schema"].items() if field["required"] == "always"}
    attributes["counterpartyName"] = f"{name} Partner"
    state = await ironclad("create_a_ironclad_async_workflow", template=found[0]["id"], attributes=attributes)
    polls = 0
    while state.get("pending"):
        poll = state["poll"]
        state = await ironclad(poll["tool"], **poll["arguments"])
        polls += 1
        assert polls < 20, state
    assert polls > 1, "done without having been pending"
    workflow = await ironclad("get_single_ironclad_workflow_by_id", id=state["workflow"]["id"])
    assert workflow["attributes"]["counterpartyName"] == f"{name} Partner", workflow["attributes"]
    return workflow


async def launch_an_nda(ironclad, torii):
    workflow = await launch(ironclad, "Standard Mutual NDA")
    assert workflow["status"] == "active", workflow["status"]


async def track_a_vendor_agreement(ironclad, torii):
    workflow = await launch(ironclad, "Vendor Agreement")
    approvals = await ironclad("get_single_ironclad_workflow_approvals_by_id", id=workflow["id"])
    groups = approvals["approvalGroups"]
    waiting = [reviewer["displayName"] for group in groups for reviewer in group["reviewers"] if reviewer["status"] != "approved"]
    assert waiting, approvals
    under_way = await ironclad.all("list_all_ironclad_workflows", limit=40)
    assert workflow["id"] in [item["id"] for item in under_way], "the list knows the new workflow"


async def cancel_with_a_comment(ironclad, torii):
    workflow = await launch(ironclad, "Order Form")
    error = await ironclad.failure("ironclad_workflows_cancel", id=workflow["id"])
    assert error["kind"] == "invalid_arguments" and [fault["pointer"] for fault in error["faults"]] == ["/comment"], error
    await ironclad("ironclad_workflows_cancel", id=workflow["id"], comment="The customer has changed plans.")
    after = await ironclad("get_single_ironclad_workflow_by_id", id=workflow["id"])
    assert after["status"] == "cancelled", after["status"]


async def offboard_an_ironclad_user(ironclad, torii):
    def holders(workflow):
        return {person["email"] for role in workflow["roles"] for person in role["assignees"] if "email" in person}

    users = await ironclad.all("list_all_ironclad_users", limit=50)
    first = users[0]["userName"]
    workflows = await ironclad.all("list_all_ironclad_workflows", limit=50)
    active = [workflow for workflow in workflows if workflow["status"] == "active"]
    workflow, mail = next((one, mail) for one in active for mail in sorted(holders(one)) if mail != first)
    found = (await ironclad("list_all_ironclad_users", filter=f'userName eq "{mail}"'))["result"]
    assert [user["userName"] for user in found] == [mail], found
    gone = await ironclad("delete_a_ironclad_user_by_id", id=found[0]["id"])
    assert gone == {"ok": True, "status": 204}, gone
    assert (await ironclad("list_all_ironclad_users", filter=f'userName eq "{mail}"'))["result"] == []
    after = await ironclad("get_single_ironclad_workflow_by_id", id=workflow["id"])
    assert mail not in holders(after) and holders(after), "the work went to someone else"


async def audit_a_group(ironclad, torii):
    groups = await ironclad.all("list_all_ironclad_groups", limit=7)
    reviewers = next(group for group in groups if group["displayName"] == "Contract Reviewers")
    group = await ironclad("get_single_ironclad_group_by_id", id=reviewers["id"])
    users = {user["id"]: user for user in await ironclad.all("list_all_ironclad_users", limit=7)}
    members = [users[member["value"]]["userName"] for member in group["members"]]
    assert len(members) > 14 and len(set(members)) == len(members), members


async def close_open_apps_of_a_leaver(ironclad, torii):
    leavers = await torii.all("list_all_torii_users", limit=50, isDeletedInIdentitySources=True, lifecycleStatus="active")
    assert leavers, "somebody left and is still active"
    mail = leavers[0]["email"]
    [person] = (await torii("list_all_torii_users", email=mail))["result"]
    assert person["isDeletedInIdentitySources"] is True and person["lifecycleStatus"] == "active", person
    await torii("update_a_torii_user_by_id", id=person["id"], lifecycleStatus="offboarding")
    after = await torii("get_single_torii_user_by_id", id=person["id"])
    assert "offboarding" in str(after), after
    still_open = (await torii("list_all_torii_user_applications", id_user=person["id"], isUserRemovedFromApp=False))["result"]
    assert still_open and all(app["isUserRemovedFromApp"] is False for app in still_open), still_open


async def find_unowned_apps_with_contracts(ironclad, torii):
    apps = await torii.all("list_all_torii_apps", limit=50, fields=["id", "name", "category", "primaryOwner"])
    unowned_of = {}
    for app in apps:
        if not app.get("primaryOwner"):
            unowned_of.setdefault(app["category"], []).append(app["id"])
    contracts = await torii.all("list_all_torii_contracts", limit=7, fields=["id", "name", "idApp", "status"])
    covered = {contract["idApp"] for contract in contracts}
    category = next(name for name, ids in unowned_of.items() if covered & set(ids))
    asked = await torii.all("list_all_torii_apps", limit=7, where={"category": category}, fields=["id", "name", "category", "primaryOwner"])
    assert asked and all(app["category"] == category for app in asked), asked
    unowned = [app["id"] for app in asked if not app.get("primaryOwner")]
    assert sorted(unowned) == sorted(unowned_of[category])
    assert [contract["name"] for contract in contracts if contract["idApp"] in unowned]


async def read_only_means_read_only(ironclad, torii):
    async with Client(os.environ["READ_ONLY_URL"], mode=mode, read_timeout_seconds=30) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        assert names and all(name.startswith(("list_all_", "get_single_")) for name in names), names
        said = []
        for name in ["ironclad_workflows_cancel", "ironclad_workflows_cancex"]:
            try:
                await client.call_tool(name, {"id": "x", "comment": "y"})
                raise AssertionError(f"{name} can be called")
            except MCPError as error:
                said.append((error.error.code, error.error.message.replace(name, "…")))
        assert said[0] == said[1] and said[0][0] == -32602, said


STORIES = [
    launch_an_nda,
    track_a_vendor_agreement,
    cancel_with_a_comment,
    offboard_an_ironclad_user,
    audit_a_group,
    close_open_apps_of_a_leaver,
    find_unowned_apps_with_contracts,
    read_only_means_read_only,
]


async def main():
    failed = 0
    ironclad_client = Client(os.environ["IRONCLAD_URL"], mode=mode, read_timeout_seconds=30)
    torii_client = Client(os.environ["TORII_URL"], mode=mode, read_timeout_seconds=30)
    async with ironclad_client as ironclad, torii_client as torii:
        if mode not in ("auto", "legacy"):
            assert ironclad.protocol_version == mode, ironclad.protocol_version
        for story in STORIES:
            try:
                await story(Tools(ironclad), Tools(torii))
                print(f"ok python {mode}: {story.__name__}")
            except Exception:  # noqa: BLE001 - every story is run
                failed += 1
                print(f"not ok python {mode}: {story.__name__}")
                traceback.print_exc(file=sys.stdout)
    return failed


sys.exit(min(asyncio.run(main()), 1))
