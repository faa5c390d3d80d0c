//! Prompts for the jobs people bring; each is shown only where its tools are.

use serde_json::{Map, Value, json};
use support::api::Prompt;

use crate::mcp::reply::RpcError;
use crate::toolset::Toolset;

/// The longest value of an argument, in characters: the text repeats it.
const LONGEST_VALUE: usize = 2_000;

/// The prompts that `toolset` can serve.
pub(crate) fn visible(toolset: &Toolset) -> Vec<&'static Prompt> {
    let prompts = toolset.catalogue.api.prompts.iter();
    prompts.filter(|prompt| prompt.tools.iter().all(|tool| toolset.get(tool).is_some())).collect()
}

/// The result members of `prompts/get`.
pub(crate) fn get(
    visible: &[&'static Prompt],
    params: &Map<String, Value>,
) -> Result<Map<String, Value>, RpcError> {
    let name = params
        .get("name")
        .and_then(Value::as_str)
        .ok_or_else(|| RpcError::params("`name` must be the name of a prompt"))?;
    let prompt = visible
        .iter()
        .find(|prompt| prompt.name == name)
        .ok_or_else(|| RpcError::params("unknown prompt"))?;
    let given = params.get("arguments").and_then(Value::as_object);
    let mut values = Vec::with_capacity(prompt.arguments.len());
    for argument in prompt.arguments {
        let name = argument.name;
        let value =
            given.and_then(|given| given.get(name)).and_then(Value::as_str).unwrap_or_default();
        if argument.required && value.is_empty() {
            return Err(RpcError::params(format!("argument `{name}` is missing")));
        }
        if value.chars().nth(LONGEST_VALUE).is_some() {
            return Err(RpcError::params(format!(
                "argument `{name}` has more than {LONGEST_VALUE} characters"
            )));
        }
        values.push((name, if value.is_empty() { "(not given: ask)" } else { value }));
    }
    let text = filled(prompt.text, &values);
    let message = json!({"role": "user", "content": {"type": "text", "text": text}});
    Ok(Map::from_iter([
        ("description".to_owned(), prompt.description.into()),
        ("messages".to_owned(), json!([message])),
    ]))
}

/// `text` with each `{name}` replaced by its value, in one pass: a value that looks like another
/// argument's place stays as it is.
fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let place = after.split_once('}').and_then(|(name, behind)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((*value, behind))
        });
        if let Some((value, behind)) = place {
            out.push_str(value);
            rest = behind;
        } else {
            out.push('{');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// A prompt as `prompts/list` shows it.
pub(crate) fn listed(prompt: &Prompt) -> Value {
    let arguments: Vec<Value> = prompt
        .arguments
        .iter()
        .map(|argument| {
            json!({"name": argument.name, "description": argument.description,
                "required": argument.required})
        })
        .collect();
    json!({"name": prompt.name, "title": prompt.title, "description": prompt.description,
        "arguments": arguments})
}

#[cfg(test)]
mod tests {
    use support::api::PromptArgument;

    use super::*;
    use crate::testing::DEMO;
    use crate::tools::Catalogue;
    use crate::toolset::Filter;

    const PROMPT: Prompt = Prompt {
        name: "lend",
        title: "Lend a thing",
        description: "Find a thing and lend it.",
        arguments: &[
            PromptArgument { name: "who", description: "Who borrows it", required: true },
            PromptArgument { name: "details", description: "Anything else", required: false },
        ],
        tools: &["list_all_demo_things"],
        text: "Lend a thing to {who}. Known so far: {details}.",
    };

    #[test]
    fn prompts_are_shown_where_their_tools_are() {
        let catalogue = Catalogue::new(&DEMO).into();
        let names = |filter: &Filter| -> Vec<&str> {
            let visible = visible(&Toolset::build(&catalogue, filter));
            visible.into_iter().map(|prompt| prompt.name).collect()
        };
        assert_eq!(names(&Filter::default()), ["look", "make"]);
        assert_eq!(names(&Filter::default().narrowed(Some("read"), None)), ["look"]);
        assert_eq!(names(&Filter::default().narrowed(None, Some("users"))), [""; 0]);
    }

    fn params(arguments: &Value) -> Map<String, Value> {
        json!({"name": PROMPT.name, "arguments": arguments}).as_object().cloned().unwrap()
    }

    fn text(arguments: &Value) -> String {
        static ONE: Prompt = PROMPT;
        let filled = get(&[&ONE], &params(arguments)).unwrap();
        filled["messages"][0]["content"]["text"].as_str().unwrap().to_owned()
    }

    #[test]
    fn arguments_fill_the_text_and_missing_ones_are_named() {
        static ONE: Prompt = PROMPT;
        let who = json!({"who": "Acme"});
        assert_eq!(text(&who), "Lend a thing to Acme. Known so far: (not given: ask).");
        assert!(get(&[&ONE], &params(&json!({}))).is_err());
        assert!(get(&[], &params(&who)).is_err());
    }

    #[test]
    fn a_value_stands_as_it_was_given_and_is_not_long() {
        static ONE: Prompt = PROMPT;
        let named = |who: &str| json!({"who": who, "details": "D {who}"});
        assert_eq!(
            text(&named("{details}{details}{")),
            "Lend a thing to {details}{details}{. Known so far: D {who}."
        );
        text(&named(&"é".repeat(LONGEST_VALUE)));
        assert!(get(&[&ONE], &params(&named(&"é".repeat(LONGEST_VALUE + 1)))).is_err());
    }
}
