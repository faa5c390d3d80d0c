//! The vendor extension `x-drawbridge`: its keys are closed, so that a typing mistake is found. It
//! costs the key it is in.

use serde_json::{Map, Value};

use super::Context;
use super::grammar::ObjectKind;
use super::walk::walk;
use crate::measure;
use crate::pointer::Trail;

/// The extension's name.
const NAME: &str = "x-drawbridge";

/// What a key of the extension holds.
#[derive(Clone, Copy)]
enum Holds {
    Text,
    /// Text or `false`.
    TextOrFalse,
    Flag,
    Whole,
    Texts,
    /// A map of names to text.
    TextMap,
    /// A map of names to whole numbers.
    WholeMap,
    /// A map of names to lists of texts.
    TextsMap,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Any scalar.
    Scalar,
    /// A map of names to scalars.
    Scalars,
    /// A list of objects with these keys.
    Each(Table),
    /// An object with these keys.
    Keys(Table),
}

use Holds::{
    Each, Flag, Keys, Scalar, Scalars, Text, TextMap, TextOrFalse, Texts, TextsMap, Whole,
    WholeMap, Word,
};

type Table = &'static [(&'static str, Holds)];

const DOCUMENT: Table = &[
    ("slug", Text),
    ("title", Text),
    ("instructions", Text),
    ("server_headers", Texts),
    ("constant_headers", TextMap),
    ("acting_user", Keys(&[("email", Text), ("id", Text)])),
    ("further_tokens", TextMap),
    ("environment", TextMap),
    ("example", Keys(&[("question", Text), ("tool", Text), ("arguments", Scalars)])),
    ("token_budget", WholeMap),
    ("launch", Keys(LAUNCH)),
    ("values", Keys(VALUES)),
    ("presets", Each(PRESET)),
    ("search", Keys(&[("synonyms", Texts), ("proper_nouns", Text)])),
    ("aliases", Each(ALIAS)),
];

const LAUNCH: Table = &[
    ("list", Text),
    ("items", Text),
    ("id", Text),
    ("label", Text),
    ("form", Text),
    ("permission", Keys(&[("member", Text), ("value", Text)])),
    ("get", Text),
    ("tool", Text),
    ("template", Text),
    ("values", Text),
    ("defaults", Text),
    ("files", Keys(&[("tool", Text), ("data", Text), ("part", Text)])),
    ("dialect", Text),
];

const VALUES: Table = &[
    ("kinds", TextMap),
    (
        "money",
        Keys(&[
            ("amount", Text),
            ("currency", Text),
            ("unit", Text),
            ("whole", Flag),
            ("bare", Flag),
        ]),
    ),
    (
        "people",
        Keys(&[
            ("tool", Text),
            ("argument", Text),
            ("given", Text),
            ("items", Text),
            ("id", Text),
            ("whole", Flag),
            ("mail", Text),
        ]),
    ),
];

const TENANT_VALUES: Table = &[
    ("tool", Text),
    ("fields", Text),
    ("key", Text),
    ("type", Text),
    ("label", Text),
    ("options", Text),
    ("option", Text),
    ("option_label", Text),
    ("within", Texts),
    ("wrapped", Flag),
    ("names", Texts),
    ("choices", Each(&[("argument", Text), ("items", Text), ("key", Text), ("also", Texts)])),
    ("further", TextMap),
    ("arguments", TextMap),
    ("instead", TextMap),
];

const PRESET: Table = &[
    ("key", Text),
    ("title", Text),
    ("description", Text),
    ("methods", Texts),
    ("tags", Texts),
    ("allow", Texts),
    ("deny", Texts),
];

const OPERATION: Table = &[
    ("tool", TextOrFalse),
    ("method", Text),
    ("tags", Texts),
    ("read_only", Flag),
    ("destructive", Flag),
    ("idempotent", Flag),
    ("pagination", Keys(PAGINATION)),
    ("rate_limit", Keys(&[("requests", Whole), ("seconds", Whole), ("bucket", Text)])),
    ("async", Keys(JOB)),
    ("pending_when", TextsMap),
    ("done_when", TextsMap),
    ("poll", Text),
    ("arguments", TextMap),
    ("fields_parameter", Text),
    ("live_fields", Keys(&[("tool", Text), ("items", Text), ("key", Text)])),
    ("tenant_values", Keys(TENANT_VALUES)),
    ("opens_at", Text),
    ("launch_form", Flag),
    ("search", Text),
    ("aliases", Each(ALIAS)),
    ("lifted", Text),
    ("questions", Texts),
];

const ALIAS: Table =
    &[("argument", Text), ("names", Texts), ("path", Text), ("as", Text), ("joined", Text)];

const JOB: Table =
    &[("poll", Text), ("arguments", TextMap), ("pending_when", TextsMap), ("done_when", TextsMap)];

const PAGINATION: Table = &[
    ("style", Word(&["page", "cursor", "offset", "scim", "none"])),
    ("page", Text),
    ("cursor", Text),
    ("offset", Text),
    ("start", Text),
    ("size", Text),
    ("first", Whole),
    ("next", Text),
    ("items", Text),
    ("total", Text),
    ("more", Text),
    ("default_size", Whole),
    ("limit", Whole),
    ("max_size", Whole),
];

const PARAMETER: Table = &[("argument", Text), ("constant", Scalar)];

const SCHEMA: Table = &[("listed", Word(&["full", "omit"]))];

/// Checks the extension wherever it stands.
pub(super) fn check(root: &mut Value, cx: &mut Context<'_>) {
    walk(root, ObjectKind::Document, &Trail::root(), &mut |kind, map, trail| {
        let Some(mut extension) = map.shift_remove(NAME) else {
            return;
        };
        let trail = trail.key(NAME);
        let table = match kind {
            ObjectKind::Document => DOCUMENT,
            ObjectKind::Operation => OPERATION,
            ObjectKind::Parameter => PARAMETER,
            ObjectKind::Schema => SCHEMA,
            _ => {
                cx.fault("extension", &trail, format!("`{NAME}` has no meaning here"));
                return;
            }
        };
        match &mut extension {
            Value::Object(members) => {
                keys(members, table, &trail, cx);
                map.insert(NAME.to_owned(), extension);
            }
            other => cx.fault(
                "extension",
                &trail,
                format!("`{NAME}` is an object, not {}", measure::kind(other)),
            ),
        }
    });
}

fn keys(members: &mut Map<String, Value>, table: Table, trail: &Trail<'_>, cx: &mut Context<'_>) {
    members.retain(|key, value| {
        let trail = trail.key(key);
        let Some((_, holds)) = table.iter().find(|(name, _)| name == key) else {
            let known: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
            cx.fault(
                "extension",
                &trail,
                format!("`{key}` is not known here; known: {}", known.join(", ")),
            );
            return false;
        };
        holding(value, *holds, &trail, cx)
    });
}

/// Whether a value is what its key holds.
fn holding(value: &mut Value, holds: Holds, trail: &Trail<'_>, cx: &mut Context<'_>) -> bool {
    let all = |value: &Value, fits: &dyn Fn(&Value) -> bool| {
        value.as_object().is_some_and(|map| map.values().all(fits))
    };
    let texts =
        |value: &Value| value.as_array().is_some_and(|items| items.iter().all(Value::is_string));
    let scalar = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
    let (fits, expected) = match holds {
        Text => (value.is_string(), "text".to_owned()),
        TextOrFalse => {
            (value.is_string() || value == &Value::Bool(false), "text or false".to_owned())
        }
        Flag => (value.is_boolean(), "true or false".to_owned()),
        Whole => (value.is_u64(), "a whole number".to_owned()),
        Texts => (texts(value), "a list of texts".to_owned()),
        TextMap => (all(value, &Value::is_string), "a map to texts".to_owned()),
        WholeMap => (all(value, &Value::is_u64), "a map to whole numbers".to_owned()),
        TextsMap => (all(value, &texts), "a map to lists of texts".to_owned()),
        Scalar => (scalar(value), "text, a number or a flag".to_owned()),
        Scalars => (all(value, &scalar), "a map to texts, numbers or flags".to_owned()),
        Word(words) => (
            value.as_str().is_some_and(|word| words.contains(&word)),
            format!("one of {}", words.join(", ")),
        ),
        Each(table) => match value {
            Value::Array(items) if items.iter().all(Value::is_object) => {
                for (index, item) in items.iter_mut().enumerate() {
                    let members = item.as_object_mut().into_iter();
                    members.for_each(|members| keys(members, table, &trail.index(index), cx));
                }
                return true;
            }
            _ => (false, "a list of objects".to_owned()),
        },
        Keys(table) => match value {
            Value::Object(members) => {
                keys(members, table, trail, cx);
                return true;
            }
            _ => (false, "an object".to_owned()),
        },
    };
    if !fits {
        cx.fault("extension", trail, format!("expected {expected}"));
    }
    fits
}
