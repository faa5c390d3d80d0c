//! Prompts for the jobs people bring; each is shown only where its tools are.

use serde_json::{Map, Value, json};

use crate::mcp::reply::RpcError;
use crate::toolset::Toolset;

/// The longest value of an argument, in characters: the text repeats it.
const LONGEST_VALUE: usize = 2_000;

/// A job in words.
#[derive(Debug)]
pub(crate) struct Prompt {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    /// Name, description, whether it is required.
    arguments: &'static [(&'static str, &'static str, bool)],
    /// The tools without which the job cannot be done.
    tools: &'static [&'static str],
    /// `{name}` stands for an argument.
    text: &'static str,
}

/// The prompts that `toolset` can serve.
pub(crate) fn visible(toolset: &Toolset) -> Vec<&'static Prompt> {
    PROMPTS
        .iter()
        .filter(|prompt| prompt.tools.iter().all(|tool| toolset.get(tool).is_some()))
        .collect()
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
    for (name, _, required) in prompt.arguments {
        let value =
            given.and_then(|given| given.get(*name)).and_then(Value::as_str).unwrap_or_default();
        if *required && value.is_empty() {
            return Err(RpcError::params(format!("argument `{name}` is missing")));
        }
        if value.chars().nth(LONGEST_VALUE).is_some() {
            return Err(RpcError::params(format!(
                "argument `{name}` has more than {LONGEST_VALUE} characters"
            )));
        }
        values.push((*name, if value.is_empty() { "(not given: ask)" } else { value }));
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
        match place {
            Some((value, behind)) => {
                out.push_str(value);
                rest = behind;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

impl Prompt {
    /// The prompt as `prompts/list` shows it.
    pub(crate) fn listed(&self) -> Value {
        let arguments: Vec<Value> = self
            .arguments
            .iter()
            .map(|(name, description, required)| json!({"name": name, "description": description, "required": required}))
            .collect();
        json!({"name": self.name, "title": self.title, "description": self.description, "arguments": arguments})
    }
}

const PROMPTS: &[Prompt] = &[
    Prompt {
        name: "launch_nda",
        title: "Launch an NDA",
        description: "Find the NDA template, fill its form, launch it and follow it until the workflow exists.",
        arguments: &[
            ("counterparty", "Who the agreement is with", true),
            ("details", "Anything else that is known", false),
        ],
        tools: &[
            "list_all_ironclad_workflow_schemas",
            "get_single_ironclad_workflow_schema_by_id",
            "create_a_ironclad_async_workflow",
            "get_single_ironclad_async_workflow_by_id",
        ],
        text: "Launch an NDA with {counterparty} in Ironclad. Known so far: {details}.\n\
            1. Find the NDA template with list_all_ironclad_workflow_schemas.\n\
            2. Read its form with get_single_ironclad_workflow_schema_by_id; ask me for required values that are missing.\n\
            3. Show me the values, and launch with create_a_ironclad_async_workflow once I agree.\n\
            4. Poll get_single_ironclad_async_workflow_by_id as the answer says until the workflow exists, and give me its id and title.",
    },
    Prompt {
        name: "track_launch",
        title: "Track a launch",
        description: "Say where a workflow stands, who must act, and what was said last.",
        arguments: &[("workflow", "Id or title of the workflow", true)],
        tools: &["list_all_ironclad_workflows", "get_single_ironclad_workflow_by_id"],
        text: "Tell me how the Ironclad workflow {workflow} stands: find it with list_all_ironclad_workflows, read it with \
            get_single_ironclad_workflow_by_id, then its approvals and comments if tools for them are listed. \
            Name the step, who must act next, since when it waits, and anything that blocks it. Change nothing.",
    },
    Prompt {
        name: "offboard_ironclad_user",
        title: "Offboard an Ironclad user",
        description: "Find a person by mail, see what they hold, and remove their access.",
        arguments: &[("email", "The person's mail address", true)],
        tools: &["list_all_ironclad_users", "delete_a_ironclad_user_by_id"],
        text: "Offboard {email} from Ironclad. Find the user with list_all_ironclad_users (filter userName eq \"{email}\"), \
            show me name, groups and open workflows, and name who takes these over. \
            Only after I agree, call delete_a_ironclad_user_by_id, then show that the user is gone.",
    },
    Prompt {
        name: "offboard_torii_user",
        title: "Offboard a Torii user",
        description: "Find a person by mail, mark them as leaving, and list the apps still open to them.",
        arguments: &[("email", "The person's mail address", true)],
        tools: &[
            "list_all_torii_users",
            "update_a_torii_user_by_id",
            "list_all_torii_user_applications",
        ],
        text: "Offboard {email} in Torii. Find the user with list_all_torii_users, tell me lifecycleStatus and whether the identity \
            source has deleted them. Only after I agree, set lifecycleStatus with update_a_torii_user_by_id. \
            Then list the apps still open to them with list_all_torii_user_applications: name, state, last use, and who owns each.",
    },
    Prompt {
        name: "audit_group",
        title: "Audit a group",
        description: "Who is in a group, with mail, state and what is odd about them.",
        arguments: &[("group", "Name or id of the group", true)],
        tools: &[
            "list_all_ironclad_groups",
            "get_single_ironclad_group_by_id",
            "list_all_ironclad_users",
        ],
        text: "Audit the Ironclad group {group}: find it with list_all_ironclad_groups, read its members with \
            get_single_ironclad_group_by_id, and join them with list_all_ironclad_users across all pages. \
            Give a table of name, mail and active; point out inactive members, outside domains and members that no longer exist.",
    },
    Prompt {
        name: "unowned_apps",
        title: "Find unowned apps",
        description: "Apps without a primary owner, with their contracts.",
        arguments: &[("category", "Only this category", false)],
        tools: &["list_all_torii_apps", "list_all_torii_contracts"],
        text: "Find apps in Torii without a primary owner (category: {category}). Walk list_all_torii_apps to its end, join with \
            list_all_torii_contracts by app, and give a table of app, category, users, yearly cost, renewal date, sorted by cost. \
            Suggest an owner where the users make one likely.",
    },
    Prompt {
        name: "review_renewals",
        title: "Review renewals",
        description: "Contracts that renew soon, with use and cost, and what to decide.",
        arguments: &[("days", "How far ahead, in days", false)],
        tools: &["list_all_torii_contracts", "list_all_torii_apps"],
        text: "Review Torii contracts that renew within the next days ({days}; 90 when not given). Walk list_all_torii_contracts, \
            join with list_all_torii_apps, and give a table of app, contract, renewal or cancel-by date, cost, active users, owner, \
            sorted by date. For each say renew, renegotiate or cancel, and why in one line.",
    },
];

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::catalogue::{Catalogues, apis};
    use crate::provision::Filter;

    #[test]
    fn prompts_are_shown_where_their_tools_are() {
        let catalogues = Catalogues::new(apis());
        let names = |filter: &Filter| -> Vec<&str> {
            catalogues
                .iter()
                .flat_map(|catalogue| visible(&Toolset::build(&Arc::clone(catalogue), filter)))
                .map(|prompt| prompt.name)
                .collect()
        };
        assert_eq!(names(&Filter::default()).len(), PROMPTS.len());
        let read_only = names(&Filter::default().narrowed(Some("read"), None));
        assert_eq!(read_only, ["track_launch", "audit_group", "unowned_apps", "review_renewals"]);
    }

    #[test]
    fn a_prompt_names_only_tools_that_it_requires_or_describes() {
        for prompt in PROMPTS {
            for word in
                prompt.text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
            {
                if ["list_all_", "get_single_", "create_a_", "update_a_", "delete_a_"]
                    .iter()
                    .any(|start| word.starts_with(start))
                {
                    assert!(prompt.tools.contains(&word), "{} names {word}", prompt.name);
                }
            }
        }
    }

    #[test]
    fn arguments_fill_the_text_and_missing_ones_are_named() {
        let prompt = &PROMPTS[0];
        let params = |arguments: Value| {
            json!({"name": prompt.name, "arguments": arguments}).as_object().cloned().unwrap()
        };
        let filled = get(&[prompt], &params(json!({"counterparty": "Acme"}))).unwrap();
        assert!(
            filled["messages"][0]["content"]["text"]
                .as_str()
                .unwrap()
                .starts_with("Launch an NDA with Acme in Ironclad.")
        );
        assert!(get(&[prompt], &params(json!({}))).is_err());
        assert!(get(&[], &params(json!({"counterparty": "Acme"}))).is_err());
    }

    #[test]
    fn a_value_stands_as_it_was_given_and_is_not_long() {
        let prompt = &PROMPTS[0];
        let params = |counterparty: &str| {
            let arguments = json!({"counterparty": counterparty, "details": "D {counterparty}"});
            json!({"name": prompt.name, "arguments": arguments}).as_object().cloned().unwrap()
        };
        let text = |counterparty: &str| {
            let filled = get(&[prompt], &params(counterparty)).unwrap();
            filled["messages"][0]["content"]["text"].as_str().unwrap().to_owned()
        };
        let nested = "{details}{details}{";
        assert!(text(nested).starts_with(
            "Launch an NDA with {details}{details}{ in Ironclad. Known so far: D {counterparty}."
        ));
        text(&"é".repeat(LONGEST_VALUE));
        assert!(get(&[prompt], &params(&"é".repeat(LONGEST_VALUE + 1))).is_err());
    }
}
