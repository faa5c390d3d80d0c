//! Jobs that go on after the answer: which call tells how they stand.

use serde_json::{Map, Value, json};
use support::Tool;

use crate::toolset::Toolset;

/// What is added to the answer of a tool that starts or looks at a job: `None` when the job is done.
pub(crate) fn pending(tool: &Tool, toolset: &Toolset, body: Option<&Value>, arguments: &Map<String, Value>) -> Option<Map<String, Value>> {
    let job = tool.job?;
    let member = |path: &str| path.split('.').try_fold(body?, |value, name| value.get(name));
    if let Some((path, values)) = job.pending_when {
        let text = member(path)?.as_str()?;
        if !values.iter().any(|value| value.eq_ignore_ascii_case(text)) {
            return None;
        }
    }
    let mut added = Map::new();
    added.insert("pending".to_owned(), true.into());
    let found = job.arguments.iter().map(|(name, path)| {
        let value = member(path).or_else(|| arguments.get(*path)).or_else(|| arguments.get(*name))?;
        Some(((*name).to_owned(), value.clone()))
    });
    // A tool that this caller may not see is not mentioned.
    if let (Some(_), Some(arguments)) = (toolset.get(job.poll), found.collect::<Option<Map<_, _>>>()) {
        added.insert("poll".to_owned(), json!({"tool": job.poll, "arguments": arguments}));
    }
    Some(added)
}
