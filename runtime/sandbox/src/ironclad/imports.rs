//! Smart import: files become records, predictions follow.

use serde_json::{Value, json};

use super::tenant::{Blob, Import, Tenant};
use super::{attachments, media, metadata};
use crate::call::Call;
use crate::clock::iso;
use crate::multipart::Form;
use crate::reply::{Answer, Reply};

pub(super) fn start(tenant: &mut Tenant, call: &Call) -> Answer {
    let id = tenant.ids.uuid();
    upload(tenant, call, id)
}

pub(super) fn join(tenant: &mut Tenant, call: &Call) -> Answer {
    let id = call.param("importId").to_owned();
    if !tenant.imports.iter().any(|import| import.id == id) {
        return Err(call.missing(&format!("import {id}"), ""));
    }
    upload(tenant, call, id)
}

fn upload(tenant: &mut Tenant, call: &Call, import: String) -> Answer {
    let form = Form::read(call)?;
    let attachment = form.require(call, "attachment")?;
    let filename = attachment.filename.clone().unwrap_or_else(|| "imported.pdf".into());
    media::accepted(call, &filename, "attachment")?;
    let kind = form.text("recordType").unwrap_or_else(|| "imported".into());
    if !metadata::is_type(&kind) && form.part("newRecordTypeId").is_none() {
        return Err(call.invalid(&format!("unknown record type '{kind}'"), "recordType"));
    }
    let record = tenant.ids.uuid();
    tenant.last_number += 1;
    let media = attachment.media.clone().unwrap_or_else(|| media::media_for(&filename).to_owned());
    tenant.records.push(json!({
        "id": record, "ironcladId": format!("IC-{}", tenant.last_number), "type": kind, "name": filename,
        "lastUpdated": iso(call.now), "properties": {},
        "attachments": { "signedCopy": { "filename": filename, "contentType": media, "href": attachments::href(&record, "signedCopy") } },
        "links": [], "childIds": [], "source": { "type": "import_project", "importId": import },
    }));
    let blob = Blob { filename, media, bytes: attachment.content.clone() };
    tenant.record_files.insert((record.clone(), "signedCopy".into()), blob);
    let polls = tenant.polls_until_done;
    match tenant.imports.iter_mut().find(|known| known.id == import) {
        Some(known) => known.records.push((record.clone(), polls)),
        None => tenant
            .imports
            .push(Import { id: import.clone(), records: vec![(record.clone(), polls)] }),
    }
    let used = tenant.imports.iter().map(|import| import.records.len()).sum::<usize>();
    Ok(Reply::json(
        json!({ "recordId": record, "importId": import, "remainingCredits": 1000_usize.saturating_sub(used) }),
    ))
}

pub(super) fn predictions(tenant: &mut Tenant, call: &Call) -> Answer {
    let answer = |(record, polls): &mut (String, u32)| -> Value {
        let status = if *polls == 0 { "ready" } else { "pending" };
        *polls = polls.saturating_sub(1);
        json!({ "recordId": record, "status": status })
    };
    match (call.query("recordId"), call.query("importId")) {
        (Some(record), _) => {
            let found = tenant
                .imports
                .iter_mut()
                .flat_map(|import| &mut import.records)
                .find(|(id, _)| id == record);
            found
                .map(|row| Reply::json(answer(row)))
                .ok_or_else(|| call.missing(&format!("predictions for record {record}"), ""))
        }
        (None, Some(import)) => {
            let found = tenant.imports.iter_mut().find(|known| known.id == import);
            found
                .map(|known| Reply::json(known.records.iter_mut().map(answer).collect()))
                .ok_or_else(|| call.missing(&format!("import {import}"), ""))
        }
        (None, None) => {
            Err(call.refuse(400, "MISSING_PARAM", "one of recordId and importId is required", ""))
        }
    }
}
