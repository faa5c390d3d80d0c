//! What the prompts name that people paste from published guides. It comes behind everything else, so
//! that nothing else changes its place or its id.

use jiff::Timestamp;
use serde_json::json;

use super::people::Group;
use super::seed::{account, approve, common, launched, simple, text};
use super::template::Template;
use super::tenant::Tenant;
use super::workflow::Step;
use crate::cast::{self, Person};
use crate::clock::days_before;

/// Members of the two groups that nobody else knows: given name, family name, mail, title, whether
/// active. Two firms advise from outside. The vendor says that whom its API makes inactive is gone;
/// its document has the member all the same, and audits look for it.
const APPROVERS: [(&str, &str, &str, &str, bool); 9] = [
    ("Victoria", "Ashworth", "victoria.ashworth@acme.example", "Chief Executive Officer", true),
    ("Rafael", "Ortega", "rafael.ortega@acme.example", "Chief Financial Officer", true),
    ("Helen", "Brooks", "helen.brooks@acme.example", "Chief Operating Officer", false),
    ("Dmitri", "Volkov", "dmitri.volkov@northgate-advisors.example", "Interim Executive", true),
    ("Carla", "Mendes", "carla.mendes@northgate-advisors.example", "Board Advisor", false),
    ("Paul", "Whitaker", "paul.whitaker@acme.example", "Associate Counsel", false),
    ("Emily", "Stone", "emily.stone@stone-legal.example", "Outside Counsel", true),
    ("Kenji", "Mori", "kenji.mori@stone-legal.example", "Outside Counsel", true),
    ("Lena", "Fischer", "lena.fischer@stone-legal.example", "Paralegal", false),
];
/// How many of them approve for the executives; the others do for Legal.
const EXECUTIVES: usize = 5;

/// A workflow: template, counterparty, its owner by number (Sarah where there is none), ages in days
/// of its launch and of its last change, step.
type Open = (&'static str, &'static str, Option<usize>, u64, u64, Step);

const NDA: &str = "Standard Mutual NDA";
const MSA: &str = "Master Services Agreement (MSA)";
const OPEN: [Open; 11] = [
    ("Statement of Work", "Acme Corp", Some(12), 30, 11, Step::Sign),
    ("Data Processing Agreement", "Hooli Cloud", None, 24, 13, Step::Sign),
    (MSA, "Acme Corp", Some(10), 17, 9, Step::Review),
    ("Vendor Agreement", "Initech", None, 10, 7, Step::Review),
    (NDA, "Acme Corp", Some(26), 8, 6, Step::Review),
    ("Order Form", "Acme Corp", Some(18), 5, 4, Step::Review),
    (NDA, "Vandelay Imports", Some(34), 4, 2, Step::Review),
    (NDA, "Tyrell Optics", None, 2, 1, Step::Review),
    ("Statement of Work", "Wayne Analytics", Some(20), 2, 2, Step::Review),
    (MSA, "Wonka Packaging", Some(42), 1, 1, Step::Review),
    ("Vendor Agreement", "Acme Corp", Some(17), 1, 1, Step::Review),
];

/// Adds all of it to a tenant that has the rest.
pub(super) fn fill(tenant: &mut Tenant, now: Timestamp) {
    let sarah = people(tenant, now);
    template(tenant);
    for open in OPEN {
        workflow(tenant, open, &sarah, now);
    }
    // Lists show the newest first.
    tenant.workflows.sort_by_key(|workflow| workflow.created);
}

/// The people and their groups; answers Sarah's id.
fn people(tenant: &mut Tenant, now: Timestamp) -> String {
    let sarah = account(&mut tenant.ids, cast::sarah(), days_before(now, 410));
    let sarah_id = sarah.id.clone();
    tenant.users.push(sarah);
    let first = tenant.users.len();
    for (number, (given, family, email, title, active)) in APPROVERS.into_iter().enumerate() {
        let department = if number < EXECUTIVES { "Executive" } else { "Legal" };
        let person = Person { given, family, email: email.into(), department, title };
        let mut user = account(&mut tenant.ids, person, days_before(now, 380 - number as u64));
        user.active = active;
        tenant.users.push(user);
    }
    let id = |number: usize| tenant.users[number].id.clone();
    // From the first page of users to the last.
    let executives = [3, 29].into_iter().chain(first..first + EXECUTIVES).map(id).collect();
    let mut legal: Vec<String> =
        [0, 8, 40].into_iter().chain(first + EXECUTIVES..tenant.users.len()).map(id).collect();
    legal.push(sarah_id.clone());
    let everybody: Vec<String> = (first - 1..tenant.users.len()).map(id).collect();
    for group in &mut tenant.groups {
        match group.display.as_str() {
            "All Staff" => group.members.extend(everybody.iter().cloned()),
            "Legal" | "Contract Reviewers" => group.members.push(sarah_id.clone()),
            _ => {}
        }
    }
    for (display, external, members) in [
        ("Executive Approvers", "idp-executive-approvers", executives),
        ("Legal Approvers", "idp-legal-approvers", legal),
    ] {
        let id = tenant.ids.hex24();
        let external_id = Some(external.into());
        tenant.groups.push(Group { id, display: display.into(), external_id, members });
    }
    sarah_id
}

fn template(tenant: &mut Tenant) {
    let mut term = simple("duration", "Term", "never");
    term["default"] = json!({ "years": 2 });
    let form = common(vec![
        ("purpose", text("Purpose of the exchange", "never")),
        ("effectiveDate", simple("date", "Effective Date", "never")),
        ("term", term),
    ]);
    tenant.templates.push(Template {
        id: tenant.ids.hex24(),
        name: NDA.into(),
        form,
        approvers: vec![("Legal", "Legal")],
        record_type: "nda".into(),
    });
}

fn workflow(tenant: &mut Tenant, open: Open, sarah: &str, now: Timestamp) {
    let (template, counterparty, owner, launch, change, step) = open;
    let template = tenant.templates.iter().find(|known| known.name == template).cloned();
    let template = template.expect("the templates are there before the workflows");
    let creator = owner.map_or_else(|| sarah.to_owned(), |number| tenant.users[number].id.clone());
    let index = launched(tenant, &template, counterparty, &creator, days_before(now, launch));
    let workflow = &mut tenant.workflows[index];
    workflow.updated = days_before(now, change);
    if step == Step::Sign {
        approve(workflow, sarah, days_before(now, change));
    }
}
