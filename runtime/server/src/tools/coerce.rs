//! Arguments in the types that the schema asks for: models write numbers, lists and dates as text.

use serde_json::{Map, Number, Value};

use super::date::{self, Form};
use super::schema_notation::resolve;
use crate::json::{self, Allowance};
use crate::pointer::child;
use crate::violation::{Violation, Violations};

/// The keyword of full schemas for what stands between the items of a list that is sent as one text.
const SEPARATOR: &str = "x-separator";
/// Nesting that no argument needs and no schema is walked beyond.
const DEPTH: usize = 64;

/// Brings `value` into the types that `root` asks for, where that loses nothing; bad dates become
/// violations.
pub(crate) fn coerce(value: &mut Value, root: &Value, violations: &mut Violations) {
    Walk { root, violations, allowance: Allowance::default() }.value(
        value,
        root,
        &Location::Root,
        DEPTH,
    );
}

/// Where in the arguments a value stands: spelled out only for a violation, because a name may be
/// long and stand above many values.
enum Location<'a> {
    Root,
    Member(&'a Location<'a>, &'a str),
    Item(&'a Location<'a>, usize),
}

impl Location<'_> {
    fn pointer(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Member(above, name) => child(&above.pointer(), name),
            Self::Item(above, index) => child(&above.pointer(), &index.to_string()),
        }
    }
}

/// One walk through the arguments; what texts hold is read within one allowance.
struct Walk<'w> {
    root: &'w Value,
    violations: &'w mut Violations,
    allowance: Allowance,
}

impl Walk<'_> {
    fn value(&mut self, value: &mut Value, schema: &Value, at: &Location<'_>, depth: usize) {
        let root = self.root;
        let schema = resolve(schema, root);
        if depth == 0 || !schema.is_object() {
            return;
        }
        let types = Types::of(schema, root, DEPTH);
        self.convert(value, types);
        write_text(value, schema, types);
        if types.object && !types.string && !types.any {
            wrap(value, schema);
        }
        if types.array && !types.string && !types.any {
            self.split(value, schema);
        }
        match value {
            Value::Number(number) if types.integer && !types.number && !types.any => {
                if let Some(expected) = unheld(number, schema) {
                    self.violations.add(|| Violation::new(at.pointer(), expected));
                }
            }
            Value::String(text) => {
                if let Some(form) = schema.get("format").and_then(Value::as_str).and_then(Form::of)
                {
                    match date::normalise(text, form) {
                        Ok(written) => *text = written,
                        Err(expected) => {
                            self.violations.add(|| Violation::new(at.pointer(), expected));
                        }
                    }
                }
            }
            Value::Array(items) => {
                if let Some(schema) = schema.get("items") {
                    for (index, item) in items.iter_mut().enumerate() {
                        self.value(item, schema, &Location::Item(at, index), depth - 1);
                    }
                }
            }
            Value::Object(members) => {
                let properties = schema.get("properties").and_then(Value::as_object);
                let rest = schema.get("additionalProperties");
                members.retain(|name, member| {
                    let known = properties.and_then(|known| known.get(name));
                    !known.is_some_and(|known| says_nothing(member, known, root))
                        || requires(schema, name)
                });
                for (name, member) in members.iter_mut() {
                    if let Some(schema) = properties.and_then(|known| known.get(name)).or(rest) {
                        self.value(member, schema, &Location::Member(at, name), depth - 1);
                    }
                }
            }
            _ => {}
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.value(value, part, at, depth - 1);
        }
        for union in ["anyOf", "oneOf"].iter().filter_map(|word| schema.get(word)?.as_array()) {
            if let Some(branch) = meant(value, union, root) {
                self.value(value, branch, at, depth - 1);
            }
        }
    }

    fn convert(&mut self, value: &mut Value, wanted: Types) {
        if wanted.any {
            return;
        }
        let converted = match value {
            Value::String(text) if !wanted.string => self.parse(text.trim(), wanted),
            Value::Number(number) if wanted.integer && !wanted.number && number.is_f64() => {
                whole(number).map(Value::Number)
            }
            // The only item of a list that is none.
            Value::Array(items) if !wanted.array && items.len() == 1 => {
                items.first().filter(|item| is_scalar(item) && wanted.admits(item)).cloned()
            }
            _ => None,
        };
        if let Some(converted) = converted {
            *value = converted;
        }
    }

    /// What is no list becomes the only item of one; plain text for options, whole numbers or mail
    /// addresses is parted at its commas, and text for a list that is sent as one text where that
    /// would part it.
    fn split(&mut self, value: &mut Value, schema: &Value) {
        let Some(items) = schema.get("items").map(|items| resolve(items, self.root)) else {
            return;
        };
        let Value::String(text) = &*value else {
            let types = Types::of(items, self.root, DEPTH);
            let fits = types.admits(value) && !types.array && !types.any;
            if fits && !matches!(value, Value::Array(_) | Value::Null) && self.allowance.spend(1) {
                *value = Value::Array(vec![value.take()]);
            }
            return;
        };
        let options = items.get("enum").and_then(Value::as_array);
        let whole_numbers = items.get("type").is_some_and(|kind| kind == "integer");
        let addresses = items.get("format").is_some_and(|format| format == "email");
        let texts = items.get("type").is_some_and(|kind| kind == "string");
        let separator = schema.get(SEPARATOR).and_then(Value::as_str);
        // A text with a comma may be one item or several, one without is one.
        let is_one = !text.contains([',', '[', '{']) && !text.trim().is_empty();
        let is_sent = separator.is_some() && !text.trim_start().starts_with(['[', '{']);
        let item = |part: &str| match options {
            Some(options) => options.iter().find(|option| option.as_str() == Some(part)).cloned(),
            None if whole_numbers => part.parse::<i64>().ok().map(Value::from),
            None if texts && (is_one || is_sent || addresses && part.contains('@')) => {
                Some(part.into())
            }
            None => None,
        };
        let mut one = |part: &str| item(part.trim()).filter(|_| self.allowance.spend(1));
        if let Some(list) =
            text.split(separator.unwrap_or(",")).map(&mut one).collect::<Option<Vec<Value>>>()
        {
            *value = Value::Array(list);
        }
    }

    fn parse(&mut self, text: &str, wanted: Types) -> Option<Value> {
        if wanted.boolean {
            if text.eq_ignore_ascii_case("true") {
                return Some(true.into());
            }
            if text.eq_ignore_ascii_case("false") {
                return Some(false.into());
            }
        }
        // Text that begins like nothing that is wanted is not read to its end to find that out.
        let structured = text.starts_with(['[', '{']);
        let fits = if structured {
            wanted.array || wanted.object
        } else {
            wanted.number || wanted.integer
        };
        if !fits {
            return None;
        }
        match json::in_text(text, &mut self.allowance)? {
            Value::Number(number) if wanted.number => Some(Value::Number(number)),
            Value::Number(number) if wanted.integer => {
                Some(Value::Number(if number.is_f64() { whole(&number)? } else { number }))
            }
            list @ Value::Array(_) if wanted.array => Some(list),
            object @ Value::Object(_) if wanted.object => Some(object),
            _ => None,
        }
    }
}

/// JSON for a text that is to hold JSON (`contentMediaType`) becomes that text.
fn write_text(value: &mut Value, schema: &Value, wanted: Types) {
    let holds_json = schema.get("contentMediaType").is_some_and(|of| of == "application/json");
    if holds_json && wanted.string && matches!(value, Value::Array(_) | Value::Object(_)) {
        *value = Value::String(value.to_string());
    }
}

/// Whether a member that may be left out was: null where null means nothing, or an empty text where
/// no text, or none that is empty, can stand.
fn says_nothing(value: &Value, schema: &Value, root: &Value) -> bool {
    /// Formats of which no empty text is.
    const FORMATS: [&str; 5] = ["date", "date-time", "email", "uuid", "uri"];
    let schema = resolve(schema, root);
    let types = || Types::of(schema, root, DEPTH);
    let options = schema.get("enum").and_then(Value::as_array);
    match value {
        Value::Null => {
            !types().admits(value) || options.is_some_and(|options| !options.contains(value))
        }
        Value::String(text) if text.is_empty() => {
            let least = schema.get("minLength").and_then(Value::as_u64);
            let format = schema.get("format").and_then(Value::as_str);
            !types().admits(value)
                || options.is_some_and(|options| !options.contains(value))
                || least.is_some_and(|least| least > 0)
                || format.is_some_and(|format| FORMATS.contains(&format))
        }
        _ => false,
    }
}

fn requires(schema: &Value, name: &str) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    required.is_some_and(|names| names.iter().any(|required| required == name))
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_) | Value::Null)
}

/// Plain text for an object whose only required member is a text becomes that member.
fn wrap(value: &mut Value, schema: &Value) {
    let Value::String(text) = value else { return };
    let Some([Value::String(only)]) =
        schema.get("required").and_then(Value::as_array).map(Vec::as_slice)
    else {
        return;
    };
    let member = schema.get("properties").and_then(|properties| properties.get(only));
    if member.and_then(|member| member.get("type")).is_some_and(|kind| kind == "string")
        && !text.trim_start().starts_with(['{', '['])
    {
        let text = std::mem::take(text);
        *value = Value::Object(Map::from_iter([(only.clone(), Value::String(text))]));
    }
}

/// What is expected in place of a whole number that the integer types of requests do not hold.
fn unheld(number: &Number, schema: &Value) -> Option<&'static str> {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    match number.as_i64() {
        Some(held) => {
            (format == "int32" && i32::try_from(held).is_err()).then_some("an integer of 32 bits")
        }
        None if number.is_u64() && format.starts_with('u') => None,
        None => number
            .as_f64()
            .is_some_and(|float| float.fract() == 0.0)
            .then_some("an integer of 64 bits"),
    }
}

/// `5.0` as `5`.
fn whole(number: &Number) -> Option<Number> {
    let float = number.as_f64()?;
    (float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0)
        .then(|| format!("{float:.0}").parse().ok())
        .flatten()
}

/// The only branch of a union that `value` can be meant for.
fn meant<'s>(value: &Value, branches: &'s [Value], root: &'s Value) -> Option<&'s Value> {
    let fits = |branch: &&Value| {
        let branch = resolve(branch, root);
        Types::of(branch, root, DEPTH).admits(value)
            && branch.get("properties").and_then(Value::as_object).into_iter().flatten().all(
                |(name, member)| match (
                    value.get(name),
                    member.get("const"),
                    member.get("enum").and_then(Value::as_array),
                ) {
                    (Some(given), Some(constant), _) => given == constant,
                    (Some(given), None, Some(options)) => options.contains(given),
                    _ => true,
                },
            )
    };
    let mut fitting = branches.iter().filter(fits);
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// The JSON types that a schema admits.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "a set of the seven JSON Schema types")]
struct Types {
    any: bool,
    string: bool,
    number: bool,
    integer: bool,
    boolean: bool,
    array: bool,
    object: bool,
    null: bool,
}

impl Types {
    fn of(schema: &Value, root: &Value, depth: usize) -> Self {
        let schema = resolve(schema, root);
        let mut types = Self::default();
        match schema.get("type") {
            Some(Value::String(name)) => types.add(name),
            Some(Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).for_each(|name| types.add(name));
            }
            _ => {
                let branches = ["anyOf", "oneOf", "allOf"]
                    .iter()
                    .find_map(|word| schema.get(word)?.as_array());
                match branches.filter(|_| depth > 0) {
                    Some(branches) => branches
                        .iter()
                        .for_each(|branch| types = types.or(Self::of(branch, root, depth - 1))),
                    None if schema.get("properties").is_some() => types.object = true,
                    None => types.any = true,
                }
            }
        }
        types
    }

    fn add(&mut self, name: &str) {
        match name {
            "string" => self.string = true,
            "number" => self.number = true,
            "integer" => self.integer = true,
            "boolean" => self.boolean = true,
            "array" => self.array = true,
            "object" => self.object = true,
            "null" => self.null = true,
            _ => self.any = true,
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            any: self.any || other.any,
            string: self.string || other.string,
            number: self.number || other.number,
            integer: self.integer || other.integer,
            boolean: self.boolean || other.boolean,
            array: self.array || other.array,
            object: self.object || other.object,
            null: self.null || other.null,
        }
    }

    fn admits(self, value: &Value) -> bool {
        self.any
            || match value {
                Value::String(_) => self.string,
                Value::Number(number) => self.number || (self.integer && !number.is_f64()),
                Value::Bool(_) => self.boolean,
                Value::Array(_) => self.array,
                Value::Object(_) => self.object,
                Value::Null => self.null,
            }
    }
}

#[cfg(test)]
mod tests;
