//! Conversational search: a sentence and the records it rests on.

use serde_json::{Map, Value, json};

use super::tenant::Tenant;
use super::workflow::ORIGIN;
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::reply::{Answer, Reply};

const SHORTEST_WORD: usize = 4;
const MOST_HITS: usize = 5;

pub(super) fn conversational(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    let table = [
        ("query", MemberKind::Filled, Need::Must),
        ("modelTier", MemberKind::Word(&["ultrafast", "fast", "standard", "powerful"]), Need::May),
        ("userTimezone", MemberKind::Text, Need::May),
    ];
    check::members(call, &body, &table, Others::Allowed)?;
    let question = check::text(&body, "query").unwrap_or("").to_lowercase();
    let words: Vec<&str> = question
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() >= SHORTEST_WORD)
        .collect();
    let mut records = Map::new();
    let mut names = Vec::new();
    for record in &tenant.records {
        let text = record.to_string().to_lowercase();
        if records.len() < MOST_HITS && words.iter().any(|word| text.contains(word)) {
            let id = record["ironcladId"].as_str().unwrap_or("");
            records.insert(id.to_owned(), json!({ "url": format!("{ORIGIN}/repository/{id}") }));
            names.push(format!("{} ({id})", record["name"].as_str().unwrap_or("")));
        }
    }
    let result = if names.is_empty() {
        "No contract matches this question.".to_owned()
    } else {
        format!("These contracts match: {}.", names.join("; "))
    };
    Ok(Reply::json(json!({ "result": result, "records": Value::Object(records) })))
}
