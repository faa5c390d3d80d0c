//! Files, the store behind them, and parsing of expense files.

use bytes::Bytes;
use http::Method;
use serde_json::{Map, Value, json};

use super::tenant::{File, Parsing, Tenant};
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::clock::iso;
use crate::dialect::Dialect;
use crate::incoming::Incoming;
use crate::multipart::Form;
use crate::reply::{Answer, Reply};

const TYPES: [&str; 4] = ["attachment", "expenseReport", "customIntegrationData", "plugin"];
const ENDINGS: [&str; 12] = [
    ".csv", ".xls", ".xlsx", ".pdf", ".doc", ".docx", ".png", ".jpg", ".jpeg", ".xml", ".json",
    ".zip",
];
const LARGEST_UPLOAD: usize = 3 * 1024 * 1024;
const SIGNATURE: &str = "signature=sandbox";

/// Where uploaded files can be put and fetched with a signed address, as the vendor does through
/// its object store.
pub(super) const STORAGE: &str = "/_storage/";

/// The store: whoever knows a signed address may put and get, without any key.
pub(super) fn storage(tenant: &mut Tenant, key: &str, incoming: &Incoming<'_>) -> Answer {
    let key = percent_encoding::percent_decode_str(key).decode_utf8_lossy().into_owned();
    let refuse = |status: u16| Dialect::Torii.error(status, "", "Access denied by the store", "");
    if !incoming.parts.uri.query().is_some_and(|query| query.contains(SIGNATURE)) {
        return Err(refuse(403));
    }
    if *incoming.method == Method::PUT {
        tenant.stored.insert(key, incoming.body.clone());
        return Ok(Reply { status: 200, ..Reply::none() });
    }
    let name = key.rsplit('/').next().unwrap_or("file").to_owned();
    match tenant.stored.get(&key) {
        Some(bytes) if *incoming.method == Method::GET => {
            Ok(Reply::file(&name, media(&name), bytes.clone()))
        }
        _ => Err(refuse(404)),
    }
}

fn media(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or("") {
        "csv" => "text/csv",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "xml" => "application/xml",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

fn address(call: &Call, path: &str) -> String {
    let host = call.header("host").unwrap_or("127.0.0.1");
    let path = percent_encoding::utf8_percent_encode(path, percent_encoding::CONTROLS)
        .to_string()
        .replace(' ', "%20");
    format!("http://{host}{STORAGE}{path}?{SIGNATURE}")
}

pub(super) fn upload_url(tenant: &mut Tenant, call: &Call) -> Answer {
    for name in ["name", "type"] {
        if call.query(name).is_none_or(str::is_empty) {
            return Err(call.refuse(
                400,
                "MISSING_PARAM",
                &format!("\"{name}\" is required"),
                name,
            ));
        }
    }
    let path =
        format!("{}/{}", tenant.next_id(), call.query("name").unwrap_or("").replace('/', "_"));
    Ok(Reply::json(
        json!({ "uploadFileParameters": { "url": address(call, &path), "filePath": path } }),
    ))
}

pub(super) fn register(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    check::members(
        call,
        &body,
        &[("path", MemberKind::Filled, Need::Must), ("type", MemberKind::Word(&TYPES), Need::Must)],
        Others::Refused,
    )?;
    let path = check::text(&body, "path").unwrap_or("").to_owned();
    let kind = check::text(&body, "type").unwrap_or("").to_owned();
    let name = path.rsplit('/').next().unwrap_or("file").to_owned();
    Ok(keep(tenant, call, kind, name, path))
}

fn keep(tenant: &mut Tenant, call: &Call, kind: String, name: String, path: String) -> Reply {
    let id = tenant.next_id();
    let by = tenant.users.first().map_or(Value::Null, |user| user["id"].clone());
    tenant.files.push(File { id, kind, name, path, at: iso(call.now), by });
    tenant.note(call, "files", "upload", json!({ "idFile": id }));
    Reply::json(json!({ "id": id }))
}

pub(super) fn upload(tenant: &mut Tenant, call: &Call) -> Answer {
    let form = Form::read(call)?;
    let file = form.require(call, "file")?;
    let kind = form.text("type").unwrap_or_default();
    if !TYPES.contains(&kind.as_str()) {
        return Err(
            call.invalid(&format!("\"type\" must be one of [{}]", TYPES.join(", ")), "type")
        );
    }
    let name = file.filename.clone().unwrap_or_default();
    if !ENDINGS.iter().any(|ending| name.to_lowercase().ends_with(ending)) {
        return Err(call.invalid("The file extension is not supported", "file"));
    }
    if file.content.len() > LARGEST_UPLOAD {
        return Err(call.refuse(413, "TOO_LARGE", "The file is larger than 3 MB", "file"));
    }
    let path = format!("{}/{name}", tenant.next_id());
    tenant.stored.insert(path.clone(), file.content.clone());
    Ok(keep(tenant, call, kind, name, path))
}

fn find<'a>(tenant: &'a Tenant, call: &Call, id: u64) -> Result<&'a File, Reply> {
    tenant.files.iter().find(|file| file.id == id).ok_or_else(|| call.missing("File", "id"))
}

pub(super) fn show(tenant: &mut Tenant, call: &Call) -> Answer {
    let id = call.number_param("id")?;
    let kind = call.query_word("type", &TYPES)?.unwrap_or("expenseReport");
    let file = find(tenant, call, id)?;
    if file.kind != kind {
        return Err(call.missing(&format!("File of type {kind}"), "id"));
    }
    Ok(Reply::json(json!({ "file": {
        "id": file.id, "type": file.kind, "fileName": file.name, "creationTime": file.at, "uploadedBy": file.by,
    }})))
}

pub(super) fn download(tenant: &mut Tenant, call: &Call) -> Answer {
    let file = find(tenant, call, call.number_param("id")?)?;
    Ok(Reply::redirect(address(call, &file.path)))
}

/// The id of a file that a body names.
pub(super) fn named_file(
    tenant: &Tenant,
    call: &Call,
    body: &Map<String, Value>,
    name: &str,
) -> Result<Bytes, Reply> {
    let id = body.get(name).and_then(Value::as_u64).unwrap_or(0);
    let file = tenant.files.iter().find(|file| file.id == id);
    let file =
        file.ok_or_else(|| call.invalid(&format!("\"{name}\" is not the id of a file"), name))?;
    Ok(tenant.stored.get(&file.path).cloned().unwrap_or_default())
}

fn start(tenant: &mut Tenant, bytes: &Bytes) -> Reply {
    let id = tenant.next_id();
    #[expect(clippy::naive_bytecount, reason = "files here are small; no crate for that")]
    let rows = bytes.iter().filter(|byte| **byte == b'\n').count();
    tenant.parsings.push(Parsing { id, polls_left: tenant.polls_until_done, rows });
    Reply::json(json!({ "id": id }))
}

pub(super) fn parse_automatically(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    check::members(call, &body, &[("idFile", MemberKind::Whole, Need::Must)], Others::Refused)?;
    let bytes = named_file(tenant, call, &body, "idFile")?;
    Ok(start(tenant, &bytes))
}

pub(super) fn parse_manually(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    check::members(
        call,
        &body,
        &[("parseConfig", MemberKind::Object, Need::Must)],
        Others::Refused,
    )?;
    let config = body["parseConfig"].as_object().cloned().unwrap_or_default();
    let table = [
        ("transactionDateColumn", MemberKind::Filled, Need::Must),
        ("descriptionColumn", MemberKind::Filled, Need::Must),
        ("amountColumn", MemberKind::Filled, Need::Must),
        ("dateFormat", MemberKind::Filled, Need::Must),
        ("currencyColumn", MemberKind::Filled, Need::May),
        ("reportingUserColumn", MemberKind::Filled, Need::May),
        ("currency", MemberKind::Filled, Need::May),
        ("idFile", MemberKind::Whole, Need::Must),
    ];
    check::members(call, &config, &table, Others::Refused)?;
    if config.contains_key("currency") == config.contains_key("currencyColumn") {
        return Err(
            call.invalid("Send exactly one of \"currency\" and \"currencyColumn\"", "currency")
        );
    }
    let bytes = named_file(tenant, call, &config, "idFile")?;
    Ok(start(tenant, &bytes))
}

pub(super) fn parsing(tenant: &mut Tenant, call: &Call) -> Answer {
    let id = call.number_param("id")?;
    let Some(job) = tenant.parsings.iter_mut().find(|job| job.id == id) else {
        return Err(call.missing("Parsing", "id"));
    };
    if job.polls_left > 0 {
        job.polls_left -= 1;
        return Ok(Reply::json(json!({ "parse": { "id": id, "status": "parsing_in_progress" } })));
    }
    Ok(Reply::json(json!({ "parse": {
        "id": id, "status": "parsed_successfully", "matchedTransactions": job.rows / 2, "totalTransactions": job.rows,
    }})))
}
