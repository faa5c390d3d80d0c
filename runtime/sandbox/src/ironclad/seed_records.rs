//! Records, entities, obligations and webhooks that a tenant starts with.

use jiff::Timestamp;
use serde_json::json;

use super::tenant::{Blob, Tenant};
use super::workflow::sample_file;
use super::{attachments, entities as entity, obligations as obligation};
use crate::clock::{days_after, days_before, iso};

const RECORDS: usize = 46;
const OBLIGATIONS: usize = 26;

/// The company's customers and suppliers, in turn.
pub(super) const COUNTERPARTIES: [&str; 12] = [
    "Northwind Traders",
    "Globex Corporation",
    "Initech",
    "Umbrella Logistics",
    "Stark Components",
    "Wayne Analytics",
    "Hooli Cloud",
    "Vandelay Imports",
    "Cyberdyne Systems",
    "Soylent Foods",
    "Tyrell Optics",
    "Wonka Packaging",
];

pub(super) fn entities(tenant: &mut Tenant, now: Timestamp) {
    for round in 0..2 {
        for (number, name) in COUNTERPARTIES.iter().enumerate() {
            tenant.last_entity += 1;
            let kind = entity::RELATIONSHIPS[(number + round) % entity::RELATIONSHIPS.len()].0;
            let name = if round == 0 { (*name).to_owned() } else { format!("{name} Europe") };
            let mail = format!("contact@{}.example", name.to_lowercase().replace(' ', ""));
            let item = json!({
                "id": tenant.ids.uuid(), "status": if number == 7 { "INACTIVE" } else { "ACTIVE" },
                "ironcladId": format!("ENTITY-{}", tenant.last_entity), "name": name,
                "lastUpdated": iso(days_before(now, tenant.last_entity * 4)),
                "properties": {
                    "entity_category": { "type": "string", "value": "external" },
                    "entity_businessType": { "type": "string", "value": "company" },
                    "entity_pocEmail": { "type": "email", "value": mail },
                },
                "namedTypeIds": [kind],
            });
            tenant.entities.push(item);
        }
    }
}

pub(super) fn records(tenant: &mut Tenant, now: Timestamp) {
    const KINDS: [(&str, &str); 5] = [
        ("nda", "NDA"),
        ("vendorAgreement", "Vendor Agreement"),
        ("masterServicesAgreement", "MSA"),
        ("orderForm", "Order Form"),
        ("contract", "Contract"),
    ];
    for number in 0..RECORDS {
        tenant.last_number += 1;
        let (kind, label) = KINDS[number % KINDS.len()];
        let counterparty = COUNTERPARTIES[number % COUNTERPARTIES.len()];
        let id = tenant.ids.uuid();
        let agreed = days_before(now, 30 + 11 * number as u64);
        let expires = days_after(agreed, 365 * (1 + number as u64 % 3));
        let file = format!("{label} {counterparty}.pdf");
        let entity = &tenant.entities[number % tenant.entities.len()];
        let (status, enhanced) =
            if expires < now { ("inactive", "inactive") } else { ("active", "active") };
        let mut record = json!({
            "id": id, "ironcladId": format!("IC-{}", tenant.last_number), "type": kind,
            "name": format!("{label} with {counterparty}"), "lastUpdated": iso(days_before(now, number as u64)),
            "properties": {
                "agreementDate": { "type": "date", "value": iso(agreed) },
                "expirationDate": { "type": "date", "value": iso(expires) },
                "counterpartyName": { "type": "string", "value": counterparty },
                "contractValue": { "type": "monetary_amount", "value": { "currency": "USD", "amount": 5000 + 750 * number } },
                "standard_initialTermLength": { "type": "duration", "value": format!("P{}Y", 1 + number % 3) },
                "autoRenews": { "type": "boolean", "value": number % 2 == 0 },
                "counterpartyAddress": { "type": "address", "value": {
                    "lines": ["1 Harbour Street"], "locality": "Rotterdam", "country": "Netherlands",
                }},
                "entity_reference": { "type": "reference", "value": { "recordId": entity["id"], "subTypeId": entity["namedTypeIds"][0] } },
            },
            "attachments": {}, "links": [], "childIds": [],
            "contractStatus": { "status": status, "enhancedStatus": enhanced },
            "source": { "type": "single_import" },
        });
        if number % 4 != 3 {
            record["attachments"]["signedCopy"] = json!({ "filename": file, "contentType": "application/pdf", "href": attachments::href(&id, "signedCopy") });
            let blob =
                Blob { bytes: sample_file(&file), filename: file, media: "application/pdf".into() };
            tenant.record_files.insert((id, "signedCopy".into()), blob);
        }
        tenant.records.push(record);
    }
}

pub(super) fn obligations(tenant: &mut Tenant, now: Timestamp) {
    for number in 0..OBLIGATIONS {
        tenant.last_obligation += 1;
        let record = tenant.records[number % tenant.records.len()].clone();
        let (kind, _, label, _) = obligation::TYPES[number % obligation::TYPES.len()];
        let source = tenant.ids.uuid();
        tenant.obligations.push(json!({
            "id": source, "ironcladId": format!("OB-{}", tenant.last_obligation),
            "name": format!("{label} under {}", record["ironcladId"].as_str().unwrap_or("")), "properties": {},
            "lastUpdated": iso(days_before(now, number as u64)), "namedTypeIds": [kind], "parentId": record["id"],
            "parentReadableId": record["ironcladId"], "parentRecordName": record["name"],
        }));
        if number % 5 != 0 {
            continue;
        }
        for month in 1..=7 {
            tenant.last_obligation += 1;
            let assignee = tenant.users[number % tenant.users.len()].id.clone();
            tenant.obligations.push(json!({
                "id": tenant.ids.uuid(), "ironcladId": format!("OB-{}", tenant.last_obligation),
                "name": format!("{label}, occurrence {month}"), "properties": {}, "lastUpdated": iso(now), "namedTypeIds": [kind],
                "parentReadableId": record["ironcladId"], "parentRecordName": record["name"], "sourceObligationId": source,
                "status": "open", "dueDate": iso(days_after(now, 30 * month)), "assigneeUserId": assignee, "recurring": true,
            }));
        }
    }
}

pub(super) fn webhooks(tenant: &mut Tenant, now: Timestamp) {
    for (number, event) in
        ["workflow_launched", "workflow_completed", "record_contract_status_changed"]
            .iter()
            .enumerate()
    {
        let hook = json!({
            "id": tenant.ids.hex24(), "events": [event], "targetURL": format!("https://hooks.acme.example/ironclad/{number}"),
            "companyId": tenant.company, "tags": [], "status": "enabled", "statusLastUpdatedAt": iso(days_before(now, 100)),
            "statusLastUpdatedBy": tenant.default_user, "consecutiveFailureCount": 0,
        });
        tenant.webhooks.push(hook);
    }
}
