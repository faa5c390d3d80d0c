//! Data export jobs.

use std::fmt::Write as _;

use bytes::Bytes;
use serde_json::{Value, json};

use super::tenant::{Export, Tenant};
use super::workflow::ORIGIN;
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::reply::{Answer, Reply};

/// Exports word their errors in their own way.
fn refuse(message: &str) -> Reply {
    Reply::status(400, json!({ "error": message }))
}

pub(super) fn start(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object().map_err(|_| refuse("the request body must be a JSON object"))?;
    let table = [
        ("exportType", MemberKind::Word(&["workflow_activities", "audit_log"]), Need::Must),
        ("startDate", MemberKind::Date, Need::May),
        ("endDate", MemberKind::Date, Need::May),
        ("exportFormat", MemberKind::Word(&["CSV", "JSON"]), Need::May),
        ("signedUrlEnabled", MemberKind::Flag, Need::May),
        ("exportConfigs", MemberKind::Object, Need::May),
    ];
    check::members(call, &body, &table, Others::Refused).map_err(|fault| match fault.content {
        crate::reply::Content::Json(body) => {
            refuse(body["message"].as_str().unwrap_or("invalid request"))
        }
        _ => refuse("invalid request"),
    })?;
    let export = Export {
        id: tenant.ids.uuid(),
        kind: check::text(&body, "exportType").unwrap_or("").to_owned(),
        csv: check::text(&body, "exportFormat") != Some("JSON"),
        link: body.get("signedUrlEnabled") == Some(&Value::Bool(true)),
        polls_left: tenant.polls_until_done,
    };
    let answer = json!({ "jobId": export.id, "jobStatus": "pending" });
    tenant.exports.push(export);
    Ok(Reply::json(answer))
}

pub(super) fn status(tenant: &mut Tenant, call: &Call) -> Answer {
    let wanted = call.param("jobId");
    let export = tenant
        .exports
        .iter_mut()
        .find(|export| export.id == wanted)
        .ok_or_else(|| refuse("no such export job"))?;
    let status = if export.polls_left == 0 { "done" } else { "running" };
    export.polls_left = export.polls_left.saturating_sub(1);
    Ok(Reply::json(json!({ "jobId": wanted, "jobStatus": status })))
}

pub(super) fn download(tenant: &mut Tenant, call: &Call) -> Answer {
    let wanted = call.param("jobId");
    let export = tenant
        .exports
        .iter()
        .find(|export| export.id == wanted)
        .ok_or_else(|| refuse("no such export job"))?;
    if export.polls_left > 0 {
        return Err(refuse("the export is not done yet"));
    }
    if export.link {
        return Ok(Reply::json(
            json!({ "url": format!("{ORIGIN}/exports/{wanted}?signature=sandbox") }),
        ));
    }
    let rows = tenant
        .workflows
        .iter()
        .map(|workflow| (workflow.readable(), workflow.title.clone(), workflow.status.as_str()));
    if export.csv {
        let mut text = String::from("workflow,title,status\n");
        for (id, title, status) in rows {
            let _ = writeln!(text, "{id},\"{title}\",{status}");
        }
        return Ok(Reply::file(
            &format!("{}.csv", export.kind),
            "text/csv; charset=utf-8",
            Bytes::from(text),
        ));
    }
    let list: Vec<Value> = rows
        .map(|(id, title, status)| json!({ "workflow": id, "title": title, "status": status }))
        .collect();
    let text = Value::Array(list).to_string();
    Ok(Reply::file(&format!("{}.json", export.kind), "application/json", Bytes::from(text)))
}
