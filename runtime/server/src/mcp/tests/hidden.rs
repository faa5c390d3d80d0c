//! Nothing that a caller reads names a tool that the caller cannot see.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::{legacy, post_to};
use crate::apis::apis;
use crate::call::testing::{Reply, Vendor};
use crate::fields::Fields;
use crate::mcp::prompts;
use crate::provision::ToolExposure;
use crate::tools::{Catalogue, ServedTool};
use crate::toolset::filter::Launches;
use crate::toolset::{Filter, Toolset};
use crate::violation::Violations;

const FILTERS: usize = 1_000;

/// Configs of every kind: by method, by tag, by name.
fn configs(catalogue: &Arc<Catalogue>) -> impl Strategy<Value = Value> + use<> {
    let names: Vec<&str> = catalogue.tools().iter().map(|served| served.tool.name).collect();
    let tags: Vec<&str> =
        catalogue.tools().iter().flat_map(|served| served.tool.tags.iter().copied()).collect();
    let most = names.len();
    let methods =
        select(vec![None, Some(["read"]), Some(["write"]), Some(["list"]), Some(["custom"])]);
    let tags = prop_oneof![Just(None), vec(select(tags), 1..3).prop_map(Some)];
    let allow = prop_oneof![Just(None), subsequence(names.clone(), 1..=10).prop_map(Some)];
    (methods, tags, allow, subsequence(names, 0..=most)).prop_map(|(methods, tags, allow, deny)| {
        let given = [
            ("methods", methods.map(|methods| json!(methods))),
            ("tags", tags.map(|tags| json!(tags))),
            ("deny", allow.is_none().then(|| json!(deny))),
            ("allow", allow.map(|allow| json!(allow))),
        ];
        given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    })
}

fn toolset(catalogue: &Arc<Catalogue>, config: &Value) -> Toolset {
    let mut violations = Violations::default();
    let mut fields = Fields::new(config.clone(), "/config", &mut violations).unwrap();
    let filter = Filter::read(&mut fields, catalogue.api, Launches::None);
    Toolset::build(catalogue, &filter)
}

/// All that is said of a tool whatever the filter.
fn said_of(served: &ServedTool) -> String {
    format!("{} {} {}", served.listed_json(), served.tool.detail, served.checker().full())
}

/// What a vendor may answer that leads to advice.
fn replies() -> Vec<Reply> {
    let failed = [400, 401, 403, 404, 409, 422, 429, 500, 503];
    let failures = failed.map(|status| Reply::json(status, r#"{"message":"no"}"#));
    let jobs = [202, 200].map(|status| {
        Reply::json(status, r#"{"asyncJobId":"1","jobId":"1","id":"1","status":"in_progress"}"#)
    });
    failures.into_iter().chain(jobs).collect()
}

async fn texts(toolset: &Toolset, number: usize) -> Vec<String> {
    let exposure =
        if number.is_multiple_of(2) { ToolExposure::All } else { ToolExposure::Discovery };
    let caller = if toolset.writes() { "call_write_tool" } else { "call_read_tool" };
    let replies = replies();
    let vendor = Vendor::always(replies[number % replies.len()].clone());
    let mut asked = vec![
        legacy("initialize", json!({"protocolVersion": "2025-11-25", "capabilities": {}})),
        legacy("prompts/list", json!({})),
    ];
    for prompt in prompts::visible(toolset) {
        let given: BTreeMap<&str, &str> =
            prompt.arguments.iter().map(|argument| (argument.name, "x")).collect();
        asked.push(legacy("prompts/get", json!({"name": prompt.name, "arguments": given})));
    }
    let tools = toolset.tools();
    for step in 0..3 {
        let tool = &tools[(number * 7 + step * 13) % tools.len()];
        for arguments in [json!({}), given(tool), json!({"nope": 1, "fields": "nope"})] {
            let name = tool.name();
            asked.push(legacy(
                "tools/call",
                match exposure {
                    ToolExposure::All => json!({"name": name, "arguments": arguments}),
                    ToolExposure::Discovery => {
                        json!({"name": caller, "arguments": {"name": name, "arguments": arguments}})
                    }
                },
            ));
        }
    }
    let mut texts = Vec::new();
    for body in asked {
        let answer = post_to(&vendor, toolset, exposure, &[], &body).await;
        texts.push(String::from_utf8(answer.body.to_vec()).unwrap());
    }
    texts
}

/// Something for every argument that is required, so that most calls are sent.
fn given(served: &ServedTool) -> Value {
    let full = served.checker().full();
    let required = full["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let value = |name: &str| {
        let schema = &full["properties"][name];
        match schema["type"].as_str() {
            Some("integer" | "number") => json!(7),
            Some("boolean") => json!(true),
            Some("array") => json!([]),
            Some("object") => json!({}),
            _ => schema["enum"].get(0).cloned().unwrap_or_else(|| json!("x")),
        }
    };
    required.map(|name| (name.to_owned(), value(name))).collect()
}

#[tokio::test]
async fn no_text_names_a_tool_that_the_caller_cannot_see() {
    let mut runner = TestRunner::deterministic();
    for api in apis() {
        let catalogue = Arc::new(Catalogue::new(api));
        let nothing = Toolset::build(&catalogue, &Filter::default().narrowed(None, Some("none")));
        let named: BTreeMap<&str, Vec<String>> = catalogue
            .tools()
            .iter()
            .map(|served| {
                let said = said_of(served);
                let others = nothing.hidden_in(&said).filter(|name| *name != served.name());
                (served.name(), others.map(str::to_owned).collect())
            })
            .collect();
        let configs = configs(&catalogue);
        let mut sent = 0;
        for number in 0..FILTERS / apis().len() {
            let config = configs.new_tree(&mut runner).unwrap().current();
            let toolset = toolset(&catalogue, &config);
            if toolset.is_empty() {
                continue;
            }
            for served in toolset.tools() {
                let hidden = named[served.name()].iter().find(|name| toolset.get(name).is_none());
                assert_eq!(hidden, None, "of {}", served.name());
            }
            for text in texts(&toolset, number).await {
                sent += 1;
                let hidden = toolset.hidden_in(&text).next();
                assert_eq!(hidden, None, "{config}: {text}");
            }
        }
        assert!(sent > 1_000, "{sent}");
    }
}
