//! Arguments that callers give by other names or in other places than the schema has them: aliases
//! that an overlay declares, and members of an argument at top level. What was read otherwise than it
//! was given is said.

use serde_json::{Map, Value};
use support::Tool;
use support::tool::{ArgumentAlias, BodyArguments, Written};

use super::template;
use crate::bound;
use crate::call::tenant::Freshness;
use crate::call::{CallContext, Pipeline};
use crate::tools::ServedTool;
use crate::violation::{Violation, Violations};

/// How many arguments are said to have been read otherwise; the others only are.
const SAID: usize = 20;
/// How many words of a value are written each in a text of its own.
const WORDS: usize = 8;

/// Which arguments were read otherwise than they were given.
#[derive(Debug, Default)]
pub(crate) struct ReadAs(Vec<String>);

impl ReadAs {
    pub(super) fn say(&mut self, how: impl FnOnce() -> String) {
        if self.0.len() < SAID {
            self.0.push(how());
        }
    }

    /// That as sentences; `None` when every argument was read as it was given.
    pub(crate) fn sentences(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join(" "))
    }
}

/// Gives the arguments the names and places that the schema has for them.
pub(super) async fn settle(
    pipeline: &Pipeline,
    context: &CallContext<'_>,
    served: &ServedTool,
    arguments: &mut Map<String, Value>,
    violations: &mut Violations,
) -> ReadAs {
    let mut read_as = ReadAs::default();
    if served.launch().is_some() {
        // The names are those of a form.
        return read_as;
    }
    rename(served.tool, arguments, &mut read_as, violations);
    template::settle(pipeline, context, served, arguments, &mut read_as, violations).await;
    lift(pipeline, context, served, arguments, &mut read_as).await;
    read_as
}

fn rename(
    tool: &Tool,
    arguments: &mut Map<String, Value>,
    read_as: &mut ReadAs,
    violations: &mut Violations,
) {
    let open = matches!(tool.body, BodyArguments::Members { open: true, .. });
    // Arguments that an alias was put into, and the last alias of each.
    let mut filled: Vec<&ArgumentAlias> = Vec::new();
    for alias in tool.aliases {
        let ArgumentAlias { name, argument, written } = *alias;
        let earlier = filled.iter().position(|other| other.argument == argument);
        let given = earlier.is_none() && arguments.get(argument).is_some_and(|it| !it.is_null());
        if given && open {
            // Then it is a member of the tenant's.
            continue;
        }
        let Some(value) = arguments.shift_remove(name).filter(|value| !value.is_null()) else {
            continue;
        };
        let joined = written.and_then(|written| written.joined);
        if given || earlier.is_some() && joined.is_none() {
            let other = earlier.and_then(|at| filled.get(at)).map_or(argument, |other| other.name);
            let expected = format!("nothing beside `{other}`: both stand for `{argument}`");
            violations.add(|| Violation::of(name, expected));
            continue;
        }
        let settled = match written {
            None => value,
            Some(written) => match write(written, &value) {
                Ok(text) => text.into(),
                Err(expected) => {
                    violations.add(|| Violation::of(name, expected));
                    continue;
                }
            },
        };
        read_as.say(|| match &settled {
            Value::String(text) if written.is_some() => {
                format!("`{name}` was read as `{argument}`: {}.", bound::cut(text, bound::NAME))
            }
            _ => format!("`{name}` was read as `{argument}`."),
        });
        match (arguments.get_mut(argument), joined, settled) {
            (Some(Value::String(text)), Some(joined), Value::String(further)) => {
                text.push_str(joined);
                text.push_str(&further);
            }
            (_, _, settled) => _ = arguments.insert(argument.to_owned(), settled),
        }
        filled.push(alias);
    }
}

/// A value as the text that it is written into.
fn write(Written { text, joined }: Written, value: &Value) -> Result<String, &'static str> {
    if text.contains("{boolean}") {
        let flag = match value {
            Value::Bool(flag) => Some(*flag),
            Value::String(word) if word.eq_ignore_ascii_case("true") => Some(true),
            Value::String(word) if word.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        };
        let flag = flag.ok_or("true or false")?;
        return Ok(text.replace("{boolean}", if flag { "true" } else { "false" }));
    }
    let given = match value {
        Value::String(given) => given.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err("text"),
    };
    let literal = |part: &str| Value::from(part).to_string();
    if !text.contains("{word}") {
        return Ok(text.replace("{string}", &literal(&given)));
    }
    let words: Vec<&str> = given.split_whitespace().collect();
    if words.is_empty() || words.len() > WORDS {
        return Err("text of 1 to 8 words");
    }
    let texts: Vec<String> =
        words.iter().map(|word| text.replace("{word}", &literal(word))).collect();
    Ok(texts.join(joined.unwrap_or_default()))
}

/// Puts what is known as a member of the argument that takes them into it.
async fn lift(
    pipeline: &Pipeline,
    context: &CallContext<'_>,
    served: &ServedTool,
    arguments: &mut Map<String, Value>,
    read_as: &mut ReadAs,
) {
    let tool = served.tool;
    let Some(target) = tool.lifted else { return };
    let is_scalar =
        |value: &Value| matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_));
    let strays: Vec<String> = arguments
        .iter()
        .filter(|(name, value)| !served.checker().takes(name) && is_scalar(value))
        .map(|(name, _)| name.clone())
        .take(bound::FAULTS)
        .collect();
    let has_place = arguments.get(target).is_none_or(|place| place.is_object() || place.is_null());
    if strays.is_empty() || !has_place {
        return;
    }
    let declared = |name: &str| served.answer().has(name, tool.wrapper);
    let keys = match tool.live_fields {
        Some(source) if strays.iter().any(|name| !declared(name)) => {
            pipeline.tenant.field_keys(context, source, Freshness::Cached).await
        }
        _ => None,
    };
    let live = keys.map_or_else(Vec::new, |(keys, _)| keys);
    let mut members = match arguments.shift_remove(target) {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    };
    for name in strays {
        let known = declared(&name) || live.contains(&name);
        if !known || members.contains_key(&name) {
            continue;
        }
        let Some(value) = arguments.shift_remove(&name) else { continue };
        let text = match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        read_as.say(|| {
            format!("`{}` was read as a member of `{target}`.", bound::cut(&name, bound::NAME))
        });
        members.insert(name, text.into());
    }
    if !members.is_empty() {
        arguments.insert(target.to_owned(), members.into());
    }
}
