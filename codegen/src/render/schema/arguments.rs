//! What a tool takes: parameters and body members side by side, and what the server adds to lists
//! and reads.

use crate::ir::{BodyArguments, Node, Operation, PageStyle, Tool};

/// The arguments of one tool.
pub(super) struct Arguments<'a> {
    pub(super) given: Vec<Argument<'a>>,
    /// Names that the document does not know belong to the body.
    pub(super) open: bool,
    /// The list takes `limit` and `next_cursor`; the vendor's largest page, where it is known.
    #[expect(clippy::option_option, reason = "a list need not say how large its pages may be")]
    pub(super) paged: Option<Option<u32>>,
    /// The tool takes `fields`.
    pub(super) fields: bool,
    /// The tool takes `q`.
    pub(super) searched: bool,
}

/// One argument.
pub(super) struct Argument<'a> {
    pub(super) name: &'a str,
    pub(super) node: &'a Node,
    pub(super) required: bool,
    pub(super) deprecated: bool,
}

pub(super) fn of<'a>(operation: &'a Operation, tool: &'a Tool) -> Arguments<'a> {
    let taken = replaced(tool);
    let mut given: Vec<Argument<'a>> = operation
        .parameters
        .iter()
        .filter(|parameter| !taken.contains(&parameter.wire.as_str()))
        .map(|parameter| Argument {
            name: &parameter.argument,
            node: &parameter.node,
            required: parameter.required,
            deprecated: parameter.deprecated,
        })
        .collect();
    let mut open_body = false;
    if let Some(body) = &operation.body {
        match &body.arguments {
            BodyArguments::Members { names, fields, open, .. } => {
                open_body = *open;
                given.extend(fields.iter().filter(|field| !field.read_only).map(|field| {
                    Argument {
                        name: names.get(&field.wire).unwrap_or(&field.wire),
                        node: &field.node,
                        required: field.required && body.required,
                        deprecated: field.deprecated,
                    }
                }));
            }
            BodyArguments::Whole(name) => {
                given.push(Argument {
                    name,
                    node: &body.node,
                    required: body.required,
                    deprecated: false,
                });
            }
        }
    }
    Arguments {
        given,
        open: open_body,
        paged: tool.pagination.as_ref().map(|pagination| pagination.max_size),
        searched: tool.searched.is_some(),
        fields: tool.method.reads(),
    }
}

/// Parameters that `limit`, `next_cursor` and `fields` stand for.
fn replaced(tool: &Tool) -> Vec<&str> {
    let mut out: Vec<&str> = tool.fields_parameter.as_deref().into_iter().collect();
    match tool.pagination.as_ref().map(|pagination| &pagination.style) {
        Some(PageStyle::Page { page, size, .. }) => out.extend([page.as_str(), size]),
        Some(PageStyle::Offset { offset, size }) => out.extend([offset.as_str(), size]),
        Some(PageStyle::Scim { start, size }) => out.extend([start.as_str(), size]),
        Some(PageStyle::Cursor { cursor, size, .. }) => {
            out.extend([cursor.as_str()].into_iter().chain(size.as_deref()));
        }
        Some(PageStyle::Whole) | None => {}
    }
    out
}
