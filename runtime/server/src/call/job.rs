//! Jobs that go on after the answer: which call tells how they stand.

use serde_json::{Map, Value, json};
use support::Tool;
use support::tool::Job;

use crate::toolset::Toolset;

/// How a job that a call starts or looks at can be followed.
#[derive(Debug)]
pub(crate) struct Poll<'a> {
    job: Job,
    /// The tool that tells, where this caller may see it.
    by: Option<&'static str>,
    arguments: &'a Map<String, Value>,
}

impl<'a> Poll<'a> {
    /// `None` when the tool has to do with no job.
    pub(crate) fn of(
        tool: &Tool,
        by: Option<&'static str>,
        arguments: &'a Map<String, Value>,
    ) -> Option<Self> {
        Some(Self { job: tool.job?, by, arguments })
    }
}

/// The tool that tells how the jobs of `tool` stand. One that this caller may not see is not
/// mentioned.
pub(crate) fn teller(tool: &Tool, toolset: &Toolset) -> Option<&'static str> {
    tool.job.map(|job| job.poll).filter(|poll| toolset.get(poll).is_some())
}

/// What is added to the answer of a tool that starts or looks at a job: `None` when the job is
/// done.
pub(crate) fn pending(poll: &Poll<'_>, body: Option<&Value>) -> Option<Map<String, Value>> {
    let Poll { job, by, arguments } = poll;
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
        let value =
            member(path).or_else(|| arguments.get(*path)).or_else(|| arguments.get(*name))?;
        Some(((*name).to_owned(), value.clone()))
    });
    if let (Some(by), Some(arguments)) = (by, found.collect::<Option<Map<_, _>>>()) {
        added.insert("poll".to_owned(), json!({"tool": by, "arguments": arguments}));
    }
    Some(added)
}
