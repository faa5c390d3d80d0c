//! `src/tools.rs`: a static row for each tool, sorted by name.

mod arguments;

use std::fmt::Write as _;

use crate::ir::{
    Api, BodyArguments, Job, LiveFields, Operation, PageStyle, Pagination, RateLimit, Tool,
};
use crate::write::Artifact;

use super::rust::{self, literal};
use super::schema::text;

/// Tools with their operations, sorted by name.
pub(super) fn sorted(api: &Api) -> Vec<(&Operation, &Tool)> {
    let mut tools: Vec<_> = api
        .operations
        .iter()
        .filter_map(|operation| operation.tool.as_ref().map(|tool| (operation, tool)))
        .collect();
    tools.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
    tools
}

/// The artifact.
pub(super) fn render(api: &Api) -> Artifact {
    let rows: Vec<String> =
        sorted(api).into_iter().map(|(operation, tool)| row(api, operation, tool)).collect();
    let body = rows.concat();
    let mut out = rust::header(api, &format!("The operations of {} as tools.", api.title));
    let names = [
        "Annotations",
        "Argument",
        "BodyArguments",
        "BodyForm",
        "BodyForms",
        "FieldsParameter",
        "FieldsStyle",
        "Job",
        "LiveFields",
        "RateLimit",
        "Tool",
        "ToolMethod",
    ];
    let used: Vec<&str> =
        names.into_iter().filter(|name| *name == "Tool" || is_named(&body, name)).collect();
    let used = match used.as_slice() {
        [one] => (*one).to_owned(),
        many => format!("{{{}}}", many.join(", ")),
    };
    let _ = writeln!(out, "use ::support::tool::{used};");
    if !rows.is_empty() {
        out.push_str("\nuse crate::operations;\n");
    }
    let _ = writeln!(
        out,
        "\n/// Every tool of {}, sorted by name.\npub static TOOLS: &[Tool] = &[\n{body}];",
        super::doc::brief(&api.title, 120)
    );
    Artifact::new("src/tools.rs", out)
}

/// Whether the text of the rows names an item.
fn is_named(rows: &str, name: &str) -> bool {
    [format!(" {name}::"), format!(" {name} {{"), format!("({name}::"), format!("({name} {{")]
        .iter()
        .any(|used| rows.contains(used))
}

fn row(api: &Api, operation: &Operation, tool: &Tool) -> String {
    let mut row = Row("    Tool {\n".to_owned());
    row.set("title", literal(&text::title(operation)));
    row.set("description", literal(&text::description(operation)));
    let detail = text::detail(operation);
    row.set_if("detail", (!detail.is_empty()).then(|| literal(&detail)));
    row.set("method", method(&tool.method));
    row.set("tags", list(&tool.tags));
    row.set("annotations", annotations(tool));
    row.set_if("deprecated", operation.deprecated.then(|| "true".to_owned()));
    row.set_if("arguments", arguments::table(api, operation));
    row.set_if("body", arguments::body(api, operation));
    row.set_if("constants", constants(operation));
    row.set_if(
        "pagination",
        tool.pagination.as_ref().map(|pagination| page(operation, pagination)),
    );
    row.set_if("rate_limit", tool.rate_limit.as_ref().map(rate_limit));
    row.set_if("job", tool.job.as_ref().map(job));
    row.set_if("fields_parameter", arguments::fields_parameter(api, operation, tool));
    row.set_if("wrapper", tool.wrapper.as_deref().map(some));
    row.set_if("searched", tool.searched.as_deref().map(some));
    row.set_if("live_fields", tool.live_fields.as_ref().map(live_fields));
    row.set_if("launch_form", tool.launch_form.then(|| "true".to_owned()));
    let ident = rust::ident(&operation.type_ident);
    let (name, file) = (literal(&tool.name), literal(&format!("../schemas/{}.json", tool.name)));
    format!("{}        ..::support::tool!(operations::{ident}, {name}, {file})\n    }},\n", row.0)
}

/// A row in the making: one line a member.
struct Row(String);

impl Row {
    fn set(&mut self, member: &str, value: String) {
        self.set_if(member, Some(value));
    }

    fn set_if(&mut self, member: &str, value: Option<String>) {
        if let Some(value) = value {
            let _ = writeln!(self.0, "        {member}: {value},");
        }
    }
}

fn list(texts: &[String]) -> String {
    format!("&[{}]", texts.iter().map(|text| literal(text)).collect::<Vec<_>>().join(", "))
}

fn method(method: &str) -> String {
    match method {
        "list" => "ToolMethod::List".to_owned(),
        "get" => "ToolMethod::Get".to_owned(),
        "create" => "ToolMethod::Create".to_owned(),
        "update" => "ToolMethod::Update".to_owned(),
        "delete" => "ToolMethod::Delete".to_owned(),
        action => format!("ToolMethod::Custom({})", literal(action)),
    }
}

fn annotations(tool: &Tool) -> String {
    match (tool.read_only, tool.destructive, tool.idempotent) {
        (true, false, true) => "Annotations::READ".to_owned(),
        (false, false, false) => "Annotations::WRITE".to_owned(),
        (false, false, true) => "Annotations::SET".to_owned(),
        (false, true, true) => "Annotations::REMOVE".to_owned(),
        (false, true, false) => "Annotations::END".to_owned(),
        (read_only, destructive, idempotent) => {
            format!(
                "Annotations {{ read_only: {read_only}, destructive: {destructive}, idempotent: {idempotent}, ..Annotations::READ }}"
            )
        }
    }
}

fn some(text: &str) -> String {
    format!("Some({})", literal(text))
}

/// Body members that are sent when the caller leaves them out.
fn constants(operation: &Operation) -> Option<String> {
    let Some(BodyArguments::Members { constants, .. }) =
        operation.body.as_ref().map(|body| &body.arguments)
    else {
        return None;
    };
    let pairs = constants
        .iter()
        .map(|(wire, value)| format!("({}, {})", literal(wire), literal(&value.to_string())));
    (!constants.is_empty()).then(|| format!("&[{}]", pairs.collect::<Vec<_>>().join(", ")))
}

/// The argument name of a parameter.
fn argument<'a>(operation: &'a Operation, wire: &'a str) -> &'a str {
    operation
        .parameters
        .iter()
        .find(|parameter| parameter.wire == wire)
        .map_or(wire, |parameter| parameter.argument.as_str())
}

fn page(operation: &Operation, pagination: &Pagination) -> String {
    let name = |wire: &str| literal(argument(operation, wire));
    let style = match &pagination.style {
        PageStyle::Page { page, size, first } => {
            format!("Page {{ page: {}, size: {}, first: {first} }}", name(page), name(size))
        }
        PageStyle::Offset { offset, size } => {
            format!("Offset {{ offset: {}, size: {} }}", name(offset), name(size))
        }
        PageStyle::Scim { start, size } => {
            format!("Scim {{ start: {}, size: {} }}", name(start), name(size))
        }
        PageStyle::Cursor { cursor, size, next } => {
            let size =
                size.as_deref().map_or("None".to_owned(), |size| format!("Some({})", name(size)));
            format!("Cursor {{ cursor: {}, size: {size}, next: {} }}", name(cursor), literal(next))
        }
        PageStyle::Whole => "Whole".to_owned(),
    };
    let mut out = format!("{style}, items {}", literal(&pagination.items));
    if let Some(total) = &pagination.total {
        let _ = write!(out, ", total {}", literal(total));
    }
    if let Some(default) = pagination.default_size {
        let _ = write!(out, ", default {default}");
    }
    if let Some(most) = pagination.max_size {
        let _ = write!(out, ", most {most}");
    }
    format!("::support::pagination!({out})")
}

fn rate_limit(RateLimit { requests, seconds, bucket }: &RateLimit) -> String {
    format!("RateLimit::of({requests}, {seconds}, {})", literal(bucket))
}

fn job(Job { poll, arguments, pending_when }: &Job) -> String {
    let arguments: Vec<String> = arguments
        .iter()
        .map(|(name, member)| format!("({}, {})", literal(name), literal(member)))
        .collect();
    let pending = pending_when.as_ref().map_or("None".to_owned(), |(member, values)| {
        format!("Some(({}, {}))", literal(member), list(values))
    });
    format!(
        "Some(Job {{ poll: {}, arguments: &[{}], pending_when: {pending} }})",
        literal(poll),
        arguments.join(", ")
    )
}

fn live_fields(LiveFields { tool, items, key }: &LiveFields) -> String {
    format!(
        "Some(LiveFields {{ tool: {}, items: {}, key: {} }})",
        literal(tool),
        literal(items),
        literal(key)
    )
}
