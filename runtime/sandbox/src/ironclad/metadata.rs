//! Record types and property definitions.

use serde_json::{Map, Value, json};

use super::tenant::Tenant;
use crate::call::Call;
use crate::reply::{Answer, Reply};

const TYPES: [(&str, &str); 8] = [
    ("contract", "Contract"),
    ("nda", "NDA"),
    ("vendorAgreement", "Vendor Agreement"),
    ("masterServicesAgreement", "Master Services Agreement"),
    ("statementOfWork", "Statement of Work"),
    ("orderForm", "Order Form"),
    ("everyFieldType", "Every Field Type"),
    ("imported", "Imported"),
];

const PROPERTIES: [(&str, &str, &str); 14] = [
    ("additionalNotes", "string", "Additional Notes"),
    ("agreementDate", "date", "Agreement Date"),
    ("counterpartyName", "string", "Counterparty Name"),
    ("counterpartyAddress", "address", "Counterparty Address"),
    ("contractOwner", "email", "Contract Owner"),
    ("contractValue", "monetary_amount", "Contract Value"),
    ("expirationDate", "date", "Expiration Date"),
    ("standard_initialTermLength", "duration", "Initial Term Length"),
    ("standard_renewalType", "string", "Renewal Type"),
    ("standard_renewalOptOutDate", "date", "Renewal Opt-out Date"),
    ("autoRenews", "boolean", "Renews Automatically"),
    ("seats", "number", "Seats"),
    ("entity_reference", "reference", "Entity"),
    ("workflowId", "string", "Workflow ID"),
];

const RENEWALS: [&str; 5] = ["Auto-Renew", "Optional Extension", "Evergreen", "None", "Other"];

/// Attachment keys that records know.
pub(super) const ATTACHMENTS: [(&str, &str); 3] = [
    ("signedCopy", "Signed Copy"),
    ("supportingDocument", "Supporting Document"),
    ("amendment", "Amendment"),
];

/// Whether a record type exists.
pub(super) fn is_type(name: &str) -> bool {
    TYPES.iter().any(|(known, _)| *known == name)
}

/// The type of a property of records; `None` when there is no such property.
pub(super) fn type_of(name: &str) -> Option<&'static str> {
    PROPERTIES.iter().find(|(known, _, _)| *known == name).map(|(_, kind, _)| *kind)
}

/// The options of a property; none when it takes any value.
pub(super) fn options_of(name: &str) -> &'static [&'static str] {
    if name == "standard_renewalType" { &RENEWALS } else { &[] }
}

pub(super) fn schema(_: &mut Tenant, _: &Call) -> Answer {
    let types: Map<String, Value> = TYPES
        .iter()
        .map(|(id, name)| ((*id).to_owned(), json!({ "displayName": name, "description": null })))
        .collect();
    let properties: Map<String, Value> = PROPERTIES
        .iter()
        .map(|(id, kind, name)| {
            let mut property = json!({ "type": kind, "displayName": name, "visible": true, "tags": [], "version": 1 });
            let options = options_of(id);
            if !options.is_empty() {
                let options: Vec<Value> = options
                    .iter()
                    .map(|value| json!({ "value": value, "hidden": false }))
                    .collect();
                property["ironcladType"] = json!({ "typeName": "enum", "name": id, "options": options });
                property["picklistSelectionType"] = "single-select".into();
            }
            ((*id).to_owned(), property)
        })
        .collect();
    let attachments: Map<String, Value> = ATTACHMENTS
        .iter()
        .map(|(id, name)| ((*id).to_owned(), json!({ "displayName": name })))
        .collect();
    Ok(Reply::json(json!({
        "properties": properties, "recordTypes": types, "links": {}, "attachments": attachments,
        "repositoryId": "00000000-0000-0000-0000-000000000000",
    })))
}
