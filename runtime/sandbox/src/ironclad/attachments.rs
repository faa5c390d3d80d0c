//! Attachments of records, and the job that hands out links to them.

use std::time::Duration;

use serde_json::{Value, json};

use super::tenant::{Blob, Tenant, UrlJob};
use super::workflow::ORIGIN;
use super::{media, metadata};
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::clock::{iso, later};
use crate::multipart::Form;
use crate::reply::{Answer, Reply};

const LINK_LIFETIME: Duration = Duration::from_secs(20 * 60);

fn record(tenant: &Tenant, call: &Call) -> Result<usize, Reply> {
    let wanted = call.param("id");
    tenant.record_index(call).map_err(|_| {
        call.refuse(400, "NOT_FOUND", &format!("no record matches the id {wanted}"), "")
    })
}

pub(super) fn upload(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = record(tenant, call)?;
    let key = call.param("key").to_owned();
    if !metadata::ATTACHMENTS.iter().any(|(known, _)| *known == key) {
        return Err(call.invalid(&format!("'{key}' is not an attachment key"), "attachmentKey"));
    }
    let form = Form::read(call)?;
    let attachment = form.require(call, "attachment")?;
    let named = match form.text("metadata") {
        None => None,
        Some(text) => {
            let metadata: Value = serde_json::from_str(&text)
                .map_err(|_| call.invalid("the part 'metadata' must be JSON", "metadata"))?;
            metadata["filename"].as_str().map(str::to_owned)
        }
    };
    let Some(filename) = named.or_else(|| attachment.filename.clone()) else {
        return Err(call.refuse(
            400,
            "MISSING_PARAM",
            "missing required form-data part 'metadata'",
            "metadata",
        ));
    };
    media::accepted(call, &filename, "metadata.filename")?;
    let id = tenant.records[index]["id"].as_str().unwrap_or("").to_owned();
    if tenant.record_files.contains_key(&(id.clone(), key.clone())) {
        return Err(
            call.invalid(&format!("the record has an attachment '{key}' already"), "attachmentKey")
        );
    }
    let media = attachment.media.clone().unwrap_or_else(|| media::media_for(&filename).to_owned());
    let blob = Blob {
        filename: filename.clone(),
        media: media.clone(),
        bytes: attachment.content.clone(),
    };
    let shown = json!({ "filename": filename, "contentType": media, "href": href(&id, &key) });
    tenant.records[index]["attachments"][key.as_str()] = shown;
    tenant.records[index]["lastUpdated"] = iso(call.now).into();
    tenant.record_files.insert((id, key), blob);
    Ok(Reply { status: 200, ..Reply::none() })
}

pub(super) fn href(record: &str, key: &str) -> String {
    format!("{ORIGIN}/public/api/v1/records/{record}/attachments/{key}")
}

pub(super) fn download(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = record(tenant, call)?;
    let id = tenant.records[index]["id"].as_str().unwrap_or("").to_owned();
    let key = call.param("key").to_owned();
    let blob = tenant.record_files.get(&(id, key.clone()));
    let blob = blob.ok_or_else(|| {
        call.refuse(
            400,
            "NOT_FOUND",
            &format!("the record has no attachment '{key}'"),
            "attachmentKey",
        )
    })?;
    Ok(Reply::file(&blob.filename, &blob.media, blob.bytes.clone()))
}

pub(super) fn delete(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = tenant.record_index(call)?;
    let id = tenant.records[index]["id"].as_str().unwrap_or("").to_owned();
    let key = call.param("key").to_owned();
    if tenant.record_files.remove(&(id, key.clone())).is_none() {
        return Err(call.missing("attachment", ""));
    }
    super::records::remove(&mut tenant.records[index]["attachments"], &key);
    Ok(Reply::none())
}

pub(super) fn start_urls(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    let table = [
        ("identifiers", MemberKind::Texts, Need::Must),
        ("type", MemberKind::Word(&["latestSignedCopy"]), Need::Must),
    ];
    check::members(call, &body, &table, Others::Allowed)?;
    let identifiers: Vec<String> = body["identifiers"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect();
    if identifiers.is_empty() || identifiers.len() > 100 {
        return Err(call.invalid("parameter 'identifiers' must hold 1 to 100 ids", "identifiers"));
    }
    let id = tenant.ids.uuid();
    tenant.url_jobs.push(UrlJob {
        id: id.clone(),
        identifiers,
        polls_left: tenant.polls_until_done,
    });
    Ok(Reply::status(202, json!({ "jobId": id, "status": "processing" })))
}

pub(super) fn urls(tenant: &mut Tenant, call: &Call) -> Answer {
    let wanted = call.param("jobId");
    let Some(job) = tenant.url_jobs.iter_mut().find(|job| job.id == wanted) else {
        return Err(call.missing("job", "jobId"));
    };
    if job.polls_left > 0 {
        job.polls_left -= 1;
        return Ok(Reply::json(json!({ "jobId": wanted, "status": "processing" })));
    }
    let (mut succeeded, mut failed) = (Vec::new(), Vec::new());
    for identifier in &job.identifiers.clone() {
        match tenant.record(identifier) {
            None => failed.push(json!({
                "identifier": identifier, "errorCode": "RECORD_NOT_FOUND", "errorMessage": "no such record",
            })),
            Some(record) => {
                let id = record["id"].as_str().unwrap_or("");
                match tenant.record_files.get(&(id.to_owned(), "signedCopy".to_owned())) {
                    Some(blob) => succeeded.push(json!({
                        "identifier": identifier, "ironcladId": record["ironcladId"], "recordId": id,
                        "downloadUrl": href(id, "signedCopy"), "filename": blob.filename, "fileKey": "signedCopy",
                        "fileHash": format!("{:016x}", blob.bytes.len()), "expiration": iso(later(call.now, LINK_LIFETIME)),
                    })),
                    None => failed.push(json!({
                        "identifier": identifier, "ironcladId": record["ironcladId"], "recordId": id,
                        "errorCode": "NO_ATTACHMENT_FOUND", "errorMessage": "the record has no signed copy",
                    })),
                }
            }
        }
    }
    Ok(Reply::json(
        json!({ "jobId": wanted, "status": "complete", "succeeded": succeeded, "failed": failed }),
    ))
}
