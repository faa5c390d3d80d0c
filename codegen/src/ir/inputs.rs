//! What a tool takes: parameters and body members side by side, and what the server adds to lists
//! and reads.

use serde_json::{Value, json};

use super::{BodyArguments, Node, Operation, PageStyle, Pagination, Tool};

/// The arguments of one tool.
#[expect(clippy::struct_excessive_bools, reason = "each says something else of the arguments")]
pub(crate) struct Inputs<'a> {
    pub(crate) given: Vec<Input<'a>>,
    /// Names that the document does not know belong to the body.
    pub(crate) open: bool,
    /// The body is one argument.
    pub(crate) whole: bool,
    /// The list takes `limit` and `next_cursor`.
    pub(crate) paged: Option<&'a Pagination>,
    /// The tool reads files, and takes `next_cursor` for long ones.
    pub(crate) files: bool,
    /// The tool takes `fields`.
    pub(crate) fields: bool,
    /// The tool takes `q`.
    pub(crate) searched: bool,
}

/// One argument.
pub(crate) struct Input<'a> {
    pub(crate) name: &'a str,
    pub(crate) node: &'a Node,
    /// What a parameter's schema states.
    pub(crate) stated: Option<&'a Value>,
    pub(crate) in_body: bool,
    pub(crate) required: bool,
    pub(crate) deprecated: bool,
}

impl Inputs<'_> {
    /// The names of what the server itself takes.
    pub(crate) fn own(&self) -> impl Iterator<Item = &'static str> {
        let paged = self.paged.is_some().then_some(["limit", "next_cursor"]);
        let fields = self.fields.then_some("fields");
        let files = self.files.then_some("next_cursor");
        paged.into_iter().flatten().chain(files).chain(fields).chain(self.searched.then_some("q"))
    }
}

pub(crate) fn of<'a>(operation: &'a Operation, tool: &'a Tool) -> Inputs<'a> {
    let taken = replaced(tool);
    let mut given: Vec<Input<'a>> = operation
        .parameters
        .iter()
        .filter(|parameter| !taken.contains(&parameter.wire.as_str()))
        .map(|parameter| Input {
            name: &parameter.argument,
            node: &parameter.node,
            stated: parameter.stated.as_ref(),
            in_body: false,
            required: parameter.required,
            deprecated: parameter.deprecated,
        })
        .collect();
    let (mut open, mut whole) = (false, false);
    if let Some(body) = &operation.body {
        match &body.arguments {
            BodyArguments::Members { names, fields, open: open_body, .. } => {
                open = *open_body;
                given.extend(fields.iter().filter(|field| !field.read_only).map(|field| Input {
                    name: names.get(&field.wire).unwrap_or(&field.wire),
                    node: &field.node,
                    stated: None,
                    in_body: true,
                    required: field.required && body.required,
                    deprecated: field.deprecated,
                }));
            }
            BodyArguments::Whole(name) => {
                whole = true;
                given.push(Input {
                    name,
                    node: &body.node,
                    stated: None,
                    in_body: true,
                    required: body.required,
                    deprecated: false,
                });
            }
        }
    }
    Inputs {
        given,
        open,
        whole,
        paged: tool.pagination.as_ref(),
        searched: tool.searched.is_some(),
        files: operation.reads_files(),
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

/// How a file is given to a tool: by its content, or by where the server finds it.
pub(crate) fn file() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "content_base64": {"type": "string"},
            "content_type": {"type": "string"},
            "url": {"type": "string", "format": "uri"},
        },
        "additionalProperties": false,
        "anyOf": [{"required": ["name", "content_base64"]}, {"required": ["url"]}],
    })
}
