//! What is wrong with one argument, and what was expected instead.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Reason;
use serde::Serialize;
use serde_json::{Map, Value};
use support::tool::Place;
use support::{EncodeError, LowerError, Tool};

use crate::call::shape;

/// One wrong argument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// JSON Pointer into the arguments.
    pub pointer: String,
    /// What would be right there.
    pub expected: String,
    /// The name or value that was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
}

impl Fault {
    /// A fault without a suggestion.
    pub(crate) fn new(pointer: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), expected: expected.into(), nearest: None }
    }

    /// A fault of the argument `name`.
    pub(crate) fn of(name: &str, expected: impl Into<String>) -> Self {
        Self::new(child("", name), expected)
    }
}

/// The pointer of the member `name` below `pointer` (RFC 6901).
pub(crate) fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// Appends the faults behind one validation error.
pub(crate) fn explain(error: &ValidationError<'_>, root: &Value, faults: &mut Vec<Fault>) {
    let pointer = error.instance_path().as_str();
    let schema = shape::at(root, pointer);
    let whole = |fallback: &str| schema.map_or_else(|| fallback.to_owned(), |schema| shape::short(schema, root));
    let expected = match error.kind() {
        Reason::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let pointer = child(pointer, name);
            let wanted = shape::at(root, &pointer).map_or_else(|| "a value".to_owned(), |schema| shape::short(schema, root));
            faults.push(Fault::new(pointer, format!("required: {wanted}")));
            return;
        }
        Reason::AdditionalProperties { unexpected } | Reason::UnevaluatedProperties { unexpected } => {
            let known = schema.map(|schema| shape::members(schema, root)).unwrap_or_default();
            faults.extend(unexpected.iter().map(|name| unknown(pointer, name, &known)));
            return;
        }
        Reason::AnyOf { context } | Reason::OneOfNotValid { context } => {
            if let Some(branch) = closest(pointer, context) {
                branch.iter().for_each(|error| explain(error, root, faults));
                return;
            }
            whole("another shape")
        }
        Reason::Enum { options } => {
            let options: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let nearest = error.instance().as_str().and_then(|given| nearest(given, options.iter().copied())).map(str::to_owned);
            faults.push(Fault { pointer: pointer.to_owned(), expected: format!("one of {}", whole("the listed values")), nearest });
            return;
        }
        Reason::Minimum { limit } => format!("at least {limit}"),
        Reason::Maximum { limit } => format!("at most {limit}"),
        Reason::ExclusiveMinimum { limit } => format!("more than {limit}"),
        Reason::ExclusiveMaximum { limit } => format!("less than {limit}"),
        Reason::MinLength { limit: 1 } => "text that is not empty".to_owned(),
        Reason::MinLength { limit } => format!("at least {limit} characters"),
        Reason::MaxLength { limit } => format!("at most {limit} characters"),
        Reason::MinItems { limit } => format!("at least {limit} items"),
        Reason::MaxItems { limit } => format!("at most {limit} items"),
        Reason::MinProperties { limit } => format!("at least {limit} members"),
        Reason::MaxProperties { limit } => format!("at most {limit} members"),
        Reason::UniqueItems => "items that differ from each other".to_owned(),
        Reason::Pattern { pattern } => format!("text that matches {pattern}"),
        Reason::MultipleOf { multiple_of } => format!("a multiple of {multiple_of}"),
        Reason::Constant { expected_value } => expected_value.to_string(),
        _ => whole("another value"),
    };
    faults.push(Fault::new(pointer, expected));
}

fn unknown(pointer: &str, name: &str, known: &[&str]) -> Fault {
    let nearest = nearest(name, known.iter().copied()).map(str::to_owned);
    let expected = match known {
        [] => "nothing: no arguments are taken here".to_owned(),
        _ if known.len() <= 24 => format!("one of the names {}", known.join(", ")),
        _ => "a known name".to_owned(),
    };
    Fault { pointer: child(pointer, name), expected, nearest }
}

/// The one branch of a union that the value was meant for: the only one whose type and constants fit.
fn closest<'e>(pointer: &str, branches: &'e [Vec<ValidationError<'static>>]) -> Option<&'e [ValidationError<'static>]> {
    let fits = |errors: &&Vec<ValidationError<'static>>| {
        !errors.iter().any(|error| match error.kind() {
            Reason::Type { .. } => error.instance_path().as_str() == pointer,
            Reason::Constant { .. } => true,
            _ => false,
        })
    };
    let mut fitting = branches.iter().filter(fits);
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first.as_slice())
}

/// The candidate that `given` probably means; case and separators do not count.
pub(crate) fn nearest<'c>(given: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    const CLOSE_ENOUGH: f64 = 0.6;
    let plain =
        |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).take(128).collect::<String>();
    let given = plain(given);
    candidates
        .map(|candidate| (strsim::normalized_damerau_levenshtein(&given, &plain(candidate)), candidate))
        .filter(|(score, _)| *score >= CLOSE_ENOUGH)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

/// The argument whose value cannot stand in a path segment, if there is one: lowering names it by its wire name.
pub(crate) fn offending(tool: &Tool, arguments: &Map<String, Value>) -> Option<&'static str> {
    let bad = |value: &Value| value.as_str().is_some_and(|text| matches!(text, "" | "." | "..") || text.chars().any(char::is_control));
    let fields = tool.arguments.iter().filter(|argument| argument.place == Place::Field);
    fields.map(|argument| argument.name).find(|name| arguments.get(*name).is_some_and(bad))
}

/// The faults of values that cannot stand in a path segment, as lowering would find them one by one.
pub(crate) fn of_segments(tool: &Tool, arguments: &Map<String, Value>) -> Vec<Fault> {
    let in_path = |name: &str| {
        name == "id" || name.ends_with("_id") || name.starts_with("id_") || tool.operation.path.contains(&format!("{{{name}}}"))
    };
    let problem = |value: &Value| match value.as_str()? {
        "" => Some("is empty"),
        "." | ".." => Some("must not be `.` or `..`"),
        text => text.chars().any(char::is_control).then_some("holds control characters"),
    };
    let fields = tool.arguments.iter().filter(|argument| argument.place == Place::Field);
    fields
        .filter_map(|argument| {
            let problem = problem(arguments.get(argument.name)?)?;
            in_path(argument.name).then(|| Fault::of(argument.name, format!("a value that can be sent; this one {problem}")))
        })
        .collect()
}

/// A file that is given by its address only: nothing here fetches it.
pub(crate) fn file_by_address(arguments: &Map<String, Value>) -> Option<Fault> {
    let by_address = |value: &Value| {
        let members = value.as_object()?;
        (members.contains_key("url") && !members.contains_key("content_base64")).then_some(())
    };
    let (name, _) = arguments.iter().find(|(_, value)| by_address(value).is_some())?;
    Some(Fault::of(name, "{name, content_base64, content_type?}: files are not fetched by url here"))
}

/// The fault behind arguments that could not be lowered; `offending` is the argument it is about when lowering cannot say.
pub(crate) fn of_lowering(tool: &Tool, offending: Option<&str>, error: &LowerError) -> Fault {
    match error {
        LowerError::Encode(EncodeError { argument, problem }) => {
            let known = tool.arguments.iter().any(|known| known.name == argument);
            let name = if known { argument.as_str() } else { offending.unwrap_or(argument) };
            Fault::of(name, format!("a value that can be sent; this one {problem}"))
        }
        LowerError::Shape(error) => Fault::new("", format!("arguments of the declared types: {error}")),
    }
}
