//! Paging that a document shows without saying so.
//!
//! Parameters count only where they are whole numbers, or texts where the answer holds the text that
//! they take; an answer is a list only where its items are all that it brings.

mod words;

use super::arguments::paging_parameters;
use crate::diagnostics::Diagnostics;
use crate::ir::{
    Api, Location, Node, Operation, PageStyle, Pagination, Parameter, ResponseBody, ToolMethod,
    TypeRef,
};
use words::{
    AROUND, COUNT, CURSORS, ENVELOPE, FOLLOWING, ITEMS, MORES, NEXTS, OFFSETS, PAGES, SIZES,
    TOTALS, squashed,
};

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
    let answer = Answer::of(api, node);
    let items = answer.items(node)?;
    let query = Query(operation);
    let size = query.find(SIZES, is_integer);
    let next = answer.find(NEXTS, is_text);
    let style = if let (Some(cursor), Some(next)) = (query.cursor(), next) {
        PageStyle::Cursor {
            cursor: cursor.wire.clone(),
            size: size.map(|size| size.wire.clone()),
            next: next.path.clone(),
        }
    } else if query.find(CURSORS, is_text).is_none()
        && let Some(size) = size
        && let Some(style) = counted(query, size)
    {
        style
    } else if query.pages_nothing() && answer.is_plainly_a_list(&items) {
        PageStyle::Whole
    } else {
        return None;
    };
    let more = answer
        .find(MORES, |ty| matches!(ty, TypeRef::Bool))
        .or_else(|| answer.following().filter(|_| !matches!(style, PageStyle::Cursor { .. })));
    let number = |value: Option<&serde_json::Value>| {
        value.and_then(serde_json::Value::as_u64).and_then(|value| u32::try_from(value).ok())
    };
    let whole = matches!(style, PageStyle::Whole);
    let constraints = size.filter(|_| !whole).map(|size| &size.node.constraints);
    Some(Pagination {
        style,
        items,
        total: answer.total().map(|total| total.path.clone()),
        more: more.filter(|_| !whole).map(|more| more.path.clone()),
        default_size: constraints.and_then(|of| number(of.default.as_ref())),
        limit: None,
        max_size: constraints.and_then(|of| number(of.get("maximum"))),
    })
}

/// Paging by pages or items, where a whole number asks for them.
fn counted(query: Query<'_>, size: &Parameter) -> Option<PageStyle> {
    if let Some(page) = query.find(PAGES, is_integer) {
        let constraints = &page.node.constraints;
        let stated = constraints.get("minimum").or(constraints.default.as_ref());
        let first = u32::from(stated.and_then(serde_json::Value::as_u64) != Some(0));
        return Some(PageStyle::Page { page: page.wire.clone(), size: size.wire.clone(), first });
    }
    let offset = query.find(OFFSETS, is_integer)?;
    Some(PageStyle::Offset { offset: offset.wire.clone(), size: size.wire.clone() })
}

fn is_integer(ty: &TypeRef) -> bool {
    matches!(ty, TypeRef::I32 | TypeRef::I64 | TypeRef::U32 | TypeRef::U64)
}

fn is_text(ty: &TypeRef) -> bool {
    matches!(ty, TypeRef::String)
}

/// The parameters of a call in the query.
#[derive(Clone, Copy)]
struct Query<'a>(&'a Operation);

impl<'a> Query<'a> {
    /// The first of these names, in their order, that is of a type.
    fn find(self, known: &[&str], fits: impl Fn(&TypeRef) -> bool) -> Option<&'a Parameter> {
        known.iter().find_map(|name| {
            self.0.parameters.iter().find(|parameter| {
                matches!(parameter.location, Location::Query(_))
                    && squashed(&parameter.wire) == *name
                    && fits(&parameter.node.ty)
            })
        })
    }

    /// An opaque text that asks for a page: a page that is no number is one, too.
    fn cursor(self) -> Option<&'a Parameter> {
        let opaque = |known| {
            self.find(known, is_text).filter(|found| found.node.constraints.values.is_empty())
        };
        opaque(CURSORS).or_else(|| opaque(PAGES))
    }

    fn pages_nothing(self) -> bool {
        [SIZES, PAGES, OFFSETS, CURSORS].into_iter().all(|known| {
            let asks = |ty: &TypeRef| !matches!(ty, TypeRef::List(_) | TypeRef::Map(_));
            self.find(known, asks).is_none()
        })
    }
}

/// A member of an answer.
struct Member<'a> {
    /// Dotted.
    path: String,
    /// Its own name, as the lists of words have it.
    name: String,
    node: &'a Node,
}

/// The members of an answer that is an object.
struct Answer<'a> {
    own: Vec<Member<'a>>,
    /// Those of objects that hold what is said of the list.
    around: Vec<Member<'a>>,
}

impl<'a> Answer<'a> {
    fn of(api: &'a Api, node: &'a Node) -> Self {
        let own = members(api, node, "");
        let objects = own.iter().filter(|member| AROUND.contains(&member.name.as_str()));
        let mut around: Vec<Member<'a>> =
            objects.flat_map(|member| members(api, member.node, &member.path)).collect();
        // Links may be objects with an address: `links.next.href`.
        let linked = |member: &Member<'a>| {
            let address = members(api, member.node, &member.path);
            let address = address.into_iter().find(|found| found.name == "href")?;
            Some(Member { name: member.name.clone(), ..address })
        };
        let links: Vec<Member<'a>> = around.iter().chain(&own).filter_map(linked).collect();
        around.extend(links);
        Self { own, around }
    }

    /// The first of these names, in their order, that is of a type, outer members first.
    fn find(&self, known: &[&str], fits: impl Fn(&TypeRef) -> bool) -> Option<&Member<'a>> {
        known.iter().find_map(|name| {
            let mut members = self.own.iter().chain(&self.around);
            members.find(|member| member.name == *name && fits(&member.node.ty))
        })
    }

    /// A link to the next page, or its number, which is not there at the end.
    fn following(&self) -> Option<&Member<'a>> {
        self.find(FOLLOWING, is_text)
            .or_else(|| self.find(&["nextpage"], is_integer).filter(|found| found.node.nullable))
    }

    /// The number of all items; a mere `count` is that where no flag counts on and nothing is said
    /// of pages.
    fn total(&self) -> Option<&Member<'a>> {
        let number = |ty: &TypeRef| is_integer(ty) || matches!(ty, TypeRef::F64);
        self.find(TOTALS, number).or_else(|| {
            let flag = self.find(MORES, |ty| matches!(ty, TypeRef::Bool));
            let of_page = |member: &&Member<'a>| {
                let doc = member.node.doc.to_ascii_lowercase();
                ["page", "return", "response"].iter().any(|word| doc.contains(word))
            };
            self.find(COUNT, number).filter(|count| flag.is_none() && !of_page(count))
        })
    }

    /// Where the items are, when that is clear and they are the data of the answer: what lies
    /// beside them would be out of reach.
    fn items(&self, node: &Node) -> Option<String> {
        if matches!(node.ty, TypeRef::List(_)) {
            return Some(String::new());
        }
        let is_list = |member: &&Member<'a>| matches!(member.node.ty, TypeRef::List(_));
        let said = [SIZES, PAGES, OFFSETS, CURSORS, NEXTS, MORES, TOTALS, COUNT, AROUND, ENVELOPE];
        let is_data = |member: &&Member<'a>| {
            is_list(member)
                && !matches!(member.name.as_str(), "errors" | "warnings" | "schemas" | "links")
                || !said.iter().any(|known| known.contains(&member.name.as_str()))
        };
        let mut data = self.own.iter().filter(is_data);
        let only = data.next().filter(is_list).filter(|_| data.next().is_none())?;
        (!only.path.contains('.')).then(|| only.path.clone())
    }

    /// Whether an answer is a list and little else: many objects have a list among their members.
    fn is_plainly_a_list(&self, items: &str) -> bool {
        self.own.len() <= 3 || ITEMS.contains(&squashed(items).as_str())
    }
}

/// The members of an object, by their dotted names; those with dots of their own cannot be named.
fn members<'a>(api: &'a Api, node: &'a Node, outer: &str) -> Vec<Member<'a>> {
    let fields = api.members(node).map(|(fields, ..)| fields).unwrap_or_default();
    let named = fields.iter().filter(|field| outer.is_empty() || !field.wire.contains('.'));
    let path = |wire: &str| {
        if outer.is_empty() { wire.to_owned() } else { format!("{outer}.{wire}") }
    };
    let member = |field: &'a crate::ir::Field| Member {
        path: path(&field.wire),
        name: squashed(&field.wire),
        node: &field.node,
    };
    named.map(member).collect()
}
