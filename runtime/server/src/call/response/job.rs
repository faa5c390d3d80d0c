//! Jobs that go on after the answer: which call tells how they stand.

use serde_json::{Map, Value, json};
use support::Tool;
use support::tool::Job;

use crate::json::member;
use crate::toolset::Toolset;

/// How a job that a call starts or looks at can be followed.
#[derive(Debug)]
pub(crate) struct Poll {
    job: Job,
    /// The tool that tells, where this caller may see it.
    by: Option<&'static str>,
    /// The arguments of the call that the telling one may need.
    arguments: Map<String, Value>,
}

impl Poll {
    /// `None` when the tool has to do with no job. A tool that tells and that this caller may not
    /// see is not mentioned.
    pub(crate) fn of(
        tool: &Tool,
        toolset: &Toolset,
        arguments: &Map<String, Value>,
    ) -> Option<Self> {
        let job = tool.job?;
        let by = Some(job.poll).filter(|poll| toolset.get(poll).is_some());
        let needed = job.arguments.iter().filter_map(|(name, path)| {
            let found = arguments.get(*path).or_else(|| arguments.get(*name))?;
            Some(((*name).to_owned(), found.clone()))
        });
        Some(Self { job, by, arguments: needed.collect() })
    }

    /// What is added to the answer of a tool that starts or looks at a job: `None` when the job is
    /// done.
    pub(crate) fn pending(&self, body: Option<&Value>) -> Option<Map<String, Value>> {
        let Self { job, by, arguments } = self;
        let found = |path: &str| member(body?, path);
        if let Some((path, values)) = job.pending_when {
            let text = found(path)?.as_str()?;
            if !values.iter().any(|value| value.eq_ignore_ascii_case(text)) {
                return None;
            }
        }
        let mut added = Map::new();
        added.insert("pending".to_owned(), true.into());
        let of_poll = job.arguments.iter().map(|(name, path)| {
            let value = found(path).or_else(|| arguments.get(*name))?;
            Some(((*name).to_owned(), value.clone()))
        });
        if let (Some(by), Some(arguments)) = (by, of_poll.collect::<Option<Map<_, _>>>()) {
            added.insert("poll".to_owned(), json!({"tool": by, "arguments": arguments}));
        }
        Some(added)
    }
}
