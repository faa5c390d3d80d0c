//! Operations as tools: what the overlay says, and what follows by rule where it says nothing.

use http::Method;

use super::Context;
use super::extension::{self, Style, ToolName};
use crate::ir::{self, AliasOrigin, Annotations, PageStyle, ToolMethod};
use crate::names;
use crate::names::resource::{Paths, Resource};
use crate::pointer::Trail;

/// Gives every operation its tool, unless it is never one.
pub(super) fn complete(
    operations: Vec<(ir::Operation, extension::Operation)>,
    aliases: &[extension::Alias],
    cx: &mut Context<'_>,
) -> Vec<ir::Operation> {
    let paths = Paths::new(operations.iter().map(|(operation, _)| operation.path.as_str()));
    let finish = |(mut operation, settings): (ir::Operation, extension::Operation)| {
        let resource = paths.resource(&operation.path);
        operation.tool = tool(&operation, settings, &resource, aliases, cx);
        operation
    };
    operations.into_iter().map(finish).collect()
}

fn tool(
    operation: &ir::Operation,
    settings: extension::Operation,
    resource: &Resource,
    aliases: &[extension::Alias],
    cx: &mut Context<'_>,
) -> Option<ir::Tool> {
    let named = match settings.tool {
        Some(ToolName::Given(false)) => return None,
        Some(ToolName::Given(true)) | None => None,
        Some(ToolName::Named(name)) => Some(name.into()),
    };
    let method: ToolMethod = settings.method.unwrap_or_else(|| method(operation, resource)).into();
    let reads = method.reads() || matches!(operation.method, Method::GET | Method::HEAD);
    let deletes = method == ToolMethod::Delete;
    let mut tags: Vec<String> = match settings.tags {
        Some(tags) if !tags.is_empty() => tags,
        _ => tags(&operation.tags, resource),
    };
    tags.sort_unstable();
    tags.dedup();
    let pagination = settings.pagination.and_then(|stated| pagination(stated, operation, cx));
    let job = match settings.job {
        Some(job) => Some(ir::Job {
            poll: job.poll.map(Into::into),
            arguments: job.arguments,
            pending_when: words(job.pending_when.or(settings.pending_when)),
            done_when: words(job.done_when.or(settings.done_when)),
        }),
        None => settings.poll.map(|poll| ir::Job {
            poll: Some(poll.into()),
            arguments: settings.arguments.unwrap_or_default(),
            pending_when: words(settings.pending_when),
            done_when: words(settings.done_when),
        }),
    };
    let own = settings.aliases.iter().flat_map(|alias| alias.lower(AliasOrigin::Operation));
    let of_all = settings.of_all.iter().filter_map(|number| aliases.get(*number));
    let of_all = of_all.flat_map(|alias| alias.lower(AliasOrigin::Document));
    let aliases = own.chain(of_all).collect();
    Some(ir::Tool {
        full: None,
        name: ir::ToolName::default(),
        named,
        annotations: Annotations {
            read_only: settings.read_only.unwrap_or(reads),
            destructive: settings.destructive.unwrap_or(deletes),
            idempotent: settings
                .idempotent
                .unwrap_or(reads || deletes || operation.method == Method::PUT),
        },
        method,
        tags,
        pagination,
        rate_limit: settings.rate_limit.map(extension::RateLimit::lower),
        job,
        fields_parameter: settings.fields_parameter,
        wrapper: None,
        searched: settings.search,
        live_fields: settings.live_fields.map(extension::LiveFields::lower),
        tenant_values: settings.tenant_values.map(extension::TenantValues::lower),
        opens_at: settings.opens_at,
        launch_form: settings.launch_form,
        aliases,
        lifted: settings.lifted,
        questions: settings.questions,
    })
}

/// A member, and what stands there.
fn words(
    stated: Option<std::collections::BTreeMap<String, Vec<String>>>,
) -> Option<(String, Vec<String>)> {
    stated.and_then(|stated| stated.into_iter().next())
}

/// The method by the path's form and the HTTP method.
fn method(operation: &ir::Operation, resource: &Resource) -> String {
    if let Some((_, action)) = resource.action() {
        return action;
    }
    match (operation.method.as_str(), resource.is_item) {
        ("GET", false) => "list".to_owned(),
        ("GET", true) => "get".to_owned(),
        ("POST", false) => "create".to_owned(),
        ("PATCH" | "PUT", _) => "update".to_owned(),
        ("DELETE", _) => "delete".to_owned(),
        ("POST", true) => verb(&operation.id).unwrap_or_else(|| "post".to_owned()),
        (other, _) => other.to_ascii_lowercase(),
    }
}

/// The verb that an operation's id begins with.
fn verb(id: &str) -> Option<String> {
    let words = names::snake(id);
    let first = words.split('_').next()?;
    names::is_verb(first).then(|| first.to_owned())
}

/// The document's tags, or the resource when there are none.
fn tags(stated: &[String], resource: &Resource) -> Vec<String> {
    let stated: Vec<String> =
        stated.iter().filter(|tag| !tag.trim().is_empty()).map(|tag| names::snake(tag)).collect();
    if stated.is_empty() { resource.words.first().cloned().into_iter().collect() } else { stated }
}

/// The overlay's paging, when the operation has the parameters that it names.
fn pagination(
    stated: extension::Pagination,
    operation: &ir::Operation,
    cx: &mut Context<'_>,
) -> Option<ir::Pagination> {
    let mut missing = Vec::new();
    let mut named = |key: &str, value: Option<String>| {
        let value = value.unwrap_or_default();
        if value.is_empty() {
            missing.push(format!("`{key}` is not given"));
        } else if !operation.parameters.iter().any(|parameter| parameter.wire == value) {
            missing.push(format!("`{value}` is no parameter of the operation"));
        }
        value
    };
    let style = match stated.style {
        Style::Page => PageStyle::Page {
            page: named("page", stated.page),
            size: named("size", stated.size),
            first: stated.first,
        },
        Style::Offset => PageStyle::Offset {
            offset: named("offset", stated.offset),
            size: named("size", stated.size),
        },
        Style::Scim => PageStyle::Scim {
            start: named("start", stated.start),
            size: named("size", stated.size),
        },
        Style::Cursor => PageStyle::Cursor {
            cursor: named("cursor", stated.cursor),
            size: stated.size.map(|size| named("size", Some(size))),
            next: stated.next.unwrap_or_default(),
        },
        Style::None => PageStyle::Whole,
    };
    if let PageStyle::Cursor { next, .. } = &style
        && next.is_empty()
    {
        missing.push("`next` is not given".to_owned());
    }
    if !missing.is_empty() {
        let root = Trail::root();
        cx.fault(
            "pagination",
            &root,
            format!("{} {}: {}", operation.method, operation.path, missing.join(", ")),
        );
        return None;
    }
    let extension::Pagination { items, total, more, default_size, limit, max_size, .. } = stated;
    Some(ir::Pagination { style, items, total, more, default_size, limit, max_size })
}
