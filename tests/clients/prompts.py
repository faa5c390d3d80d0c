"""What people paste as prompts from published guides, with the calls that a model makes for each, and what they cost.

python prompts.py WAY COUNTER  WAY: plain, dynamic (each template is a tool) or discovery (the same, and tools are searched for)
                               COUNTER: a program that counts tokens, a number for each line (a JSON string) that it reads

Needs IRONCLAD_URL and TORII_URL (all tools), IRONCLAD_DYNAMIC_URL, IRONCLAD_DISCOVERY_URL and TORII_DISCOVERY_URL. One line a
check, then a table: calls, failed calls and tokens of arguments and results, beside what the same jobs took before answers,
arguments and defaults were made for models.
"""

import asyncio
import datetime
import json
import os
import subprocess
import sys
import traceback
from collections import Counter

from mcp import Client

NDA = "Standard Mutual NDA"
NOW = datetime.datetime.now(datetime.timezone.utc)


class Agent:
    """Two MCP servers as one model uses them: every call is counted, what goes into the model is kept."""

    def __init__(self, way, clients, listed, plain):
        self.way, self.clients, self.listed, self.plain = way, clients, listed, plain
        self.calls, self.failed, self.texts, self.said, self.known = 0, 0, [], [], set()

    async def __call__(self, api, tool, ask=None, **arguments):
        """Calls a tool; `ask` is what a model searches with when it does not know the tool yet."""
        if self.way == "discovery" and tool not in self.known:
            if ask:
                found = await self.search(api, ask)
                assert tool in [one["name"] for one in found], f"{ask!r} finds {[one['name'] for one in found]}, not {tool}"
            self.known.add(tool)
        if self.way == "discovery":
            reads = tool.startswith(("list_all_", "get_single_"))
            return await self.send(api, "call_read_tool" if reads else "call_write_tool", name=tool, arguments=arguments)
        return await self.send(api, tool, **arguments)

    async def search(self, api, ask):
        return (await self.send(api, "search_tools", query=ask))["result"]

    async def send(self, api, tool, **arguments):
        result = await self.clients[api].call_tool(tool, arguments)
        self.calls += 1
        self.texts.append(json.dumps({"name": tool, "arguments": arguments}))
        self.said = [block.text for block in result.content if block.type == "text"]
        self.texts += self.said
        if result.is_error:
            self.failed += 1
            print(f"   {tool} {arguments}: {result.structured_content}")
        return result.structured_content

    async def look(self, api, tool, **arguments):
        """What is so, for whoever judges: not counted."""
        return (await self.plain[api].call_tool(tool, arguments)).structured_content

    async def form(self, ask, name):
        """The template that somebody means, and what its form must have."""
        if self.way == "plain":
            schemas = "list_all_ironclad_workflow_schemas"
            found = (await self("ironclad", schemas, q=ask, fields="id,name"))["result"]
            [template] = [one["id"] for one in found if one["name"] == name]
            form = (await self("ironclad", "get_single_ironclad_workflow_schema_by_id", id=template))["schema"]
            return template, {key for key, field in form.items() if field["required"] == "always"}
        if self.way == "dynamic":
            [tool] = [tool for tool in self.listed["ironclad"].values() if tool.title == f"Launch {name}"]
            return tool.name, set(tool.input_schema["required"])
        found = await self.search("ironclad", f"launch {ask}")
        [tool] = [one["name"] for one in found if one["name"].startswith("ironclad_launch_") and f" {name} " in one["description"]]
        self.known.add(tool)
        schema = await self.send("ironclad", "get_tool_schema", name=tool)
        return tool, set(schema["inputSchema"]["required"])

    async def launch(self, template, values):
        """The workflow, once it is there."""
        if self.way == "plain":
            state = await self("ironclad", "create_a_ironclad_async_workflow", template=template, attributes=values)
        else:
            state = await self("ironclad", template, **values)
        polls = 0
        while state.get("pending"):
            state = await self("ironclad", state["poll"]["tool"], **state["poll"]["arguments"])
            polls += 1
            assert polls < 20, state
        return state


def age(text):
    return (NOW - datetime.datetime.fromisoformat(text)).total_seconds() / 86_400


def domain(mail):
    return mail.split("@")[1]


async def nda(agent):
    """Launch an NDA for Globex Corporation with a named contact, and report the id of the workflow."""
    template, required = await agent.form("NDA", NDA)
    contact = {"counterpartySignerName": "Hank Scorpio", "counterpartySignerEmail": "hank@globex.example"}
    values = {"counterpartyName": "Globex Corporation", **contact}
    assert required == set(values), required
    workflow = (await agent.launch(template, values))["workflow"]["id"]
    made = await agent.look("ironclad", "get_single_ironclad_workflow_by_id", id=workflow)
    assert made["title"] == f"{NDA} with Globex Corporation", made["title"]
    assert {key: made["attributes"][key] for key in values} == values, made["attributes"]


async def vendor_agreement(agent):
    """A new Vendor Agreement for TechLogix: which fields, launch, say when it is ready, a link to the draft."""
    template, required = await agent.form("a Vendor Agreement", "Vendor Agreement")
    values = {
        "counterpartyName": "TechLogix",
        "counterpartySignerName": "Ada Byron",
        "counterpartySignerEmail": "ada@techlogix.example",
        "serviceDescription": "Servers",
        "contractValue": {"amount": 12000, "currency": "USD"},
        "startDate": "2027-01-31",
        "personalData": False,
        "paperSource": "Our paper",
    }
    assert required == set(values), required
    state = await agent.launch(template, values)
    assert state["status"] == "success", state
    workflow = state["workflow"]["id"]
    ask = "read one workflow"
    state = await agent("ironclad", "get_single_ironclad_workflow_by_id", ask, id=workflow, fields="title,step,status,attributes.draft")
    assert (state["status"], state["step"]) == ("active", "Review"), state
    assert state["attributes"]["draft"][0]["filename"] == "Vendor Agreement with TechLogix.docx", state
    [link] = [text.split()[-1] for text in agent.said if "opens in the browser" in text]
    assert link.endswith(f"/workflow/{workflow}"), link
    page = await asyncio.to_thread(opened, link)
    assert "Vendor Agreement with TechLogix" in page and "Review" in page, page


def opened(link):
    import urllib.request

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(link, timeout=20) as answer:
        return answer.read().decode()


async def what_is_stuck(agent):
    """The last ten workflows in Review, with dates and templates; those of Acme Corp stuck for more than three days."""
    list_them, ask = "list_all_ironclad_workflows", "list workflows that are in Review"
    fields = "title,template,created,lastUpdated"
    page = await agent("ironclad", list_them, ask, filter="Equals([step],'Review')", limit=10, fields=fields)
    templates = await agent("ironclad", "list_all_ironclad_workflow_schemas", "list workflow templates", fields="id,name")
    names = {template["id"]: template["name"] for template in templates["result"]}
    all_of_them = await agent.look("ironclad", list_them, filter="Equals([step],'Review')", limit=100, fields=fields)
    newest = sorted((row["created"] for row in all_of_them["result"]), reverse=True)[:10]
    assert [row["created"] for row in page["result"]] == newest, page
    assert all(row["title"].startswith(names[row["template"]]) for row in page["result"]), page
    wanted = "And(Equals([counterpartyName],'Acme Corp'),Equals([step],'Review'))"
    acme = (await agent("ironclad", list_them, filter=wanted, fields="title,lastUpdated"))["result"]
    stuck = {row["title"] for row in acme if age(row["lastUpdated"]) > 3}
    kinds = {"Master Services Agreement (MSA)", NDA, "Order Form"}
    assert stuck == {f"{kind} with Acme Corp" for kind in kinds} and len(acme) > len(stuck), acme


async def cancel(agent):
    """Cancel a workflow with a stated reason."""
    list_them, wanted = "list_all_ironclad_workflows", "Equals([counterpartyName],'Wonka Packaging')"
    found = (await agent("ironclad", list_them, "find a workflow by its counterparty", filter=wanted, fields="id,title"))["result"]
    workflow = next(row["id"] for row in found if row["title"].startswith("Master Services Agreement"))
    reason = "The counterparty has withdrawn."
    await agent("ironclad", "ironclad_workflows_cancel", "cancel a workflow", id=workflow, comment=reason)
    after = await agent.look("ironclad", "get_single_ironclad_workflow_by_id", id=workflow, fields="status")
    comments = await agent.look("ironclad", "list_all_ironclad_workflow_comments", id=workflow)
    assert after["status"] == "cancelled" and reason in str(comments), (after, comments)


async def offboarding_in_ironclad(agent):
    """Sarah Jenkins left today: remove her access, and confirm that pending contracts go to the default user of the admins."""
    wanted = 'name.familyName eq "Jenkins"'
    users = await agent("ironclad", "list_all_ironclad_users", "find a user by name", filter=wanted, fields="id,userName,name")
    [sarah] = users["result"]
    assert sarah["name"]["givenName"] == "Sarah", sarah
    rows = await agent("ironclad", "list_all_ironclad_workflows", "list open workflows", limit=100, fields="id,creator.id")
    hers = [row["id"] for row in rows["result"] if row["creator"]["id"] == sarah["id"]]
    assert len(hers) >= 3 and rows["next_cursor"] is None, rows
    gone = await agent("ironclad", "delete_a_ironclad_user_by_id", "remove a user", id=sarah["id"])
    assert gone == {"ok": True, "status": 204}, gone
    groups = await agent("ironclad", "list_all_ironclad_groups", "find a group", name="Administrators", fields="members")
    admins = {member["value"] for member in groups["result"][0]["members"]}
    for workflow in hers:
        read = "get_single_ironclad_workflow_by_id"
        roles = (await agent("ironclad", read, "read one workflow", id=workflow, fields="roles"))["roles"]
        owners = {person["userId"] for role in roles if role["id"] == "owner" for person in role["assignees"]}
        assert owners and owners <= admins and sarah["id"] not in str(roles), roles
    users = await agent("ironclad", "list_all_ironclad_users", filter=wanted, fields="id")
    assert users["result"] == [], users


async def group_audit(agent):
    """Members of two groups with names, mails and whether they are active; domains of contractors with active accounts."""
    members = {}
    for name in ["Executive Approvers", "Legal Approvers"]:
        groups = await agent("ironclad", "list_all_ironclad_groups", "members of a group", name=name, fields="displayName,members")
        [group] = groups["result"]
        members[name] = {member["value"] for member in group["members"]}
    fields = "id,userName,name,active"
    people = await agent("ironclad", "list_all_ironclad_users", "list users with mail and active", limit=200, fields=fields)
    assert people["next_cursor"] is None, "there are more of them"
    found = {name: [user for user in people["result"] if user["id"] in ids] for name, ids in members.items()}
    assert {name: len(users) for name, users in found.items()} == {name: len(ids) for name, ids in members.items()}
    inactive = {name: sorted(user["userName"].split("@")[0] for user in users if not user["active"]) for name, users in found.items()}
    assert inactive == {"Executive Approvers": ["carla.mendes", "helen.brooks"], "Legal Approvers": ["lena.fischer", "paul.whitaker"]}
    [(own, _)] = Counter(domain(user["userName"]) for user in people["result"]).most_common(1)
    outside = {domain(user["userName"]) for users in found.values() for user in users if user["active"]} - {own}
    assert outside == {"northgate-advisors.example", "stone-legal.example"}, outside


async def deleted_but_active(agent):
    """All users of Torii who are active, yet deleted in the identity source."""
    wanted = {"isDeletedInIdentitySources": True, "lifecycleStatus": "active"}
    users = await agent("torii", "list_all_torii_users", "users deleted in the identity source but active", fields="email", **wanted)
    found = {user["email"] for user in users["result"]}
    everybody = await agent.look("torii", "list_all_torii_users", limit=1000, fields="email,lifecycleStatus,isDeletedInIdentitySources")
    assert everybody["next_cursor"] is None
    assert len(found) > 3 and found == {user["email"] for user in everybody["result"] if wanted.items() <= user.items()}, found


async def offboarding(agent):
    """alex.chen@company.com is deleted in the identity source: mark as offboarded, and list the apps still open."""
    users = await agent("torii", "list_all_torii_users", "find a user by mail", email="alex.chen@company.com")
    [person] = users["result"]
    assert person["isDeletedInIdentitySources"] and person["lifecycleStatus"] == "active", person
    update = "update_a_torii_user_by_id"
    await agent("torii", update, "set the lifecycle status of a user", id=person["id"], lifecycleStatus="offboarded")
    still, ask = "list_all_torii_user_applications", "apps of a user"
    apps = (await agent("torii", still, ask, id_user=person["id"], isUserRemovedFromApp=False, fields="name"))["result"]
    assert {app["name"] for app in apps} == {"Slack", "Figma", "GitHub", "Dropbox", "WeTransfer"}, apps
    after = await agent.look("torii", "get_single_torii_user_by_id", id=person["id"])
    assert after["user"]["lifecycleStatus"] == "offboarded", after


async def shadow_it(agent):
    """Active apps for sharing or keeping files without a primary owner, joined with their contracts."""
    unowned = [
        {"key": "category", "op": "anyOf", "value": ["File Sharing", "Cloud Storage"]},
        {"key": "primaryOwner", "op": "isNotSet"},
    ]
    apps = await agent("torii", "list_all_torii_apps", "apps of a category without owner", filters=unowned, fields="id,name,state")
    active = {app["id"]: app["name"] for app in apps["result"] if app["state"] != "Closed"}
    assert set(active.values()) == {"WeTransfer", "Egnyte", "Wasabi", "pCloud"}, apps
    of_these = [{"key": "idApp", "op": "anyOf", "value": list(active)}]
    contracts = await agent("torii", "list_all_torii_contracts", "list contracts of apps", filters=of_these, fields="name,idApp,status")
    joined = {active[contract["idApp"]]: contract["status"] for contract in contracts["result"]}
    assert joined == {"Egnyte": "active", "Wasabi": "active"}, contracts


async def contract(agent):
    """Log the contract "Figma Enterprise" for an app, from today on, with an amount."""
    [app] = (await agent("torii", "list_all_torii_apps", "find an app by name", search="Figma", fields="id,name"))["result"]
    made = await agent(
        "torii",
        "create_a_torii_contract",
        "add a contract",
        name="Figma Enterprise",
        idApp=app["id"],
        status="Active",
        startDate=NOW.isoformat(timespec="seconds"),
        amount={"value": 500000, "currency": "USD"},
    )
    fields = "name,idApp,status,amount,currency,startDate"
    kept = await agent.look("torii", "get_single_torii_contract_by_id", id=made["contract"]["id"], fields=fields)
    kept = kept["contract"]
    assert kept["startDate"].startswith(NOW.date().isoformat()), kept
    terms = {key: kept[key] for key in ("name", "idApp", "status", "amount", "currency")}
    assert terms == {"name": "Figma Enterprise", "idApp": app["id"], "status": "active", "amount": 500000, "currency": "USD"}


async def audit_logs(agent):
    """The latest administrative actions on amounts or states of contracts: who did what."""
    fields = "performedByEmail,creationTime,type,properties"
    page = await agent("torii", "list_all_torii_audit_logs", "audit log of contracts", entity="contracts", limit=10, fields=fields)
    changes = [row for row in page["result"] if {"amount", "status"} & set(row["properties"].get("changes", {}))]
    who = Counter(row["performedByEmail"].split("@")[0] for row in changes)
    assert who == {"noah.okafor": 2, "hannah.weiss": 2, "maya.cohen": 1}, who
    assert max(age(row["creationTime"]) for row in changes[:2]) < 1, changes


# Calls, failed calls and tokens of the same jobs before. What has none was not asked for then. Whoever is looked for leaves last.
PROMPTS = {
    nda: (6, 0, 4_324),
    vendor_agreement: (8, 2, 4_135),
    what_is_stuck: (7, 2, 26_502),
    group_audit: (3, 0, 17_969),
    shadow_it: (6, 2, 10_534),
    contract: (5, 3, 562),
    deleted_but_active: None,
    offboarding: (6, 1, 932),
    audit_logs: None,
    cancel: None,
    offboarding_in_ironclad: None,
}

# What the guides have for ids, and the tool that has the real ones.
MADE_UP = [
    ("ironclad", "get_single_ironclad_workflow_by_id", {"id": "wf_394829"}, "list_all_ironclad_workflows"),
    ("ironclad", "ironclad_workflows_cancel", {"id": "wf_394829", "comment": "Not needed."}, "list_all_ironclad_workflows"),
    ("ironclad", "delete_a_ironclad_user_by_id", {"id": "usr_98765"}, "list_all_ironclad_users"),
    ("torii", "get_single_torii_user_by_id", {"id": "usr_98765"}, "list_all_torii_users"),
    ("torii", "list_all_torii_user_applications", {"id_user": "98765"}, "list_all_torii_users"),
    ("torii", "list_all_torii_application_users", {"id_app": "app_123"}, "list_all_torii_apps"),
    ("torii", "create_a_torii_contract", {"name": "Figma Enterprise", "idApp": "app_123", "status": "active"}, "list_all_torii_apps"),
]


async def made_up_ids(agent):
    """Ids of the guides are made up: the fault says where the real ones are."""
    for api, tool, arguments, where in MADE_UP:
        result = await agent.plain[api].call_tool(tool, arguments)
        told = json.dumps(result.structured_content)
        assert result.is_error and where in told, f"{tool} {arguments}: {told}"


def tokens(texts):
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    counted = subprocess.run([sys.argv[2]], input=lines, capture_output=True, text=True, check=True)
    return sum(int(number) for number in counted.stdout.split())


async def told(way, clients, plain):
    broken, table, total, total_before = 0, [], 0, 0
    listed = {api: {tool.name: tool for tool in (await client.list_tools()).tools} for api, client in clients.items()}
    for prompt, before in {**PROMPTS, made_up_ids: None}.items():
        agent = Agent(way, clients, listed, plain)
        try:
            await prompt(agent)
            assert agent.failed == 0, f"{agent.failed} calls failed"
            print(f"ok prompt {way}: {prompt.__name__}")
        except Exception:  # noqa: BLE001 - every prompt is tried
            broken += 1
            print(f"not ok prompt {way}: {prompt.__name__}")
            traceback.print_exc(file=sys.stdout)
        if not agent.calls:
            continue
        cost = tokens(agent.texts)
        line = f"{agent.calls} calls, {agent.failed} failed, {cost:,} tokens"
        if before:
            total, total_before = total + cost, total_before + before[2]
            line = f"{line:<38}before: {before[0]} calls, {before[1]} failed, {before[2]:,} tokens"
        table.append(f"   {prompt.__name__:<26}{line}")
    print("\n".join(table))
    cheap = 2 * total <= total_before
    print(f"{'ok' if cheap else 'not ok'} prompts {way}: half the tokens in sum ({total:,} of {total_before:,})")
    return broken + (not cheap)


async def main():
    way = sys.argv[1]

    def client(api, kind):
        return Client(os.environ[f"{api}_{kind}"], read_timeout_seconds=30)

    of_ironclad = {"plain": "URL", "dynamic": "DYNAMIC_URL", "discovery": "DISCOVERY_URL"}[way]
    of_torii = "DISCOVERY_URL" if way == "discovery" else "URL"
    async with (
        client("IRONCLAD", of_ironclad) as ironclad,
        client("TORII", of_torii) as torii,
        client("IRONCLAD", "URL") as plain_ironclad,
        client("TORII", "URL") as plain_torii,
    ):
        return await told(way, {"ironclad": ironclad, "torii": torii}, {"ironclad": plain_ironclad, "torii": plain_torii})


sys.exit(min(asyncio.run(main()), 1))
