//! Tool arguments: flat, each name once.
//!
//! A path parameter is called for what it names, everything else as the vendor spells it. Names
//! that several places claim stay with the path and get a prefix elsewhere.

mod forms;

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::ir::{
    Api, BodyArguments, BodyEncoding, Extra, Field, Listed, Location, Node, Operation, PageStyle,
    Parameter, RequestBody, Segment, Shape, Tool, ToolMethod, Type, TypeRef,
};
use crate::names::resource::singular_words;
use crate::names::{self, NameAllocator};

/// The longest argument name that clients take.
const LONGEST: usize = 64;

/// The most members of a body that are arguments of their own.
const MOST_MEMBERS: usize = 1000;
/// How much room the members of all bodies may take, in bytes: operations share bodies, and each
/// names the members anew.
const MOST_BYTES: usize = 512 << 20;

/// Names every argument of every operation.
pub(super) fn assign(api: &mut Api) {
    let Api { types, operations, .. } = api;
    let mut left = MOST_BYTES;
    for operation in operations {
        if let Some(body) = &mut operation.body {
            body.arguments =
                bounded(body_arguments(types, body, operation.tool.as_ref()), &mut left);
        }
        name(operation);
    }
}

/// A body in one argument where its members are too many to be arguments of their own.
fn bounded(arguments: BodyArguments, left: &mut usize) -> BodyArguments {
    let BodyArguments::Members { fields, .. } = &arguments else {
        return arguments;
    };
    let bytes: usize = fields
        .iter()
        .map(|field| size_of::<Field>() + field.wire.len() + field.node.doc.len())
        .sum();
    match left.checked_sub(bytes) {
        Some(rest) if fields.len() <= MOST_MEMBERS => {
            *left = rest;
            arguments
        }
        _ => BodyArguments::Whole("body".to_owned()),
    }
}

/// One name to give, with where it belongs.
struct NameRequest {
    candidate: String,
    place: &'static str,
    /// Whether it keeps its name whatever else claims it.
    fixed: bool,
    /// Whether that is how it is spelled on the wire.
    spelled: bool,
}

fn name(operation: &mut Operation) {
    operation.parameters.iter_mut().for_each(explain);
    let in_path = path_names(operation);
    let mut requests: Vec<NameRequest> = Vec::new();
    for (index, parameter) in operation.parameters.iter().enumerate() {
        let (candidate, place) = match (&parameter.named, &parameter.location) {
            (Some(name), _) => (name.clone(), "named"),
            (None, Location::Path(_)) => (in_path[index].clone(), "path"),
            (None, Location::Query(_)) => (told(&parameter.wire), "query"),
            (None, Location::Header(_)) => (names::snake(&parameter.wire), "header"),
            (None, Location::Cookie(_)) => (names::snake(&parameter.wire), "cookie"),
        };
        let (fixed, spelled) = (matches!(place, "named" | "path"), candidate == parameter.wire);
        requests.push(NameRequest { candidate, place, fixed, spelled });
    }
    let of_parameters = requests.len();
    match operation.body.as_ref().map(|body| &body.arguments) {
        Some(BodyArguments::Members { fields, .. }) => {
            let candidate = |field: &Field| {
                if field.node.constraints.listed == Listed::Omit {
                    field.wire.clone()
                } else {
                    spelled(&field.wire)
                }
            };
            requests.extend(fields.iter().map(|field| {
                let candidate = candidate(field);
                let spelled = candidate == field.wire;
                NameRequest { candidate, place: "body", fixed: false, spelled }
            }));
        }
        Some(BodyArguments::Whole(name)) => {
            requests.push(NameRequest {
                candidate: name.clone(),
                place: "body",
                fixed: false,
                spelled: false,
            });
        }
        None => {}
    }
    let reserved = reserved(operation);
    let given = allocate(&requests, &reserved, operation.body.is_some());
    for (parameter, name) in operation.parameters.iter_mut().zip(&given) {
        parameter.argument.clone_from(name);
    }
    match operation.body.as_mut().map(|body| &mut body.arguments) {
        Some(BodyArguments::Members { names, fields, .. }) => {
            *names = fields
                .iter()
                .zip(&given[of_parameters..])
                .map(|(field, name)| (field.wire.clone(), name.clone()))
                .collect();
        }
        Some(BodyArguments::Whole(name)) => name.clone_from(&given[of_parameters]),
        None => {}
    }
}

/// Names that the server itself gives meaning to.
fn reserved(operation: &Operation) -> Vec<&'static str> {
    let Some(tool) = &operation.tool else {
        return Vec::new();
    };
    let mut names = Vec::new();
    if tool.pagination.is_some() || tool.method == ToolMethod::List {
        names.extend(["limit", "next_cursor"]);
    } else if operation.reads_files() {
        names.push("next_cursor");
    }
    if tool.pagination.is_some() || tool.method.reads() {
        names.push("fields");
    }
    names
}

/// Gives each claim a name of its own.
fn allocate(requests: &[NameRequest], reserved: &[&str], has_body: bool) -> Vec<String> {
    let mut claims: BTreeMap<&str, Vec<&NameRequest>> = BTreeMap::new();
    for request in requests {
        claims.entry(request.candidate.as_str()).or_default().push(request);
    }
    // Of names of one place, the one that is spelled so.
    let wins = |request: &NameRequest| {
        let claims = &claims[request.candidate.as_str()];
        let alike = claims.iter().all(|claim| claim.place == request.place);
        claims.len() == 1
            || (request.spelled
                && alike
                && claims.iter().filter(|claim| claim.spelled).count() == 1)
    };
    let mut taken = NameAllocator::new(reserved.iter().copied());
    let mut given: Vec<Option<String>> = vec![None; requests.len()];
    // The struct's own member of that name.
    let blocked =
        |request: &NameRequest| has_body && request.place != "body" && request.candidate == "body";
    for (slot, request) in given.iter_mut().zip(requests) {
        if request.fixed && !blocked(request) {
            *slot = Some(taken.allocate([request.candidate.as_str()], "_"));
        }
    }
    for (slot, request) in given.iter_mut().zip(requests) {
        if !request.fixed
            && wins(request)
            && !blocked(request)
            && !taken.contains(&request.candidate)
        {
            taken.insert(&request.candidate);
            *slot = Some(request.candidate.clone());
        }
    }
    let rest = given.iter_mut().zip(requests).map(|(slot, request)| {
        slot.take().unwrap_or_else(|| {
            let prefixed: String =
                format!("{}_{}", request.place, request.candidate).chars().take(LONGEST).collect();
            taken.allocate([prefixed.as_str()], "_")
        })
    });
    rest.collect()
}

/// Says what a comparison in a parameter's name means, where the document does not.
fn explain(parameter: &mut Parameter) {
    if let Some((stem, words)) = names::comparison(&parameter.wire)
        && parameter.node.doc.is_empty()
    {
        parameter.node.doc = format!("Only where `{stem}` is {words} this.");
    }
}

/// A vendor's name as clients accept property names, comparisons in words: `start_time_lt`.
fn told(wire: &str) -> String {
    match names::comparison(wire) {
        Some(_) => names::snake(wire),
        None => spelled(wire),
    }
}

/// A vendor's name as clients accept property names.
fn spelled(wire: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if !wire.is_empty()
        && wire.len() <= LONGEST
        && wire.chars().all(fits)
        && wire.chars().any(|c| c.is_ascii_alphanumeric())
    {
        return wire.to_owned();
    }
    let mut name = String::new();
    for letter in wire.chars() {
        if fits(letter) {
            name.push(letter);
        } else if !name.ends_with('_') {
            name.push('_');
        }
    }
    let name: String = name.trim_matches('_').chars().take(LONGEST).collect();
    if name.chars().any(|c| c.is_ascii_alphanumeric()) { name } else { names::snake(wire) }
}

/// What the path parameters are called, by index of the parameter.
fn path_names(operation: &Operation) -> Vec<String> {
    let mut names: Vec<String> = vec![String::new(); operation.parameters.len()];
    let mut before = String::new();
    let mut variables: Vec<(usize, Option<String>)> = Vec::new();
    let mut after = String::new();
    for segment in &operation.segments {
        match segment {
            Segment::Literal(text) => {
                before.clone_from(text);
                after.clone_from(text);
            }
            Segment::Parameter(index) => {
                // The segment before, when the variable has one of its own.
                let owner = before
                    .strip_suffix('/')
                    .and_then(|text| text.rsplit('/').next())
                    .filter(|text| !text.is_empty() && !names::resource::is_version(text));
                if !variables.iter().any(|(known, _)| known == index) {
                    variables.push((*index, owner.map(names::snake)));
                }
                before.clear();
                after.clear();
            }
        }
    }
    if let [(only, _)] = variables.as_slice() {
        "id".clone_into(&mut names[*only]);
        return names;
    }
    let action = after.trim_matches(['/', ':']);
    let ends = action.is_empty()
        || (action.starts_with('.') && !action.contains('/'))
        || (!action.contains('/')
            && names::snake(action).split('_').next().is_some_and(names::is_verb));
    let last = variables.len().saturating_sub(1);
    let mut seen: Vec<String> = Vec::new();
    for (position, (index, owner)) in variables.iter().enumerate() {
        let own = names::snake(&operation.parameters[*index].wire);
        let name = match owner {
            _ if position == last && ends && !after_dot(operation) => "id".to_owned(),
            Some(owner) => format!("{}_id", singular_words(owner)),
            None => own.clone(),
        };
        let name = if seen.contains(&name) { own } else { name };
        seen.push(name.clone());
        names[*index] = name;
    }
    names
}

/// Whether the last variable shares its segment with another: `{a}...{b}`.
fn after_dot(operation: &Operation) -> bool {
    let segments = &operation.segments;
    let last =
        segments.iter().rposition(|segment| matches!(segment, Segment::Parameter(_))).unwrap_or(0);
    match last.checked_sub(1).map(|before| &segments[before]) {
        Some(Segment::Literal(text)) => !text.contains('/') && last >= 2,
        Some(Segment::Parameter(_)) => true,
        None => false,
    }
}

/// How a body becomes arguments.
fn body_arguments(types: &[Type], body: &RequestBody, tool: Option<&Tool>) -> BodyArguments {
    if body.encoding == BodyEncoding::Binary {
        return BodyArguments::Whole("file".to_owned());
    }
    let open = |mut fields: Vec<Field>, open: bool| {
        let constants = fields.iter_mut().filter_map(|field| settled(types, field)).collect();
        fields.sort_by_key(|field| !field.required);
        BodyArguments::Members { names: IndexMap::new(), fields, open, constants }
    };
    let whole = || BodyArguments::Whole("body".to_owned());
    let TypeRef::Named(id) = body.node.ty else {
        // A body of tenant-defined fields alone.
        let free = matches!(body.node.ty, TypeRef::Map(_))
            && tool.is_some_and(|tool| tool.live_fields.is_some());
        return if free { open(Vec::new(), true) } else { whole() };
    };
    if body.node.nullable {
        return whole();
    }
    match &types[id.0].shape {
        Shape::Struct { fields, extra } => open(
            fields.iter().filter(|field| !field.read_only).cloned().collect(),
            matches!(extra, Extra::Keep(_)),
        ),
        Shape::Union(union) => {
            let Some(forms) = forms::of(types, union) else { return whole() };
            let any_open = forms.iter().any(|form| form.open);
            open(forms::united(&forms, union), any_open)
        }
        Shape::StringEnum(_) | Shape::Alias(_) => whole(),
    }
}

/// The one value that a required member can have; the member is then no longer asked for.
fn settled(types: &[Type], field: &mut Field) -> Option<(String, serde_json::Value)> {
    if !field.required {
        return None;
    }
    let value = only_value(types, &field.node)?;
    field.required = false;
    field.node.constraints.listed = Listed::Omit;
    Some((field.wire.clone(), value))
}

/// The value of a node that admits no other: an enum of one, or a list of such.
fn only_value(types: &[Type], node: &Node) -> Option<serde_json::Value> {
    if node.nullable {
        return None;
    }
    match (&node.ty, node.constraints.values.as_slice()) {
        (_, [only]) => Some(only.clone()),
        (TypeRef::List(item), []) => only_value(types, item).map(|only| vec![only].into()),
        (TypeRef::Named(id), []) => match &types[id.0].shape {
            Shape::StringEnum(values) if values.len() == 1 => Some(values[0].wire.as_str().into()),
            _ => None,
        },
        _ => None,
    }
}

/// The parameters that paging uses, by their wire names.
pub(crate) fn paging_parameters(style: &PageStyle) -> Vec<&str> {
    match style {
        PageStyle::Page { page, size, .. } => vec![page, size],
        PageStyle::Offset { offset, size } => vec![offset, size],
        PageStyle::Scim { start, size } => vec![start, size],
        PageStyle::Cursor { cursor, size, .. } => {
            std::iter::once(cursor).chain(size).map(String::as_str).collect()
        }
        PageStyle::Whole => Vec::new(),
    }
}
