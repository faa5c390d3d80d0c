//! What the link of a workflow opens in a browser: a page in place of the vendor's application. No
//! document describes it, and nobody signs in to read what is made up.

use std::fmt::Write as _;

use bytes::Bytes;

use super::tenant::Tenant;
use super::workflow::Workflow;
use crate::call::Call;
use crate::clock::day;
use crate::reply::Reply;

const PREFIX: &str = "/workflow/";

/// Whether a path is that of a page.
pub(crate) fn is_page(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// The address of a workflow's page, on the host that was asked.
pub(super) fn address(call: &Call, id: &str) -> String {
    format!("http://{}{PREFIX}{id}", call.header("host").unwrap_or("127.0.0.1"))
}

/// The page at a path.
pub(crate) fn show(tenant: &Tenant, path: &str) -> Reply {
    let id = path.strip_prefix(PREFIX).unwrap_or(path);
    let (status, page) = match tenant.workflow_index(id) {
        Some(index) => (200, page(tenant, &tenant.workflows[index])),
        None => (404, "<h1>No such workflow</h1>".to_owned()),
    };
    let page = format!("<!doctype html><meta charset=\"utf-8\"><title>Sandbox</title>{page}");
    Reply { status, ..Reply::bytes("text/html; charset=utf-8", Bytes::from(page)) }
}

fn page(tenant: &Tenant, workflow: &Workflow) -> String {
    let template = tenant.templates.iter().find(|template| template.id == workflow.template);
    let owner = tenant.user(&workflow.creator);
    let mut page = format!("<h1>{}</h1><dl>", escaped(&workflow.title));
    for (name, value) in [
        ("Number", workflow.readable()),
        ("Template", template.map_or_else(String::new, |template| template.name.clone())),
        ("Step", workflow.step.as_str().to_owned()),
        ("Status", workflow.status.as_str().to_owned()),
        ("Launched", day(workflow.created)),
        ("Launched by", owner.map_or_else(String::new, super::people::User::display)),
    ] {
        let _ = write!(page, "<dt>{name}</dt><dd>{}</dd>", escaped(&value));
    }
    page.push_str("</dl><h2>Documents</h2><ul>");
    for document in &workflow.documents {
        let _ = write!(page, "<li>{}</li>", escaped(&document.filename));
    }
    page.push_str("</ul>");
    page
}

/// A text as HTML shows it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
