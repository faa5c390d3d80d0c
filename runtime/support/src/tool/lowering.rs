//! From flat tool arguments to a request, by the operation's own struct.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};

use super::{ArgumentTarget, BodyArguments, BodyForms, Tool};
use crate::error::{EncodeError, LowerError};
use crate::operation::Operation;
use crate::request::{Body, Request};
use crate::union;

/// Decodes flat tool arguments into the operation's struct and lowers it: what [`Tool::request`]
/// points to.
///
/// # Errors
/// When the arguments do not fit the struct, cannot be encoded, or belong to different forms of the
/// body, so that one of them would be left out.
pub fn lower<O: Operation + DeserializeOwned>(
    tool: &Tool,
    arguments: Map<String, Value>,
) -> Result<Request, LowerError> {
    let (mut fields, members) = nest(tool, arguments);
    let mut expected: Vec<String> = Vec::new();
    if let BodyArguments::Members { required, forms, .. } = tool.body
        && (required || !members.is_empty())
    {
        match forms {
            BodyForms::One => {}
            BodyForms::Tagged { .. } => belong_together(forms, &members)?,
            BodyForms::Shaped => expected.extend(given(&members).into_iter().map(str::to_owned)),
        }
        fields.insert("body".to_owned(), Value::Object(with_constants(tool, members)));
    }
    let request = serde_json::from_value::<O>(Value::Object(fields))?.request()?;
    match left_out(&expected, &request) {
        Some(wire) => Err(EncodeError::left_out(wire).into()),
        None => Ok(request),
    }
}

/// Arguments as the argument struct has them, and the members of its body.
fn nest(tool: &Tool, arguments: Map<String, Value>) -> (Map<String, Value>, Map<String, Value>) {
    let open = matches!(tool.body, BodyArguments::Members { open: true, .. });
    let mut fields = Map::with_capacity(arguments.len() + 1);
    let mut members = Map::new();
    for (name, value) in arguments {
        match tool.argument(&name).map(|argument| argument.target) {
            Some(ArgumentTarget::BodyMember(wire)) => _ = members.insert(wire.to_owned(), value),
            Some(ArgumentTarget::Body) => _ = fields.insert("body".to_owned(), value),
            Some(_) => _ = fields.insert(name, value),
            None if open => _ = members.insert(name, value),
            None => {}
        }
    }
    (fields, members)
}

fn with_constants(tool: &Tool, mut members: Map<String, Value>) -> Map<String, Value> {
    for (wire, json) in tool.constants {
        if !members.contains_key(*wire) {
            members.insert((*wire).to_owned(), serde_json::from_str(json).unwrap_or_default());
        }
    }
    members
}

/// Whether the form that the members name has a place for each of them.
fn belong_together(forms: BodyForms, members: &Map<String, Value>) -> Result<(), EncodeError> {
    let BodyForms::Tagged { property, forms } = forms else { return Ok(()) };
    let tag = members.get(property).and_then(union::tag_text);
    let Some(form) = tag.and_then(|tag| forms.iter().find(|form| form.tags.contains(&&*tag)))
    else {
        return Ok(());
    };
    let homeless = |name: &&str| !form.open && *name != property && !form.members.contains(name);
    match given(members).into_iter().find(homeless) {
        Some(name) => Err(EncodeError::left_out(name)),
        None => Ok(()),
    }
}

/// The members that hold a value.
fn given(members: &Map<String, Value>) -> Vec<&str> {
    let holds_value = |value: &Value| match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    };
    let given = members.iter().filter(|(_, value)| holds_value(value));
    given.map(|(name, _)| name.as_str()).collect()
}

/// The first member that the body lacks, JSON or multipart: one that belongs to another form than
/// the one its type was read as.
fn left_out<'e>(expected: &'e [String], request: &Request) -> Option<&'e str> {
    let missing = |is_sent: &dyn Fn(&str) -> bool| {
        expected.iter().map(String::as_str).find(|wire| !is_sent(wire))
    };
    match &request.body {
        Body::Full { content, .. } if !expected.is_empty() => {
            #[expect(
                clippy::zero_sized_map_values,
                reason = "a JSON object, of which only keys matter"
            )]
            let sent: BTreeMap<Cow<'_, str>, IgnoredAny> = serde_json::from_slice(content).ok()?;
            missing(&|wire| sent.contains_key(wire))
        }
        Body::Multipart(parts) => {
            // A part is named after its member, or after that and what of it the part holds.
            let names: BTreeSet<&str> = parts.iter().map(|part| part.name.as_str()).collect();
            let within = |wire: &str| {
                let start = format!("{wire}[");
                let mut after =
                    names.range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded));
                after.next().is_some_and(|name| name.starts_with(&start))
            };
            missing(&|wire| names.contains(wire) || within(wire))
        }
        _ => None,
    }
}
