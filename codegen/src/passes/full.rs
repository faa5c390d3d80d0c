//! The full schema of each tool: everything that the document states about its arguments, in one
//! self-contained, finite object.
//!
//! It is made of what the document's schemas state, not of the types that they became, since types
//! say less. What it cannot say, or says otherwise than the document, is a note.

mod close;
mod expand;
mod family;
mod merge;
mod root;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::diagnostics::Diagnostics;
use crate::ir::inputs::{self, Inputs};
use crate::ir::{Api, BodyArguments, BodyEncoding, Location, Operation, QueryStyle, Tool, TypeRef};
use crate::pointer::Trail;
use expand::{Expander, Note, Schema};
use family::Families;

/// The depths that are tried, until nothing is left out or it is too much: the types of large
/// documents refer to one another so densely that spelling all of them out has no end in practice.
/// Everything to a certain depth is worth more than one branch to its end.
const DEPTHS: [usize; 9] = [1, 2, 3, 4, 5, 6, 7, 9, 12];
/// The most schemas that one tool's arguments may consist of.
const MOST: usize = 1000;
/// The most that all tools together may: each of an API of thousands gets less.
const MOST_TOGETHER: usize = 4_000_000;
/// The least that is left to each, and the most that the shallowest depths may take.
const LEAST: usize = 50;
const MOST_SHALLOW: usize = 20_000;
/// The keyword for what stands between the items of a list that is sent as one text.
const SEPARATOR: &str = "x-separator";
/// The longest text that rows are searched for, in characters.
const LONGEST_QUERY: usize = 1_000;

/// Writes the full schema of every tool.
pub(super) fn write(api: &mut Api, diags: &mut Diagnostics) {
    let Some(stated) = std::mem::take(&mut api.stated) else { return };
    let families = Families::new(&stated);
    let share = (MOST_TOGETHER / api.operations.len().max(1)).clamp(LEAST, MOST_SHALLOW);
    let mut said = BTreeSet::new();
    // Many operations may share such a body: once is enough to find it out.
    let mut too_large: BTreeSet<String> = BTreeSet::new();
    let mut written = Vec::with_capacity(api.operations.len());
    for operation in &api.operations {
        let Some(tool) = &operation.tool else {
            written.push(None);
            continue;
        };
        let body =
            operation.body.as_ref().and_then(|body| family::component(body.stated.as_ref()?));
        let attempt =
            |depths, most| spelled_out(operation, tool, &stated, &families, (depths, most));
        let found = if body.as_ref().is_some_and(|name| too_large.contains(name.as_ref())) {
            None
        } else {
            let found = attempt(&DEPTHS[..], share.min(MOST)).or_else(|_| attempt(&[0, 1], share));
            if let (Err(TooLarge::Body), Some(name)) = (&found, body) {
                too_large.insert(name.into_owned());
            }
            found.ok()
        };
        let (schema, notes) = found.unwrap_or_else(|| unspelled(operation, tool));
        for (code, pointer, sentence) in notes {
            if said.insert((code, pointer.clone())) {
                diags.note(code, &api.file, pointer, sentence);
            }
        }
        written.push(Some(schema.to_string()));
    }
    for (operation, full) in api.operations.iter_mut().zip(written) {
        if let Some(tool) = &mut operation.tool {
            tool.full = full;
        }
    }
}

/// What takes more schemas than there is room for.
enum TooLarge {
    /// The body, whatever stands beside it.
    Body,
    /// All arguments together.
    Whole,
}

/// The schema of a tool's arguments to the last of these depths that takes no more than so many
/// schemas.
fn spelled_out(
    operation: &Operation,
    tool: &Tool,
    stated: &Schema,
    families: &Families<'_>,
    (depths, most): (&[usize], usize),
) -> Result<(Value, Vec<Note>), TooLarge> {
    let files =
        operation.body.as_ref().is_some_and(|body| body.encoding == BodyEncoding::Multipart);
    let mut best = Err(TooLarge::Whole);
    for deepest in depths {
        let mut expander = Expander::new(stated, families, files, *deepest, most);
        let schema = schema(operation, tool, &mut expander);
        if expander.left.is_none() {
            let alone = if expander.body_fits { TooLarge::Whole } else { TooLarge::Body };
            return best.map_err(|_| alone);
        }
        let whole = !expander.cut;
        best = Ok((schema, expander.notes));
        if whole {
            break;
        }
    }
    best
}

/// Arguments by name alone: even their outermost schemas are too large.
fn unspelled(operation: &Operation, tool: &Tool) -> (Value, Vec<Note>) {
    let inputs = inputs::of(operation, tool);
    let mut out = Schema::new();
    let members: Schema =
        inputs.given.iter().map(|input| (input.name.to_owned(), json!({}))).collect();
    out.insert("properties".to_owned(), members.into());
    let note = "its schemas are too large to be spelled out; arguments are checked by name alone";
    (finish(out, &inputs, inputs.open), vec![("cut-schema", operation.pointer.clone(), note)])
}

/// The schema of a tool's arguments.
fn schema<'a>(operation: &'a Operation, tool: &'a Tool, expander: &mut Expander<'a>) -> Value {
    let inputs = inputs::of(operation, tool);
    let mut properties = Schema::new();
    let top = Trail::root();
    let mut out = Schema::new();
    let mut open = false;
    if let Some(body) = &operation.body {
        let at = top.key(&operation.pointer);
        let at = at.key("requestBody");
        let stated = body.stated.as_ref();
        match &body.arguments {
            BodyArguments::Whole(name) => {
                let mut schema = match (body.encoding, stated) {
                    (BodyEncoding::Binary, _) => inputs::file(),
                    (_, Some(stated)) => expander.place(stated, &at),
                    (BodyEncoding::Text, None) => json!({"type": "string"}),
                    (_, None) => json!({}),
                };
                if let Some(input) = inputs.given.iter().find(|input| input.in_body) {
                    describe(&mut schema, input);
                }
                properties.insert(name.clone(), schema);
            }
            BodyArguments::Members { .. } => {
                let whole = stated.map_or(json!({}), |stated| expander.here(stated, &at, false));
                let lifted = root::lift(whole, body, &inputs, &mut |code, sentence| {
                    expander.notes.push((code, at.to_string(), sentence));
                });
                out = lifted.schema;
                open = lifted.open;
            }
        }
    }
    expander.body_fits = expander.left.is_some();
    for input in inputs.given.iter().filter(|input| !input.in_body) {
        let at = top.key(&operation.pointer);
        let mut schema = match input.stated {
            Some(stated) => expander.place(stated, &at.key(input.name)),
            None => json!({"type": "string"}),
        };
        describe(&mut schema, input);
        if input.required {
            not_empty(&mut schema);
        }
        if let (Value::Object(members), Some(separator)) =
            (&mut schema, separator(operation, input))
        {
            members.insert(SEPARATOR.to_owned(), separator.into());
        }
        properties.insert(input.name.to_owned(), schema);
    }
    if let Some(Value::Object(members)) = out.shift_remove("properties") {
        // What is only let through among the body's members is an argument beside them.
        for (name, member) in members {
            properties.entry(name).or_insert(member);
        }
    }
    // What is required first, as in the list.
    let mut properties: Schema = inputs
        .given
        .iter()
        .filter_map(|input| properties.shift_remove_entry(input.name))
        .collect::<Vec<_>>()
        .into_iter()
        .chain(properties)
        .collect();
    properties.extend(own(&inputs).into_iter().map(|(name, schema)| (name.to_owned(), schema)));
    out.insert("properties".to_owned(), properties.into());
    finish(out, &inputs, open)
}

/// What stands between the items of a list that is sent as one text.
fn separator(operation: &Operation, input: &inputs::Input<'_>) -> Option<&'static str> {
    let parameter = operation.parameters.iter().find(|known| known.argument == input.name)?;
    let is_list = matches!(parameter.node.ty, TypeRef::List(_));
    match parameter.location {
        Location::Query(QueryStyle::Comma) if is_list => Some(","),
        Location::Query(QueryStyle::Pipe) if is_list => Some("|"),
        _ => None,
    }
}

/// What is said of the argument where it is used.
fn describe(schema: &mut Value, input: &inputs::Input<'_>) {
    if let Value::Bool(true) = schema {
        *schema = json!({});
    }
    if let Value::Object(members) = schema {
        if !input.node.doc.is_empty() {
            members.insert("description".to_owned(), input.node.doc.as_str().into());
        }
        if input.deprecated {
            members.insert("deprecated".to_owned(), true.into());
        }
    }
}

/// Demands text that is not empty: a segment of a path without any is another path, and an empty
/// parameter of a query is none (`allowEmptyValue` of OpenAPI 3.0.4 section 4.8.12.2).
fn not_empty(schema: &mut Value) {
    let text = |kind: &Value| match kind {
        Value::Array(kinds) => kinds.iter().any(|kind| kind == "string"),
        kind => kind == "string",
    };
    if schema.get("type").is_none_or(text)
        && let Value::Object(members) = schema
        && !["enum", "const", "minLength", "pattern"].iter().any(|key| members.contains_key(*key))
    {
        members.insert("minLength".to_owned(), 1.into());
    }
}

/// What the server itself takes of lists and reads.
fn own(inputs: &Inputs<'_>) -> Vec<(&'static str, Value)> {
    let mut out = Vec::new();
    if let Some(pagination) = inputs.paged {
        let mut limit =
            json!({"type": "integer", "minimum": 1, "description": "At most so many items."});
        if let Some(most) = pagination.max_size {
            limit["maximum"] = most.into();
        }
        out.push(("limit", limit));
    }
    if inputs.paged.is_some() || inputs.files {
        let cursor = json!({"type": ["string", "null"], "description": "From the answer before, unchanged."});
        out.push(("next_cursor", cursor));
    }
    if inputs.fields {
        let fields = json!({
            "type": ["string", "array"], "items": {"type": "string"},
            "description": "Dotted member names, separated by commas: only these are kept.",
        });
        out.push(("fields", fields));
    }
    if inputs.searched {
        // Every row is searched for every word.
        out.push(("q", json!({"type": "string", "maxLength": LONGEST_QUERY})));
    }
    out
}

/// The object around the arguments, in the order in which it is read.
fn finish(mut schema: Schema, inputs: &Inputs<'_>, open: bool) -> Value {
    let mut out = Schema::new();
    out.insert("type".to_owned(), "object".into());
    schema.shift_remove("type");
    schema.shift_remove("description");
    out.extend(schema.shift_remove_entry("properties"));
    let mut required: Vec<Value> = inputs
        .given
        .iter()
        .filter(|input| input.required && (!input.in_body || inputs.whole))
        .map(|input| input.name.into())
        .collect();
    if let Some(Value::Array(names)) = schema.shift_remove("required") {
        required.extend(names);
    }
    if !required.is_empty() {
        out.insert("required".to_owned(), required.into());
    }
    match schema.shift_remove("additionalProperties") {
        Some(more) => _ = out.insert("additionalProperties".to_owned(), more),
        None if !open => _ = out.insert("additionalProperties".to_owned(), false.into()),
        None => {}
    }
    out.extend(schema);
    Value::Object(out)
}
