//! The data an Ironclad tenant starts with.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::grants::Server;
use super::people::{Group, User};
use super::seed_records::COUNTERPARTIES;
use super::template::Template;
use super::tenant::Tenant;
use super::workflow::{Status, Step, Workflow};
use super::{launch, seed_records, seed_stories, table};
use crate::cast::{self, DEPARTMENTS, Person};
use crate::clock::{days_before, iso};
use crate::ids::Ids;
use crate::options::Options;

const WORKFLOWS: usize = 76;
/// A tenant as it starts.
pub(super) fn tenant(options: &Options, now: Timestamp) -> Tenant {
    let mut ids = Ids::new(options.seed);
    let users: Vec<User> = (0..cast::SHARED).map(|number| user(&mut ids, number, now)).collect();
    let groups = groups(&mut ids, &users);
    let templates = templates(&mut ids);
    let mut tenant = Tenant {
        token: options.ironclad_token.clone(),
        oauth: Server::new(options, table::scopes()),
        company: ids.hex24(),
        default_user: users[0].id.clone(),
        ids,
        users,
        groups,
        templates,
        workflows: Vec::new(),
        last_number: 0,
        jobs: Vec::new(),
        polls_until_done: options.async_polls_until_done,
        records: Vec::new(),
        record_files: BTreeMap::new(),
        url_jobs: Vec::new(),
        imports: Vec::new(),
        entities: Vec::new(),
        last_entity: 0,
        obligations: Vec::new(),
        last_obligation: 0,
        webhooks: Vec::new(),
        exports: Vec::new(),
    };
    seed_records::entities(&mut tenant, now);
    seed_records::records(&mut tenant, now);
    seed_records::obligations(&mut tenant, now);
    seed_records::webhooks(&mut tenant, now);
    workflows(&mut tenant, now);
    seed_stories::fill(&mut tenant, now);
    tenant
}

fn user(ids: &mut Ids, number: usize, now: Timestamp) -> User {
    let head =
        (number >= DEPARTMENTS.len()).then(|| cast::person(number % DEPARTMENTS.len()).email);
    let since = days_before(now, 900 - 7 * number as u64);
    User { department_head: head, ..account(ids, cast::person(number), since) }
}

/// A person's account, without anybody above them.
pub(super) fn account(ids: &mut Ids, person: Person, since: Timestamp) -> User {
    User {
        id: ids.hex24(),
        user_name: person.email,
        given: person.given.into(),
        family: person.family.into(),
        title: person.title.into(),
        department: person.department.into(),
        department_head: None,
        active: true,
        created: since,
        modified: since,
    }
}

/// A group for each department, and four that cut across.
fn groups(ids: &mut Ids, users: &[User]) -> Vec<Group> {
    let mut group = |display: &str, members: Vec<String>| Group {
        id: ids.hex24(),
        display: display.to_owned(),
        external_id: Some(format!("idp-{}", display.to_lowercase().replace([' ', '&'], "-"))),
        members,
    };
    let mut groups: Vec<Group> = DEPARTMENTS
        .iter()
        .map(|name| {
            group(
                name,
                users
                    .iter()
                    .filter(|user| user.department == *name)
                    .map(|user| user.id.clone())
                    .collect(),
            )
        })
        .collect();
    let every = |step: usize| -> Vec<String> {
        users.iter().step_by(step).map(|user| user.id.clone()).collect()
    };
    groups.push(group("All Staff", every(1)));
    groups.push(group("Contract Reviewers", every(2)));
    groups.push(group("Signatories", every(5)));
    groups.push(group("Administrators", every(16)));
    groups
}

pub(super) fn text(label: &str, required: &str) -> Value {
    json!({ "type": "string", "displayName": label, "required": required, "options": { "freeTextAllowed": true } })
}

fn choice(label: &str, required: &str, values: &[&str]) -> Value {
    json!({
        "type": "string", "displayName": label, "required": required,
        "options": { "freeTextAllowed": false, "values": values },
    })
}

pub(super) fn simple(kind: &str, label: &str, required: &str) -> Value {
    json!({ "type": kind, "displayName": label, "required": required })
}

fn files(label: &str, required: &str) -> Value {
    json!({ "type": "array", "displayName": label, "required": required, "elementType": { "type": "document" } })
}

fn link(kind: &str, label: &str) -> Value {
    let schema =
        json!({ "properties": { "type": "object", "displayName": "properties", "schema": {} } });
    json!({ "type": kind, "displayName": label, "required": "never", "schema": schema })
}

fn paper() -> [(&'static str, Value); 2] {
    [
        (
            "paperSource",
            choice("Whose paper is used", "always", &["Our paper", "Counterparty paper"]),
        ),
        ("draft", files("Paper of the counterparty", "conditional")),
    ]
}

pub(super) fn common(extra: Vec<(&str, Value)>) -> Map<String, Value> {
    let start = vec![
        ("counterpartyName", text("Counterparty Name", "always")),
        ("counterpartySignerName", text("Counterparty Signer Name", "always")),
        ("counterpartySignerEmail", simple("email", "Counterparty Signer Email", "always")),
    ];
    start.into_iter().chain(extra).map(|(id, field)| (id.to_owned(), field)).collect()
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn templates(ids: &mut Ids) -> Vec<Template> {
    let mut duration = simple("duration", "Term", "never");
    duration["default"] = json!({ "years": 1 });
    let amount = |label: &str, required: &str| simple("monetaryAmount", label, required);
    let nda = common(
        vec![
            (
                "ndaType",
                choice(
                    "Kind of NDA",
                    "always",
                    &["Mutual", "One-way, we disclose", "One-way, they disclose"],
                ),
            ),
            ("purpose", text("Purpose of the exchange", "never")),
            ("effectiveDate", simple("date", "Effective Date", "never")),
            ("term", duration.clone()),
        ]
        .into_iter()
        .chain(paper())
        .collect(),
    );
    let vendor = common(
        vec![
            ("vendorAddress", simple("address", "Vendor Address", "never")),
            ("serviceDescription", text("What the vendor supplies", "always")),
            ("contractValue", amount("Contract Value", "always")),
            ("startDate", simple("date", "Start Date", "always")),
            ("renewalType", choice("Renewal", "never", &["Auto-Renew", "Optional Extension", "None"])),
            ("personalData", simple("boolean", "Does the vendor process personal data", "always")),
            (
                "costCenters",
                json!({
                    "type": "array", "displayName": "Cost Centers", "required": "never", "elementType": { "type": "string" },
                    "options": { "freeTextAllowed": false, "values": ["Operations", "Research", "Sales", "Administration"] },
                }),
            ),
            ("vendorEntity", simple("reference", "Vendor Entity", "never")),
        ]
        .into_iter()
        .chain(paper())
        .collect(),
    );
    let msa = common(vec![
        (
            "governingLaw",
            choice(
                "Governing Law",
                "always",
                &["California", "New York", "England and Wales", "Germany"],
            ),
        ),
        ("liabilityCap", amount("Liability Cap", "never")),
        ("paymentDays", simple("number", "Payment within Days", "never")),
        ("term", duration.clone()),
        ("relatedRecord", link("linkedRecord", "Related Record")),
    ]);
    let row = json!({ "type": "object", "required": "never", "default": [{}], "schema": {
        "milestone": text("Milestone", "never"), "dueDate": simple("date", "Due", "never"),
        "fee": simple("monetaryAmount", "Fee", "never"), "days": simple("number", "Days", "never"),
    }});
    let work = common(vec![
        ("parentAgreement", link("parentRecord", "Master Agreement")),
        (
            "milestones",
            json!({ "type": "array", "displayName": "Milestones", "required": "never", "default": [{}], "elementType": row }),
        ),
        ("totalFee", amount("Total Fee", "always")),
    ]);
    let order = common(vec![
        ("product", choice("Product", "always", &["Arm R1", "Arm R2", "Vision Kit"])),
        ("seats", simple("number", "Quantity", "always")),
        ("price", amount("Price", "always")),
        ("deliveryDate", simple("date", "Delivery Date", "never")),
    ]);
    let privacy = common(vec![
        (
            "dataCategories",
            json!({
                "type": "array", "displayName": "Categories of data", "required": "always", "elementType": { "type": "string" },
                "options": { "freeTextAllowed": false, "values": ["Contact data", "Usage data", "Payment data", "Health data"] },
            }),
        ),
        ("transfersAbroad", simple("boolean", "Transfers to third countries", "never")),
    ]);
    let mut template = |name: &str,
                        record_type: &str,
                        approvers: Vec<(&'static str, &'static str)>,
                        form: Map<String, Value>| Template {
        id: ids.hex24(),
        name: name.to_owned(),
        form,
        approvers,
        record_type: record_type.to_owned(),
    };
    vec![
        template("Non-Disclosure Agreement (NDA)", "nda", vec![("Legal", "Legal")], nda),
        template(
            "Vendor Agreement",
            "vendorAgreement",
            vec![("Procurement", "Procurement"), ("Finance", "Finance"), ("Legal", "Legal")],
            vendor,
        ),
        template(
            "Master Services Agreement (MSA)",
            "masterServicesAgreement",
            vec![("Legal", "Legal"), ("Finance", "Finance")],
            msa,
        ),
        template("Statement of Work", "statementOfWork", vec![("Finance", "Finance")], work),
        template(
            "Order Form",
            "orderForm",
            vec![("Sales", "Sales"), ("Finance", "Finance")],
            order,
        ),
        template(
            "Data Processing Agreement",
            "contract",
            vec![("Security", "IT & Security"), ("Legal", "Legal")],
            privacy,
        ),
        template(
            "Every Field Type",
            "everyFieldType",
            vec![("Legal", "Legal")],
            every_field_type(),
        ),
    ]
}

fn every_field_type() -> Map<String, Value> {
    let mut duration = simple("duration", "Duration", "never");
    duration["default"] = json!({ "days": 0, "months": 0 });
    let row = json!({ "type": "object", "required": "never", "default": [{}], "schema": {
        "tableTextField": text("Table Text Field", "never"), "tableDateField": simple("date", "Table Date Field", "never"),
        "tableEmailField": simple("email", "Table Email Field", "never"),
        "tableNumberField": simple("number", "Table Number Field", "never"),
    }});
    let fields = vec![
        ("counterpartyName", text("Counterparty Name", "always")),
        (
            "role8b6358fbf5c841b99fa1a0d4e23c6000",
            simple("email", "Counterparty Signer Email", "always"),
        ),
        ("role5e0c77a5518a4d7e92f4d3c0b1a29000", text("Counterparty Signer Name", "always")),
        ("shortText", text("Short Text", "never")),
        ("singleSelect", choice("Single Select", "never", &["Option 1", "Option 2", "Option 3"])),
        (
            "multiSelect",
            json!({
                "type": "array", "displayName": "Multi Select", "required": "never", "elementType": { "type": "string" },
                "options": { "freeTextAllowed": false, "values": ["A", "B", "C"] },
            }),
        ),
        ("yesNo", simple("boolean", "Yes / No", "never")),
        ("contactEmail", simple("email", "Email", "never")),
        ("address", simple("address", "Address", "never")),
        ("number", simple("number", "Number", "never")),
        ("monetaryAmount", simple("monetaryAmount", "Monetary Amount", "never")),
        ("date", simple("date", "Date", "never")),
        ("duration", duration),
        ("fileAttachment", files("File Attachment", "never")),
        ("relatedRecord", link("linkedRecord", "Related Record")),
        ("parentRecord", link("parentRecord", "Parent Record")),
        ("childRecord", link("childRecord", "Child Record")),
        (
            "table",
            json!({ "type": "array", "displayName": "Table", "required": "never", "default": [{}], "elementType": row }),
        ),
    ];
    fields.into_iter().map(|(id, field)| (id.to_owned(), field)).collect()
}

fn workflows(tenant: &mut Tenant, now: Timestamp) {
    for number in 0..WORKFLOWS {
        let template = tenant.templates[number % tenant.templates.len()].clone();
        let creator = tenant.users[(number * 5 + 3) % tenant.users.len()].id.clone();
        let counterparty = COUNTERPARTIES[number % COUNTERPARTIES.len()];
        let at = days_before(now, (WORKFLOWS - number) as u64 * 3);
        let index = launched(tenant, &template, counterparty, &creator, at);
        advance(tenant, index, number, at);
    }
}

/// Launches a workflow with a value for each field that must have one, and gives its place.
pub(super) fn launched(
    tenant: &mut Tenant,
    template: &Template,
    counterparty: &str,
    creator: &str,
    at: Timestamp,
) -> usize {
    let attributes = template
        .form
        .iter()
        .filter(|(_, field)| field["required"] == "always")
        .map(|(id, field)| (id.clone(), sample(field, counterparty, at)))
        .collect();
    launch::create(tenant, template, attributes, Vec::new(), creator, at)
}

/// Gives every approval, so that a workflow goes on to signing.
pub(super) fn approve(workflow: &mut Workflow, by: &str, at: Timestamp) {
    for approval in &mut workflow.approvals {
        approval.given = Some((by.to_owned(), at));
    }
    workflow.step = Step::Sign;
}

/// Brings a seeded workflow to its stage: two of seven are still in review.
fn advance(tenant: &mut Tenant, index: usize, number: usize, at: Timestamp) {
    let legal = tenant.users[0].id.clone();
    let author = tenant.author(&legal);
    let comment = json!({
        "id": tenant.ids.uuid(), "commentMessage": "Please have a look at the liability clause.", "timestamp": iso(at),
        "isExternal": false, "author": author, "mentionedUserDetails": [], "addedParticipants": [], "reactions": [],
    });
    let mail = mail(tenant, index, at);
    let workflow = &mut tenant.workflows[index];
    if number.is_multiple_of(2) {
        workflow.comments.push(comment);
        workflow.emails.push(mail);
    }
    let stage = number % 7;
    if stage == 4 {
        workflow.status = Status::Paused;
    } else if stage == 5 {
        workflow.status = Status::Cancelled;
    } else if matches!(stage, 2 | 3 | 6) {
        approve(workflow, &legal, at);
        if stage == 6 {
            workflow.step = Step::Complete;
            workflow.status = Status::Completed;
            workflow.signing.status = "complete";
            for signer in &mut workflow.signing.signers {
                signer.status = "signed";
            }
            tenant.record_from_workflow(index, at);
        }
    }
}

fn mail(tenant: &mut Tenant, index: usize, at: Timestamp) -> Value {
    let (thread, attachment) = (tenant.ids.nano(), tenant.ids.nano());
    let workflow = &tenant.workflows[index];
    let download = format!(
        "/public/api/v1/workflows/{}/emails/{thread}/attachments/{attachment}",
        workflow.id
    );
    json!({
        "type": "inboundEmail", "id": tenant.ids.clone().uuid(), "emailThreadId": thread, "timestamp": iso(at),
        "author": {
            "type": "externalUser", "companyName": "Counterparty", "displayName": workflow.signing.signers[0].name,
            "email": workflow.signing.signers[0].email,
        },
        "subject": format!("Re: {}", workflow.title), "body": "Our remarks are attached.",
        "attachments": [{ "filename": "remarks.txt", "download": download, "content-type": "text/plain" }],
    })
}

/// A value that fits a field.
fn sample(field: &Value, counterparty: &str, at: Timestamp) -> Value {
    let label = field["displayName"].as_str().unwrap_or("");
    let host = counterparty.to_lowercase().replace(' ', "");
    match field["type"].as_str() {
        Some("email") => format!("signer@{host}.example").into(),
        Some("number") => 12.into(),
        Some("boolean") => true.into(),
        Some("date") => iso(at).into(),
        Some("monetaryAmount") => json!({ "currency": "USD", "amount": 24000 }),
        Some("array") => json!([field["options"]["values"][0]]),
        _ if field["options"]["values"].is_array() => field["options"]["values"][0].clone(),
        _ if label.contains("Signer Name") => format!("Signer of {counterparty}").into(),
        _ if label.contains("Counterparty") => counterparty.into(),
        _ => "As agreed".into(),
    }
}
