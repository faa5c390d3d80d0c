//! Paging that a document shows without saying so.

use super::arguments::paging_parameters;
use crate::diagnostics::Diagnostics;
use crate::ir::{
    Api, Location, Node, Operation, PageStyle, Pagination, ResponseBody, Shape, ToolMethod, TypeRef,
};

/// Names of parameters by what they do.
const SIZES: &[&str] = &[
    "per_page",
    "page_size",
    "pagesize",
    "limit",
    "size",
    "count",
    "perpage",
    "max_results",
    "maxresults",
    "first",
    "page_limit",
    "results_per_page",
];
const PAGES: &[&str] = &["page", "page_number", "pagenumber", "page_no"];
const OFFSETS: &[&str] = &["offset", "skip", "start"];
const CURSORS: &[&str] = &[
    "cursor",
    "page_token",
    "pagetoken",
    "next_token",
    "nexttoken",
    "next_cursor",
    "starting_after",
    "after",
    "continuation_token",
];
/// Names of members that hold the next cursor.
const NEXTS: &[&str] = &[
    "next_cursor",
    "nextcursor",
    "next_page_token",
    "nextpagetoken",
    "next_token",
    "nexttoken",
    "cursor",
    "next",
    "continuation_token",
    "after",
];
/// Names of members that count all items.
const TOTALS: &[&str] =
    &["total", "total_count", "totalcount", "count", "total_results", "totalresults"];
/// Names of members that hold the items, when several members are lists.
const ITEMS: &[&str] =
    &["items", "data", "results", "list", "records", "entries", "values", "resources"];

/// Gives lists without stated paging the one that their parameters and answers show; a note says
/// where that is a guess.
pub(super) fn derive(api: &mut Api, diags: &mut Diagnostics) {
    let mut derived = Vec::new();
    for (index, operation) in api.operations.iter().enumerate() {
        let unstated = operation.tool.as_ref().is_some_and(|tool| {
            tool.method == ToolMethod::List && tool.pagination.is_none() && tool.named.is_none()
        });
        if let Some(pagination) = unstated.then(|| suggestion(api, operation)).flatten() {
            if !matches!(pagination.style, PageStyle::Whole) {
                let by = paging_parameters(&pagination.style).join("`, `");
                diags.note(
                    "derived-pagination",
                    &api.file,
                    &operation.pointer,
                    format!(
                        "read as a list that is paged by `{by}`; state it in the overlay to be sure"
                    ),
                );
            }
            derived.push((index, pagination));
        }
    }
    for (index, pagination) in derived {
        if let Some(tool) = &mut api.operations[index].tool {
            tool.pagination = Some(pagination);
        }
    }
}

fn suggestion(api: &Api, operation: &Operation) -> Option<Pagination> {
    let node = operation.success.iter().find_map(|answer| match &answer.body {
        ResponseBody::Json(node) => Some(node),
        _ => None,
    })?;
    let members = members(api, node);
    let items = items(node, &members)?;
    let find = |known: &[&str]| {
        let in_query = |parameter: &&crate::ir::Parameter| {
            matches!(parameter.location, Location::Query(_))
                && !matches!(parameter.node.ty, TypeRef::List(_) | TypeRef::Map(_))
        };
        known.iter().find_map(|name| {
            operation
                .parameters
                .iter()
                .filter(in_query)
                .find(|parameter| parameter.wire.eq_ignore_ascii_case(name))
        })
    };
    let member = |known: &[&str]| {
        known.iter().find_map(|name| {
            members.iter().find(|(wire, node)| {
                wire.eq_ignore_ascii_case(name) && !matches!(node.ty, TypeRef::List(_))
            })
        })
    };
    let size = find(SIZES);
    let text = |node: &Node| matches!(node.ty, TypeRef::String);
    let style = if let (Some(cursor), Some((next, _))) =
        (find(CURSORS), member(NEXTS).filter(|(_, node)| text(node)))
    {
        PageStyle::Cursor {
            cursor: cursor.wire.clone(),
            size: size.map(|size| size.wire.clone()),
            next: next.clone(),
        }
    } else if let (Some(page), Some(size)) = (find(PAGES), size) {
        // A cursor in disguise has no number.
        if text(&page.node) {
            return None;
        }
        let stated = page
            .node
            .constraints
            .get("minimum")
            .or(page.node.constraints.default.as_ref())
            .and_then(serde_json::Value::as_u64);
        PageStyle::Page {
            page: page.wire.clone(),
            size: size.wire.clone(),
            first: u32::from(stated != Some(0)),
        }
    } else if let (Some(offset), Some(size)) = (find(OFFSETS), size) {
        PageStyle::Offset { offset: offset.wire.clone(), size: size.wire.clone() }
    } else if find(PAGES).is_none()
        && find(OFFSETS).is_none()
        && find(CURSORS).is_none()
        && size.is_none()
        && is_plainly_a_list(&items, &members)
    {
        PageStyle::Whole
    } else {
        return None;
    };
    let number = |value: Option<&serde_json::Value>| {
        value.and_then(serde_json::Value::as_u64).and_then(|value| u32::try_from(value).ok())
    };
    let (default_size, max_size) = match (&style, size) {
        (PageStyle::Whole, _) | (_, None) => (None, None),
        (_, Some(size)) => (
            number(size.node.constraints.default.as_ref()),
            number(size.node.constraints.get("maximum")),
        ),
    };
    let total = member(TOTALS).filter(|(_, node)| !text(node)).map(|(wire, _)| wire.clone());
    Some(Pagination { style, items, total, more: None, default_size, max_size })
}

/// The members of an answer that is an object.
fn members(api: &Api, node: &Node) -> Vec<(String, Node)> {
    match node.ty {
        TypeRef::Named(id) => match &api.types[id.0].shape {
            Shape::Struct { fields, .. } => {
                fields.iter().map(|field| (field.wire.clone(), field.node.clone())).collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Whether an answer is a list and little else: many objects have a list among their members.
fn is_plainly_a_list(items: &str, members: &[(String, Node)]) -> bool {
    members.len() <= 3 || ITEMS.contains(&items.to_ascii_lowercase().as_str())
}

/// Where the items are, when that is clear.
fn items(node: &Node, members: &[(String, Node)]) -> Option<String> {
    if matches!(node.ty, TypeRef::List(_)) {
        return Some(String::new());
    }
    let lists: Vec<&String> = members
        .iter()
        .filter(|(wire, node)| matches!(node.ty, TypeRef::List(_)) && !wire.contains('.'))
        .map(|(wire, _)| wire)
        .collect();
    match lists.as_slice() {
        [only] => Some((*only).clone()),
        several => several
            .iter()
            .find(|wire| ITEMS.contains(&wire.to_ascii_lowercase().as_str()))
            .map(|wire| (*wire).clone()),
    }
}
