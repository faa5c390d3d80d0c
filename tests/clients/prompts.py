"""What people paste as prompts, with the calls that a model makes for each, and what they cost.

python prompts.py COUNTER      COUNTER: a program that counts tokens, a number for each line (a JSON string) that it reads

Needs IRONCLAD_URL and TORII_URL (all tools). One line a check, then a table: calls, failed calls and tokens of arguments and
results, beside what the same jobs took before answers, arguments and defaults were made for models.
"""

import asyncio
import json
import os
import subprocess
import sys
import traceback

from mcp import Client


class Counted:
    """Two MCP servers as one agent uses them: every call is counted, what goes into the model is kept."""

    def __init__(self, ironclad, torii):
        self.clients = {"ironclad": ironclad, "torii": torii}
        self.calls, self.failed, self.texts = 0, 0, []

    async def __call__(self, api, tool, **arguments):
        result = await self.clients[api].call_tool(tool, arguments)
        self.calls += 1
        self.texts.append(json.dumps({"name": tool, "arguments": arguments}))
        self.texts += [block.text for block in result.content if block.type == "text"]
        if result.is_error:
            self.failed += 1
            print(f"   {tool} {arguments}: {result.structured_content}")
        return result.structured_content


async def launched(call, question, **values):
    """A workflow from the template that a question finds."""
    [template] = (await call("ironclad", "list_all_ironclad_workflow_schemas", search=question, fields="id,name"))["result"]
    form = await call("ironclad", "get_single_ironclad_workflow_schema_by_id", id=template["id"])
    attributes = {key: values[key] for key, field in form["schema"].items() if field["required"] == "always"}
    state = await call("ironclad", "create_a_ironclad_async_workflow", template=template["id"], attributes=attributes)
    while state.get("pending"):
        state = await call("ironclad", state["poll"]["tool"], **state["poll"]["arguments"])
    return state["workflow"]["id"]


async def nda(call):
    """Launch an NDA for Globex Corporation with a named contact."""
    assert await launched(
        call,
        "NDA",
        counterpartyName="Globex Corporation",
        counterpartySignerName="Hank Scorpio",
        counterpartySignerEmail="hank@globex.example",
        ndaType="Mutual",
        paperSource="Our paper",
    )


async def vendor_agreement(call):
    """Launch a vendor agreement for TechLogix and say where it stands."""
    workflow = await launched(
        call,
        "Vendor Agreement",
        counterpartyName="TechLogix",
        counterpartySignerName="Ada Byron",
        counterpartySignerEmail="ada@techlogix.example",
        serviceDescription="Servers",
        contractValue={"amount": 12000, "currency": "USD"},
        startDate="2027-01-31",
        personalData=False,
        paperSource="Our paper",
    )
    state = await call("ironclad", "get_single_ironclad_workflow_by_id", id=workflow, fields="title,step,status")
    assert state["status"] == "active", state


async def group_audit(call):
    """Members of a group with names, mails and whether they are active."""
    [group] = (await call("ironclad", "list_all_ironclad_groups", name="Signatories"))["result"]
    people = await call("ironclad", "list_all_ironclad_users", limit=200, fields="id,userName,name,active")
    members = {member["value"] for member in group["members"]}
    found = [person for person in people["result"] if person["id"] in members]
    assert len(found) == len(members) and people["next_cursor"] is None


async def last_in_review(call):
    """The last ten workflows in review, with dates and templates."""
    page = await call(
        "ironclad",
        "list_all_ironclad_workflows",
        filter="Equals([step],'Review')",
        limit=10,
        fields="id,title,template,step,created,lastUpdated",
    )
    assert page["result"] and all(row["step"] == "Review" for row in page["result"])


async def offboarding(call):
    """Somebody left: mark as offboarded, and list the apps that are still open."""
    [person] = (await call("torii", "list_all_torii_users", email="jonas.keller@acme.example"))["result"]
    assert person["isDeletedInIdentitySources"] and person["lifecycleStatus"] == "active", person
    await call("torii", "update_a_torii_user_by_id", user_id=person["id"], lifecycleStatus="offboarded")
    apps = await call("torii", "list_all_torii_user_applications", user_id=person["id"], isUserRemovedFromApp=False, fields="id,name")
    assert apps["result"]


async def shadow_it(call):
    """Apps of two categories without an owner, joined with their contracts."""
    apps = await call(
        "torii",
        "list_all_torii_apps",
        filters=[{"key": "category", "op": "anyOf", "value": ["Design", "Productivity"]}],
        fields="id,name,category,primaryOwner",
    )
    unowned = [app["id"] for app in apps["result"] if not app.get("primaryOwner")]
    contracts = await call("torii", "list_all_torii_contracts", fields="name,idApp,status")
    assert unowned and [contract for contract in contracts["result"] if contract["idApp"] in unowned]


async def contract(call):
    """Log a contract for an app, with start date and amount."""
    [app] = (await call("torii", "list_all_torii_apps", search="Figma", fields="id,name"))["result"]
    made = await call(
        "torii",
        "create_a_torii_contract",
        name="Figma Enterprise",
        idApp=app["id"],
        status="Active",
        startDate="2026-12-01",
        amount={"value": 500000, "currency": "USD"},
    )
    assert made["contract"]["status"] == "active", made


# Calls, failed calls and tokens of the same jobs before.
PROMPTS = {
    nda: (6, 0, 4_324),
    group_audit: (3, 0, 17_969),
    vendor_agreement: (8, 2, 4_135),
    offboarding: (6, 1, 932),
    shadow_it: (6, 2, 10_534),
    contract: (5, 3, 562),
    last_in_review: (7, 2, 26_502),
}


def tokens(texts):
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    counted = subprocess.run([sys.argv[1]], input=lines, capture_output=True, text=True, check=True)
    return sum(int(number) for number in counted.stdout.split())


async def main():
    broken, table, total, total_before = 0, [], 0, 0
    ironclad_client = Client(os.environ["IRONCLAD_URL"], read_timeout_seconds=30)
    torii_client = Client(os.environ["TORII_URL"], read_timeout_seconds=30)
    async with ironclad_client as ironclad, torii_client as torii:
        for prompt, (calls, failed, before) in PROMPTS.items():
            call = Counted(ironclad, torii)
            try:
                await prompt(call)
                assert call.failed == 0, f"{call.failed} calls failed"
                print(f"ok prompt: {prompt.__name__}")
            except Exception:  # noqa: BLE001 - every prompt is tried
                broken += 1
                print(f"not ok prompt: {prompt.__name__}")
                traceback.print_exc(file=sys.stdout)
            cost = tokens(call.texts)
            total, total_before = total + cost, total_before + before
            now = f"{call.calls} calls, {call.failed} failed, {cost:,} tokens"
            table.append(f"   {prompt.__name__:<18}{now:<38}before: {calls} calls, {failed} failed, {before:,} tokens")
    print("\n".join(table))
    cheap = 2 * total <= total_before
    print(f"{'ok' if cheap else 'not ok'} prompts: half the tokens in sum ({total:,} of {total_before:,})")
    return broken + (not cheap)


sys.exit(min(asyncio.run(main()), 1))
