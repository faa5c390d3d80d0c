//! The listed schema: every argument by name and type, in few tokens.
//!
//! Objects stay open (the check against the full schema is closed), what lies deeper than one level
//! is a shape in shorthand, and a text is there only where it says more than the name.

use serde_json::{Map, Value, json};

use crate::ir::inputs::{Input, Inputs};
use crate::ir::{FormMember, Listed, Node, PageStyle, Pagination, Shape, TypeRef};

use super::super::doc;
use super::super::scope::Scope;
use super::{full, shorthand};

/// The longest text of an argument, in words.
const MOST_WORDS: usize = 8;
/// The fewest members of an answer that an example of `fields` is given for.
const FEWEST: usize = 4;
/// Members that examples of `fields` are made of first.
const TELLING: [&str; 6] = ["id", "name", "title", "displayName", "email", "status"];
/// The most values of an enum that are listed one by one.
const MOST_VALUES: usize = 40;
/// The most values of a tag that a member names with which it goes.
const MOST_TAGS: usize = 4;

/// The schema of a tool's arguments.
pub(super) fn schema(scope: &Scope<'_>, inputs: &Inputs<'_>, answer: Option<&Value>) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for argument in &inputs.given {
        if argument.node.constraints.listed == Listed::Omit {
            continue;
        }
        properties.insert(argument.name.to_owned(), property(scope, argument));
        if argument.required {
            required.push(argument.name);
        }
    }
    if let Some(pagination) = inputs.paged {
        properties.insert("limit".to_owned(), limit(pagination));
    }
    if inputs.paged.is_some() || inputs.files {
        let cursor = json!({"type": "string", "description": "pass back unchanged"});
        properties.insert("next_cursor".to_owned(), cursor);
    }
    if inputs.fields {
        let mut fields = json!({"type": "string"});
        if let Some(names) = answer.and_then(example) {
            fields["description"] = format!("like {names}").into();
        }
        properties.insert("fields".to_owned(), fields);
    }
    if inputs.searched {
        properties.insert("q".to_owned(), json!({"type": "string"}));
    }
    let mut out = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        out["required"] = json!(required);
    }
    out
}

/// How many rows there are without it, and at most.
fn limit(pagination: &Pagination) -> Value {
    let mut limit = json!({"type": "integer"});
    if !matches!(pagination.style, PageStyle::Whole) {
        for (word, size) in [
            ("default", pagination.limit.or(pagination.default_size)),
            ("maximum", pagination.max_size),
        ] {
            if let Some(size) = size {
                limit[word] = size.into();
            }
        }
    }
    limit
}

/// Two members that an answer has, as `fields` names them: inside its wrapper where it has one.
/// `None` where there is little to choose from.
fn example(answer: &Value) -> Option<String> {
    let names = answer.as_object()?;
    let plain = |names: &Map<String, Value>| -> Vec<String> {
        names.iter().filter(|(_, below)| below.is_null()).map(|(name, _)| name.clone()).collect()
    };
    let mut found = plain(names);
    if let (true, Some(Value::Object(inner))) = (found.is_empty(), names.values().next()) {
        found = plain(inner);
    }
    if found.len() < FEWEST {
        return None;
    }
    let telling = |name: &String| TELLING.iter().position(|telling| telling == name);
    found.sort_by_key(|name| telling(name).unwrap_or(TELLING.len()));
    found.truncate(2);
    Some(found.join(","))
}

fn property(scope: &Scope<'_>, argument: &Input<'_>) -> Value {
    let node = argument.node;
    let (mut schema, shape) = match node.constraints.listed {
        Listed::Full => (full::spelled_out(scope, node), String::new()),
        Listed::Auto | Listed::Omit => shallow(scope, node),
    };
    let forms = &node.constraints.forms;
    let differs = matches!(node.ty, TypeRef::Untyped(_)) && !forms.is_empty();
    let shape = if differs {
        schema = shared(forms.iter().filter_map(|form| form.node.as_ref()), scope);
        shorthand::of_forms(scope, forms)
    } else {
        shape
    };
    let goes_with = if differs { String::new() } else { goes_with(forms) };
    let rest = join([said(argument.name, &node.doc), shape], " ");
    let text = join([goes_with, rest], "; ");
    if let Value::Object(members) = &mut schema
        && !text.is_empty()
    {
        members.insert("description".to_owned(), text.into());
    }
    schema
}

fn join(texts: [String; 2], separator: &str) -> String {
    texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(separator)
}

/// With which values of the tag of a body a member goes, where that is not all of them.
fn goes_with(forms: &[FormMember]) -> String {
    let (with, without): (Vec<_>, Vec<_>) = forms.iter().partition(|form| form.node.is_some());
    let tags = |forms: &[&FormMember]| -> Vec<String> {
        forms.iter().flat_map(|form| form.tags.iter().cloned()).collect()
    };
    if forms.iter().any(|form| form.tags.is_empty()) || without.is_empty() {
        return String::new();
    }
    let word = if with.iter().all(|form| form.required) { "required with" } else { "with" };
    let (with, without) = (tags(&with), tags(&without));
    if with.len() <= MOST_TAGS {
        format!("{word} {}", with.join(", "))
    } else if without.len() <= MOST_TAGS {
        format!("not with {}", without.join(", "))
    } else {
        String::new()
    }
}

/// Type and enum; what does not fit into them is a shape.
fn shallow(scope: &Scope<'_>, node: &Node) -> (Value, String) {
    let (mut schema, shape) = match &node.ty {
        TypeRef::Bool => (json!({"type": "boolean"}), String::new()),
        TypeRef::I32 | TypeRef::I64 | TypeRef::U32 | TypeRef::U64 => {
            (json!({"type": "integer"}), String::new())
        }
        TypeRef::F64 => (json!({"type": "number"}), String::new()),
        TypeRef::String | TypeRef::Base64 | TypeRef::Base64Url => {
            (json!({"type": "string"}), String::new())
        }
        TypeRef::DateTime => (json!({"type": "string", "format": "date-time"}), String::new()),
        TypeRef::Date => (json!({"type": "string", "format": "date"}), String::new()),
        TypeRef::Binary | TypeRef::File => (json!({"type": "object"}), shorthand::of(scope, node)),
        TypeRef::Untyped(_) => (json!({}), String::new()),
        TypeRef::List(item) => {
            let (item, shape) = shallow(scope, item);
            let shape = match shape.as_str() {
                "" => String::new(),
                _ => shorthand::of(scope, node),
            };
            (json!({"type": "array", "items": item}), shape)
        }
        TypeRef::Map(value) => match &value.ty {
            TypeRef::Untyped(_) => (json!({"type": "object"}), String::new()),
            _ => (json!({"type": "object"}), shorthand::of(scope, node)),
        },
        TypeRef::Named(id) | TypeRef::Boxed(id) => match &scope.api.types[id.0].shape {
            Shape::StringEnum(values) if values.len() <= MOST_VALUES => (
                json!({"type": "string", "enum": values.iter().map(|value| value.wire.as_str()).collect::<Vec<_>>()}),
                String::new(),
            ),
            Shape::StringEnum(_) => (json!({"type": "string"}), String::new()),
            Shape::Struct { fields, .. } if fields.is_empty() => {
                (json!({"type": "object"}), String::new())
            }
            Shape::Struct { .. } => (json!({"type": "object"}), shorthand::of(scope, node)),
            Shape::Union(_) => (union(scope, node), shorthand::of(scope, node)),
            Shape::Alias(inner) => (
                kind(scope, inner).map_or(json!({}), |kind| json!({"type": kind})),
                shorthand::of(scope, node),
            ),
        },
    };
    if let Value::Object(members) = &mut schema {
        if (1..=MOST_VALUES).contains(&node.constraints.values.len()) {
            members.insert("enum".to_owned(), node.constraints.values.clone().into());
        }
        if scope.api.is_nullable(node) {
            full::allow_null(members);
        }
    }
    (schema, shape)
}

/// The type that all variants share, if they do.
fn union(scope: &Scope<'_>, node: &Node) -> Value {
    let (TypeRef::Named(id) | TypeRef::Boxed(id)) = &node.ty else { return json!({}) };
    let Shape::Union(found) = &scope.api.types[id.0].shape else { return json!({}) };
    shared(found.variants().map(|variant| &variant.node), scope)
}

/// The type that all nodes share, if they do.
fn shared<'n>(nodes: impl Iterator<Item = &'n Node>, scope: &Scope<'_>) -> Value {
    let kinds: Vec<Option<&str>> = nodes.map(|node| kind(scope, node)).collect();
    match kinds.first() {
        Some(Some(first))
            if kinds.iter().all(|kind| *kind == Some(*first)) && *first != "array" =>
        {
            json!({"type": first})
        }
        _ => json!({}),
    }
}

/// The JSON type of a node, where it has one only.
fn kind(scope: &Scope<'_>, node: &Node) -> Option<&'static str> {
    if scope.api.is_nullable(node) {
        return None;
    }
    Some(match &node.ty {
        TypeRef::Bool => "boolean",
        TypeRef::I32 | TypeRef::I64 | TypeRef::U32 | TypeRef::U64 => "integer",
        TypeRef::F64 => "number",
        TypeRef::String
        | TypeRef::DateTime
        | TypeRef::Date
        | TypeRef::Base64
        | TypeRef::Base64Url => "string",
        TypeRef::Map(_) | TypeRef::Binary | TypeRef::File => "object",
        TypeRef::List(_) => "array",
        TypeRef::Untyped(_) => return None,
        TypeRef::Named(id) | TypeRef::Boxed(id) => match &scope.api.types[id.0].shape {
            Shape::Struct { .. } => "object",
            Shape::StringEnum(_) => "string",
            Shape::Union(_) | Shape::Alias(_) => return None,
        },
    })
}

/// The first sentence of a text, if it says more than the name: at most [`MOST_WORDS`] words.
fn said(name: &str, text: &str) -> String {
    const FILLERS: [&str; 27] = [
        "a", "an", "and", "are", "as", "be", "by", "for", "from", "in", "is", "it", "its", "of",
        "on", "or", "that", "the", "their", "this", "to", "which", "with", "was", "will", "you",
        "your",
    ];
    let sentence = doc::sentence(&doc::plain(text), usize::MAX);
    let known: Vec<String> = words(name).collect();
    let news = words(&sentence).filter(|word| {
        !FILLERS.contains(&word.as_str()) && !known.iter().any(|known| alike(known, word))
    });
    if news.count() <= 1 {
        return String::new();
    }
    let mut words: Vec<&str> = sentence.split(' ').collect();
    if words.len() > MOST_WORDS {
        words.truncate(MOST_WORDS);
        while words.last().is_some_and(|word| FILLERS.contains(&word.to_lowercase().as_str())) {
            words.pop();
        }
    }
    words.join(" ").trim_end_matches(['.', ',', ';', ':']).to_owned()
}

/// The words of a name or text, in lower case.
fn words(text: &str) -> impl Iterator<Item = String> {
    let mut spaced = String::with_capacity(text.len() + 8);
    let mut lower = false;
    for c in text.chars() {
        if c.is_uppercase() && lower {
            spaced.push(' ');
        }
        lower = c.is_lowercase() || c.is_ascii_digit();
        spaced.extend(if c.is_alphanumeric() { c } else { ' ' }.to_lowercase());
    }
    spaced.split_whitespace().map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// Whether two words are one, number aside.
fn alike(one: &str, other: &str) -> bool {
    one.trim_end_matches('s') == other.trim_end_matches('s')
}
