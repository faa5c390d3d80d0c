//! How lists go on, where an operation's paging can be followed through its Rust types.

use crate::ir::{
    Api, Location, MemberPath, More, Node, Operation, PageStyle, Paging, PagingParameter,
    PagingStyle, PagingUnit, Parameter, Presence, ResponseBody, Step, TypeRef,
};

/// The paging of a list; `None` where items, parameters or totals are not of the types that it
/// needs.
pub(super) fn of(api: &Api, operation: &Operation) -> Option<Paging> {
    let pagination = operation.tool.as_ref()?.pagination.as_ref()?;
    let page = page_node(operation)?;
    if api.is_nullable(page) {
        return None;
    }
    let (items, list) = member(api, page, &pagination.items)?;
    let TypeRef::List(item) = &list.ty else { return None };
    let counted = |unit: PagingUnit, first: u32, start: &str, size: &str| {
        let start = parameter(operation, start, is_integer).map(|start| taken(api, start))?;
        Some(PagingStyle::Counted {
            unit,
            first,
            start,
            size: parameter(operation, size, is_integer).map(|size| taken(api, size)),
            total: pagination
                .total
                .as_deref()
                .and_then(|total| member(api, page, total))
                .filter(|(_, node)| is_integer(&node.ty))
                .map(|(path, _)| path),
        })
    };
    let style = match &pagination.style {
        PageStyle::Whole => return None,
        PageStyle::Page { page, size, first } => counted(PagingUnit::Page, *first, page, size)?,
        PageStyle::Offset { offset, size } => counted(PagingUnit::Item, 0, offset, size)?,
        PageStyle::Scim { start, size } => counted(PagingUnit::Item, 1, start, size)?,
        PageStyle::Cursor { cursor, next, .. } => {
            let is_text = |ty: &TypeRef| matches!(ty, TypeRef::String);
            let cursor = parameter(operation, cursor, is_text)?;
            let (next, node) = member(api, page, next)?;
            if !is_text(&node.ty) {
                return None;
            }
            PagingStyle::Cursor { wire: cursor.wire.clone(), cursor: taken(api, cursor), next }
        }
    };
    let more = pagination.more.as_deref().and_then(|more| member(api, page, more));
    Some(Paging {
        items,
        item: Node::clone(item),
        default_size: pagination.default_size,
        max_size: pagination.max_size,
        more: more.and_then(|(path, node)| match node.ty {
            TypeRef::Bool => Some(More::Flag(path)),
            TypeRef::String => Some(More::Link(path)),
            _ if is_integer(&node.ty) && path.0.iter().any(|step| step.options > 0) => {
                Some(More::Number(path))
            }
            _ => None,
        }),
        style,
    })
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

/// A query parameter whose type is one that paging can set.
fn parameter<'a>(
    operation: &'a Operation,
    wire: &str,
    fits: impl Fn(&TypeRef) -> bool,
) -> Option<&'a Parameter> {
    operation.parameters.iter().find(|parameter| {
        matches!(parameter.location, Location::Query(_))
            && parameter.wire == wire
            && fits(&parameter.node.ty)
    })
}

fn taken(api: &Api, parameter: &Parameter) -> PagingParameter {
    PagingParameter {
        ident: parameter.ident.clone(),
        optional: !parameter.required || api.is_nullable(&parameter.node),
    }
}

fn is_integer(ty: &TypeRef) -> bool {
    matches!(ty, TypeRef::I32 | TypeRef::I64 | TypeRef::U32 | TypeRef::U64)
}

/// A dotted member of the answer.
fn member<'a>(api: &'a Api, root: &'a Node, path: &str) -> Option<(MemberPath, &'a Node)> {
    let mut steps = Vec::new();
    let mut node = root;
    for name in path.split('.').filter(|name| !name.is_empty()) {
        let (fields, ..) = api.members(node)?;
        let field = fields.iter().find(|field| field.wire == name)?;
        let options = match field.presence {
            Presence::Required => u8::from(api.is_nullable(&field.node)),
            Presence::Optional | Presence::Anything => 1,
            Presence::Nullable => 2,
        };
        steps.push(Step { ident: field.ident.clone(), options });
        node = &field.node;
    }
    Some((MemberPath(steps), node))
}
