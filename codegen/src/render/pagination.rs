//! How lists go on, where an operation's paging can be followed through its types.

use crate::ir::{Location, Node, Operation, PageStyle, Parameter, ResponseBody, TypeRef};

use super::rust;
use super::scope::{Presence, Scope};

/// Whether [`declaration`] has one.
pub(super) fn followed(scope: &Scope<'_>, operation: &Operation) -> bool {
    declaration(scope, operation).is_some()
}

/// The row of `support::paginated!`; `None` where items, parameters or totals are not of the types
/// that paging needs.
pub(super) fn declaration(scope: &Scope<'_>, operation: &Operation) -> Option<String> {
    let pagination = operation.tool.as_ref()?.pagination.as_ref()?;
    let answer = page_node(operation)?;
    if scope.nullable(answer) {
        return None;
    }
    let items = member(scope, answer, &pagination.items)?;
    let TypeRef::List(item) = scope.resolved(items.node) else { return None };
    let counted = |start: &str, size: &str, first: u32| {
        let start = parameter(operation, start).filter(|start| integer(scope, &start.node))?;
        let size = parameter(operation, size).filter(|size| integer(scope, &size.node));
        let size = size.map_or(String::new(), |size| format!(", {}", rust::ident(&size.ident)));
        let default = pagination.default_size.map_or(String::new(), |size| format!(", or {size}"));
        let total = pagination
            .total
            .as_deref()
            .and_then(|total| member(scope, answer, total))
            .filter(|total| integer(scope, total.node));
        let total = total.map_or("None::<i64>".to_owned(), |total| total.borrowed());
        Some((total, format!("{} from {first}{size}{default}", rust::ident(&start.ident))))
    };
    let (style, (more, detail)) = match &pagination.style {
        PageStyle::Whole => return None,
        PageStyle::Page { page, size, first } => ("next_page", counted(page, size, *first)?),
        PageStyle::Offset { offset, size } => ("next_offset", counted(offset, size, 0)?),
        PageStyle::Scim { start, size } => ("next_offset", counted(start, size, 1)?),
        PageStyle::Cursor { cursor, next, .. } => {
            let cursor = parameter(operation, cursor).filter(|cursor| text(scope, &cursor.node))?;
            let next = member(scope, answer, next).filter(|next| text(scope, next.node))?;
            ("cursor", (next.borrowed(), rust::ident(&cursor.ident)))
        }
    };
    let (name, item) = (rust::ident(&operation.type_ident), scope.node(item));
    Some(format!(
        "    {name}: {item}, |page| {}, {more}\n        => {style}({detail});\n",
        items.taken()
    ))
}

fn page_node(operation: &Operation) -> Option<&Node> {
    match operation.success.as_slice() {
        [only] => match &only.body {
            ResponseBody::Json(node) => Some(node),
            _ => None,
        },
        _ => None,
    }
}

fn parameter<'a>(operation: &'a Operation, wire: &str) -> Option<&'a Parameter> {
    let query = |parameter: &&Parameter| matches!(parameter.location, Location::Query(_));
    operation.parameters.iter().filter(query).find(|parameter| parameter.wire == wire)
}

fn integer<'a>(scope: &Scope<'a>, node: &'a Node) -> bool {
    matches!(scope.resolved(node), TypeRef::I32 | TypeRef::I64 | TypeRef::U32 | TypeRef::U64)
}

fn text<'a>(scope: &Scope<'a>, node: &'a Node) -> bool {
    matches!(scope.resolved(node), TypeRef::String)
}

/// A dotted member of the answer.
struct Member<'a> {
    node: &'a Node,
    /// Identifier of each step, and how often it is wrapped in an `Option`.
    steps: Vec<(String, u8)>,
}

fn member<'a>(scope: &Scope<'a>, root: &'a Node, path: &str) -> Option<Member<'a>> {
    let mut member = Member { node: root, steps: Vec::new() };
    for name in path.split('.').filter(|name| !name.is_empty()) {
        let (fields, _, usage) = scope.members(member.node)?;
        let field = fields.iter().find(|field| field.wire == name)?;
        let layers = match Presence::of(scope, field, usage) {
            Presence::Required => u8::from(scope.nullable(&field.node)),
            Presence::Optional | Presence::Anything => 1,
            Presence::Nullable => 2,
        };
        member.steps.push((rust::ident(&field.ident), layers));
        member.node = &field.node;
    }
    Some(member)
}

impl Member<'_> {
    /// The member by value.
    fn taken(&self) -> String {
        self.walked("")
    }

    /// The member by reference where it lies below something that may be absent, else in place.
    fn borrowed(&self) -> String {
        self.walked("as_ref")
    }

    fn walked(&self, reference: &str) -> String {
        let mut out = "page".to_owned();
        let mut wrapped = false;
        for (index, (ident, layers)) in self.steps.iter().enumerate() {
            let last = index + 1 == self.steps.len();
            let by_reference = !reference.is_empty() && (wrapped || !last);
            // Down to a single `Option` before the next step; the traits of `support::page` see
            // through the last one's layers.
            let opened = match (layers, by_reference, last) {
                (0, ..) | (_, false, true) | (1, false, false) => String::new(),
                (_, true, true) | (1, true, false) => ".as_ref()".to_owned(),
                (_, true, false) => ".as_ref().and_then(Option::as_ref)".to_owned(),
                (_, false, false) => ".flatten()".to_owned(),
            };
            out = match (wrapped, layers) {
                (false, _) => format!("{out}.{ident}{opened}"),
                (true, 0) => format!(
                    "{out}.map(|inner| {}inner.{ident})",
                    if by_reference { "&" } else { "" }
                ),
                (true, _) => format!("{out}.and_then(|inner| inner.{ident}{opened})"),
            };
            wrapped |= *layers > 0;
        }
        out
    }
}
